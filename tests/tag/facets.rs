use super::stages::post;
use ridealong::tag::Tagger;

#[test]
fn words_show_which_objection_channel_method_and_format_a_post_is_about() {
    let facets = Tagger::shipped()
        .tag(&post(
            "A call script for \"too expensive\"",
            "Six answers for the phone when a prospect says there is no budget or that they are happy with their current \
             vendor. The first borrows a calibrated question from Chris Voss, the last one helped us win against HubSpot.",
        ))
        .facets;
    assert_eq!(facets.objections, ["price", "competitor"]);
    assert!(facets.channels.contains(&"phone".to_owned()));
    assert_eq!(facets.methods, ["voss"]);
    assert_eq!(facets.competitors, ["hubspot"]);
    assert!(facets.formats.contains(&"script".to_owned()));
}

#[test]
fn one_bank_in_an_anecdote_makes_no_banking_post() {
    let tagger = Tagger::shipped();
    let industries = |title, text| tagger.tag(&post(title, text)).facets.industries;
    let anecdote =
        "On the way to the bank I thought about the demo that I had given that morning and the silence after.";
    assert!(industries("The silence after a demo", anecdote).is_empty());
    assert_eq!(industries("Selling to banks", "What a credit union expects from a demo."), ["finance"]);
}
