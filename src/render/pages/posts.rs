use super::{Bar, Frame, Reading, render};
use crate::model::{Post, SourceSet, Stage};
use crate::render::view::PostView;
use askama::Template;
use jiff::Timestamp;

/// A list of posts: the library of a stage, or what a rep saved.
pub struct PostsPage<'a> {
    /// The heading.
    pub heading: &'a str,
    /// A line below it; may be empty.
    pub lead: &'a str,
    /// The stage, on its library page.
    pub stage: Option<Stage>,
    /// The end of the stage's rest, where it rests.
    pub snoozed_until: Option<Timestamp>,
    /// The posts in their order.
    pub posts: &'a [Post],
    /// The sources, for their names.
    pub sources: &'a SourceSet,
    /// What to say where there are none.
    pub empty: &'a str,
    /// The page's own path.
    pub path: &'a str,
}

#[derive(Template)]
#[template(path = "posts.html")]
struct Page<'a> {
    frame: Frame,
    up: Option<(&'static str, &'static str)>,
    heading: &'a str,
    lead: &'a str,
    stage: Option<Stage>,
    snoozed_until: Option<String>,
    cards: Vec<Card<'a>>,
    empty: &'a str,
}

/// One post of a list.
#[derive(Template)]
#[template(path = "card.html")]
struct Card<'a> {
    anchor: String,
    post_id: &'a str,
    lang: Option<&'a str>,
    line: Vec<String>,
    original: Option<&'a str>,
    excerpt: &'a str,
    bar: Bar<'a>,
    title: String,
}

impl<'a> Card<'a> {
    fn new(shown: PostView<'a>, path: &str, reading: &Reading<'a>) -> Self {
        let anchor = format!("post-{}", shown.post.id);
        Self {
            post_id: shown.post.id.as_str(),
            lang: shown.foreign,
            line: shown.line(),
            original: shown.original,
            excerpt: &shown.post.excerpt,
            bar: Bar::new(&shown, None, anchor.clone(), path, reading),
            title: shown.title,
            anchor,
        }
    }
}

/// The page of a list of posts.
pub fn posts(frame: Frame, page: &PostsPage<'_>, reading: &Reading<'_>) -> String {
    let name = |post: &'_ Post| page.sources.find(&post.source_id).map(|source| source.name.as_str());
    render(&Page {
        frame,
        up: page.stage.map(|_| ("/stages", "Stages")),
        heading: page.heading,
        lead: page.lead,
        stage: page.stage,
        snoozed_until: page.snoozed_until.map(|at| reading.calendar.day(reading.calendar.date_of(at))),
        cards: page
            .posts
            .iter()
            .map(|post| {
                let source = name(post).unwrap_or(post.source_id.as_str());
                Card::new(PostView::new(post, source, reading.calendar), page.path, reading)
            })
            .collect(),
        empty: page.empty,
    })
}

#[derive(Template)]
#[template(path = "stages.html")]
struct StagesPage {
    frame: Frame,
    stages: Vec<Stage>,
}

/// The list of all stages.
pub fn stages(frame: Frame) -> String {
    let stages = Stage::OF_A_DEAL.into_iter().chain([Stage::General]).collect();
    render(&StagesPage { frame, stages })
}
