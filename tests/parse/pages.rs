//! Pages to articles and comment threads.

use jiff::Timestamp;
use ridealong::crawl::article::{Article, Wall, extract};
use ridealong::crawl::comments;
use ridealong::model::CommentWorth;
use url::Url;

fn page(name: &str, address: &str) -> Result<Article, Wall> {
    let path = format!("{}/tests/fixtures/parse/pages/{name}.html", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("the fixture is there");
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("an instant");
    extract(&bytes, Some("text/html; charset=utf-8"), &Url::parse(address).expect("an address"), now)
}

#[test]
fn a_blog_page_of_2012_gives_one_post_and_three_comments_with_the_right_parents() {
    let article = page("blog-2012", "http://notebook.example/2012/05/managers").expect("an article");
    assert_eq!(article.title, "Do we still need sales managers?");
    assert_eq!(article.mentor.as_deref(), Some("Harriet Voss"));
    assert_eq!(article.published_at.map(|at| at.to_string()).as_deref(), Some("2012-05-14T00:00:00Z"));
    assert!(article.text.starts_with("Last month I sat in a car"), "{}", article.text);
    assert!(article.text.contains("to “coach” one of our reps"), "curly quotes stay: {}", article.text);
    assert!(article.text.ends_with("what is left that only a person can do."), "{}", article.text);

    let of = |at: usize| &article.comments[at];
    let names: Vec<_> = article.comments.iter().map(|comment| comment.mentor.as_deref()).collect();
    assert_eq!(names, [Some("Milo Brandt"), Some("Harriet Voss"), Some("Deb Okafor")]);
    assert_eq!(of(0).parent_id, None);
    assert_eq!(of(1).parent_id.as_ref(), Some(&of(0).id), "the answer stands below what it answers");
    assert_eq!(of(2).parent_id, None);
    assert_eq!(of(0).published_at.map(|at| at.to_string()).as_deref(), Some("2012-05-14T16:12:00Z"));
    assert!(of(0).text.starts_with("I was that rep") && of(0).text.ends_with("passenger seat."), "{}", of(0).text);
    assert!(of(1).text.starts_with("Exactly that."), "{}", of(1).text);
}

#[test]
fn a_wordpress_thread_keeps_its_order_names_dates_and_pingbacks() {
    let article =
        page("wordpress-comments", "https://fieldnotes.example/pipeline-reviews/?utm_source=x").expect("an article");
    assert_eq!(article.url, "https://fieldnotes.example/pipeline-reviews/");
    assert_eq!(article.mentor.as_deref(), Some("Ines Marlow"));
    assert!(article.text.starts_with("Most pipeline reviews"), "{}", article.text);
    assert!(!article.text.contains("Share this") && !article.text.contains("Related posts"), "{}", article.text);
    assert!(!article.text.contains("prepared because it was their choice"), "comments are not the text");

    let post = crate::parse::posts::post_at("https://fieldnotes.example/pipeline-reviews/");
    let thread = comments::from_page(&article.comments, &post);
    let worth: Vec<_> = thread.iter().map(|comment| comment.worth).collect();
    assert_eq!(worth, [CommentWorth::Useful, CommentWorth::Useful, CommentWorth::Thin, CommentWorth::Pingback]);
    assert_eq!(thread[1].parent_id.as_ref(), Some(&thread[0].id));
    assert_eq!(thread[2].parent_id, None);
    assert_eq!(
        thread[0].text,
        "We do the same with exits, but we let the rep choose the three deals. They pick better than I do, and they come prepared because it was their choice."
    );
    assert_eq!(thread[0].published_at.map(|at| at.to_string()).as_deref(), Some("2024-03-05T14:20:00Z"));
}

#[test]
fn comments_in_the_words_of_schema_org_are_found_with_their_nesting() {
    let article = page("schema-comments", "https://dates.example/first").expect("an article");
    assert_eq!(article.mentor.as_deref(), Some("Lena Fischer"));
    let found: Vec<_> =
        article.comments.iter().map(|c| (c.id.as_str(), c.parent_id.as_deref(), c.mentor.as_deref())).collect();
    assert_eq!(found, [("c7", None, Some("Jonas Weil")), ("c8", Some("c7"), Some("Lena Fischer"))]);
    assert!(
        article.comments[0].text.starts_with("Works until") && article.comments[0].text.ends_with("before me."),
        "{}",
        article.comments[0].text
    );
    assert!(!article.text.contains("Works until"), "{}", article.text);
}

#[test]
fn clutter_is_left_out_and_the_whole_story_kept() {
    let article = page("news-clutter", "https://weekly.example/champions").expect("an article");
    assert_eq!(article.title, "Why champions go quiet");
    assert_eq!(article.mentor.as_deref(), Some("Priya Natarajan"));
    assert!(article.text.starts_with("Your champion answered"), "{}", article.text);
    assert!(article.text.ends_with("this was the meeting that did it."), "{}", article.text);
    for clutter in ["cookies", "Advertisement", "40,000 sellers", "Most read", "Webinar", "Copyright"] {
        assert!(!article.text.contains(clutter), "{clutter} in {}", article.text);
    }
    assert_eq!(article.comments, []);
}

#[test]
fn a_short_post_is_still_a_post() {
    let article = page("short-post", "https://ramp.example/voicemail").expect("an article");
    assert_eq!(article.title, "One line for voicemail");
    assert_eq!(article.published_at.map(|at| at.to_string()).as_deref(), Some("2023-11-02T00:00:00Z"));
    assert!(
        article.text.contains("It works best before ten") && !article.text.contains("Older post"),
        "{}",
        article.text
    );
}

#[test]
fn walls_are_recognised_and_never_taken_for_the_text() {
    assert_eq!(page("paywall", "https://review.example/discount"), Err(Wall::Paywall));
    assert_eq!(page("consent", "https://review.example/discount"), Err(Wall::Consent));
}
