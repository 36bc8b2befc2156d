use super::stages::post;
use ridealong::model::{Stage, Tagged};
use ridealong::tag::evaluate::figures;
use ridealong::tag::{Tagger, Text, gold};

fn tag(lang: Option<&str>, title: &str, text: &str) -> Tagged {
    Tagger::shipped().tag(&Text { lang, ..post(title, text) })
}

#[test]
fn german_french_spanish_and_portuguese_are_tagged_by_the_terms_of_the_trade() {
    let cases = [
        ("de", "Kaltakquise am Telefon", "So gelingt die Terminvereinbarung mit Wunschkunden.", Stage::Prospecting),
        (
            "fr",
            "Traiter les objections",
            "Quand le client dit que c'est trop cher, posez une question.",
            Stage::Objections,
        ),
        ("es", "Técnicas de cierre", "Cómo cerrar la venta y pedir la firma sin presionar.", Stage::Closing),
        ("pt", "Negociação com compras", "Nunca ofereça desconto sem pedir algo em troca.", Stage::Negotiation),
    ];
    for (lang, title, text, stage) in cases {
        let tagged = tag(Some(lang), title, text);
        assert_eq!(tagged.primary, Some(stage), "{lang}: {tagged:?}");
        let evidence = &tagged.stages[0].evidence;
        assert!(!evidence.is_empty() && evidence.iter().all(|quote| title.contains(quote) || text.contains(quote)));
    }
}

#[test]
fn another_language_gets_no_tags() {
    let japanese = "商談を成立させるためには、顧客の課題を深く理解することが重要です。";
    assert_eq!(tag(Some("ja"), "営業のコツ", japanese), Tagged::default());
}

#[test]
fn the_language_of_a_long_text_is_detected_where_nobody_names_it() {
    let german = "Wer einen Rabatt gibt, ohne etwas dafür zu verlangen, verliert zweimal: die Marge und den Respekt des \
        Einkäufers. Bereiten Sie Zugeständnisse vor, die Sie wenig kosten und dem Kunden viel bringen, und verlangen \
        Sie in der Preisverhandlung immer eine Gegenleistung, bevor Sie bei den Konditionen nachgeben.";
    assert_eq!(tag(None, "Verhandeln mit dem Einkauf", german).primary, Some(Stage::Negotiation));
    let dutch = "Wie te snel korting geeft, leert de klant om te wachten. Vraag altijd iets terug voordat je iets weggeeft, \
        en bereid je goed voor op het gesprek met de inkoper, want die heeft dit vaker gedaan dan jij en weet precies \
        wat hij wil bereiken aan het einde van het kwartaal.";
    assert_eq!(tag(None, "Korting geven", dutch), Tagged::default());
}

#[test]
fn a_region_behind_the_language_does_not_matter() {
    assert_eq!(tag(Some("de-AT"), "Einwandbehandlung", "Zu teuer? Fragen Sie nach.").primary, Some(Stage::Objections));
    assert!(tag(Some("en_GB"), "Handling objections", "They say it is too expensive.").primary.is_some());
}

/// 52 short texts written for this test in the manner of trade blogs, apart from the lexicons.
#[test]
fn the_small_lexicons_find_the_stage_of_four_texts_in_five() {
    let golds = gold::read(include_str!("../fixtures/tag/foreign.jsonl")).unwrap();
    let tagger = Tagger::shipped();
    let verdicts: Vec<Tagged> = golds.iter().map(|gold| tagger.tag(&Text::from_gold(gold))).collect();
    let figures = figures(&golds, &verdicts);
    assert!(golds.len() > 50 && figures.accuracy >= 0.8, "{figures}");
}
