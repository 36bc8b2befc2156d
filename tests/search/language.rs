//! Words of several languages.

use crate::helpers::library::{library, titles};
use crate::helpers::make::post;
use ridealong::model::*;

fn in_language(language: &str, title: &str, text: &str) -> Post {
    let mut post = post(title, title, Stage::Closing);
    post.language = Some(language.to_owned());
    post.text = text.to_owned();
    post
}

#[test]
fn each_language_has_its_own_word_forms() {
    let library = library(&[
        in_language("de", "Verhandlung", "Wer gut verhandelt, hat vorher gefragt. Die Einwände kamen spät."),
        in_language("fr", "Négociation", "Nous négocions les remises."),
        in_language("en", "Negotiation", "They asked questions."),
    ]);
    assert_eq!(titles(&library, "verhandeln "), ["Verhandlung"]);
    assert_eq!(titles(&library, "einwand ").len(), 1);
    assert_eq!(titles(&library, "remise "), ["Négociation"]);
    assert_eq!(titles(&library, "question "), ["Negotiation"]);
}

#[test]
fn accents_and_case_do_not_matter() {
    let library = library(&[in_language("fr", "Négociation", "À Besançon."), in_language("de", "Schluß", "STRASSE")]);
    for text in ["negociation ", "NÉGOCIATION ", "besancon ", "a besançon "] {
        assert_eq!(titles(&library, text), ["Négociation"], "{text}");
    }
    assert_eq!(titles(&library, "straße "), ["Schluß"]);
}

#[test]
fn text_without_spaces_is_found_by_its_characters() {
    let library = library(&[in_language("zh", "销售", "如何完成交易"), in_language("zh", "其他", "完美的交流")]);
    assert_eq!(titles(&library, "\"完成交易\""), ["销售"]);
    assert_eq!(titles(&library, "成交"), ["销售"]);
}
