use ridealong::model::{Stage, Tagged};
use ridealong::tag::{Kind, Tagger, Text};

/// A post in English.
pub(super) fn post<'a>(title: &'a str, text: &'a str) -> Text<'a> {
    Text { title, text, lang: Some("en"), prior: &[], kind: Kind::Post }
}

fn tag(title: &str, text: &str) -> Tagged {
    Tagger::shipped().tag(&post(title, text))
}

const DISCOUNT: &str = "Procurement called on Thursday and wanted twelve percent off before the contract could move. I \
    asked what they could give in return: a longer term, earlier payment, a reference. Never concede without getting \
    something back, and never answer the first request for a discount with a number.";

#[test]
fn a_post_about_concessions_serves_negotiation_and_quotes_its_own_words() {
    let tagged = tag("When procurement asks for a discount", DISCOUNT);
    assert_eq!(tagged.primary, Some(Stage::Negotiation));
    let evidence = &tagged.stages[0].evidence;
    assert!(!evidence.is_empty());
    let source = format!("When procurement asks for a discount\n{DISCOUNT}");
    assert!(evidence.iter().all(|quote| source.contains(quote.as_str())), "{evidence:?}");
}

#[test]
fn closing_costs_on_a_house_are_of_no_use_to_a_deal_and_the_tag_stands_alone() {
    let tagged = tag(
        "What closing costs to expect on your first home",
        "Buyers of a first home are surprised by closing costs: lender fees, title insurance, the appraisal and \
         prepaid taxes come to between two and five percent of the mortgage. Ask your lender for an estimate early.",
    );
    assert_eq!(tagged.primary, Some(Stage::Offtopic));
    assert_eq!(tagged.stages.len(), 1);
}

#[test]
fn at_most_three_stages_are_claimed_and_the_first_is_the_primary() {
    for title in ["Demo, proposal, negotiation, close: one deal from first call to signature", "Discounts and silence"]
    {
        let tagged = tag(title, DISCOUNT);
        assert!((1..=3).contains(&tagged.stages.len()));
        assert_eq!(tagged.primary, Some(tagged.stages[0].stage));
        assert!(tagged.stages.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
}

#[test]
fn nothing_to_read_gets_no_tags() {
    for (title, text) in [("", ""), ("…", "!!! ???"), ("\u{202e}", "\u{0}\u{1}")] {
        assert_eq!(tag(title, text), Tagged::default());
    }
}

#[test]
fn a_prior_decides_between_near_equals_and_overrules_no_words() {
    let tagger = Tagger::shipped();
    let prior = [Stage::Growth];
    let nudged = |title, text| tagger.tag(&Text { prior: &prior, ..post(title, text) });
    assert_eq!(nudged("When procurement asks for a discount", DISCOUNT).primary, Some(Stage::Negotiation));
    let plain = tagger.tag(&post("A short note from the field", "We talked about the account on the way back."));
    let with = nudged("A short note from the field", "We talked about the account on the way back.");
    assert!(with.score(Stage::Growth) >= plain.score(Stage::Growth));
}

#[test]
fn a_thin_comment_is_not_tagged_and_a_useful_one_leans_to_its_post() {
    let tagger = Tagger::shipped();
    let comment = |text| tagger.tag(&Text { kind: Kind::Comment, prior: &[Stage::Closing], ..post("", text) });
    assert_eq!(comment("Great post, thanks!"), Tagged::default());
    let useful = "I simply ask for the order and then stay quiet until they answer. It works nine times out of ten.";
    assert_eq!(comment(useful).primary, Some(Stage::Closing));
}
