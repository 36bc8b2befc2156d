//! A post saved as a playbook page is Markdown that says nothing but what the post said.

use crate::helpers::make::post;
use ridealong::model::{Audience, Stage};
use ridealong::render::playbook::playbook_page;

#[test]
fn a_playbook_page_has_front_matter_the_reps_words_and_the_source() {
    let mut post = post("p", "Hold the price: \"no\" is a number", Stage::Negotiation);
    post.audience = Audience::Team("north".to_owned());
    post.text = "# Not a heading\n1. Not a list\nUse <script>alert(1)</script> and *stars*.".to_owned();
    let page = playbook_page(&post, Some("Worked on Kestrel."), "Maya Lindqvist", jiff::civil::date(2026, 11, 23));
    assert_eq!(page.file_name, "hold-the-price-no-is-a-number.md");
    for line in [
        "title: \"Hold the price: \\\"no\\\" is a number\"",
        "stage: [negotiation]",
        "audience: \"north\"",
        "saved_by: \"Maya Lindqvist\"",
        "> Worked on Kestrel.",
        "\\# Not a heading",
        "1\\. Not a list",
        "Use \\<script>alert(1)\\</script> and \\*stars\\*.",
    ] {
        assert!(page.markdown.lines().any(|own| own == line), "{line}\n{}", page.markdown);
    }
    assert!(page.markdown.contains("](<https://blog.example/p>) by Dana Whitlock."), "{}", page.markdown);
}

#[test]
fn a_title_of_nothing_but_signs_still_gets_a_file_name() {
    let post = post("p", "???", Stage::Closing);
    assert_eq!(
        playbook_page(&post, None, "Maya", jiff::civil::date(2026, 11, 23)).file_name,
        format!("post-{}.md", post.id)
    );
}
