//! How fast posts are tagged: `cargo bench --bench tagging`. The aim is 2,000 posts of 250 words a second on one core.

use ridealong::tag::{Kind, Tagger, Text};

fn main() {
    divan::main();
}

/// Two hundred and fifty words that touch most stages.
fn long_text() -> String {
    let paragraph = "Procurement called on Thursday and wanted twelve percent off before the contract could move, so I asked \
        what they could give in return. The champion who had carried the business case to the finance director went \
        quiet, the demo in March was a success, and the proposal with three options had been opened by nine people. ";
    paragraph.repeat(5).split_whitespace().take(250).collect::<Vec<_>>().join(" ")
}

#[divan::bench]
fn a_post_of_250_words(bencher: divan::Bencher<'_, '_>) {
    let (tagger, text) = (Tagger::shipped(), long_text());
    let post =
        Text { title: "When the champion goes quiet", text: &text, lang: Some("en"), prior: &[], kind: Kind::Post };
    bencher.counter(divan::counter::ItemsCount::new(1usize)).bench(|| tagger.tag(divan::black_box(&post)));
}

#[divan::bench]
fn unpacking_the_model(bencher: divan::Bencher<'_, '_>) {
    let bytes = Tagger::shipped().to_bytes();
    bencher.bench(|| Tagger::from_bytes(divan::black_box(&bytes)).is_ok());
}
