use super::{Frame, render};
use crate::model::{CommentId, Post, SourceId, SourceSet, Stage};
use crate::render::view::PostView;
use crate::render::words::{Calendar, count};
use askama::Template;
use url::form_urlencoded::Serializer;

/// Spans of days that can be chosen.
const DAYS: [(&str, &str); 3] = [("30", "30 days"), ("90", "3 months"), ("365", "a year")];

/// A piece of text, and whether it is what was looked for.
pub type Piece = (String, bool);

/// What the search page shows.
pub struct SearchPage<'a> {
    /// As typed.
    pub text: &'a str,
    /// The stage that is asked for.
    pub stage: Option<Stage>,
    /// The source that is asked for.
    pub source: Option<&'a SourceId>,
    /// The span of days that is asked for, as chosen.
    pub days: &'a str,
    /// The sources that the reader may see.
    pub sources: &'a SourceSet,
    /// How many posts there are; none where nothing was asked.
    pub total: Option<usize>,
    /// Whether no post has everything that was asked for.
    pub relaxed: bool,
    /// The posts of this page.
    pub found: &'a [Found],
    /// The page, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

/// A post that was found.
pub struct Found {
    /// The post.
    pub post: Post,
    /// Its title, marked.
    pub title: Vec<Piece>,
    /// The telling piece of its text, marked.
    pub snippet: Vec<Piece>,
    /// The comment that the piece is from.
    pub comment: Option<CommentId>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page<'a> {
    frame: Frame,
    text: &'a str,
    stages: &'static [Stage],
    stage_now: Option<Stage>,
    sources: Vec<(&'a str, &'a str)>,
    source_now: &'a str,
    days: &'static [(&'static str, &'static str)],
    days_now: &'a str,
    line: Option<String>,
    found: Vec<Shown<'a>>,
    previous: Option<String>,
    next: Option<String>,
}

struct Shown<'a> {
    id: &'a str,
    fragment: String,
    lang: Option<&'a str>,
    title: &'a [Piece],
    line: Vec<String>,
    original: Option<&'a str>,
    snippet: &'a [Piece],
}

/// The search page.
pub fn search(frame: Frame, page: &SearchPage<'_>, calendar: &Calendar) -> String {
    render(&Page {
        frame,
        text: page.text,
        stages: &Stage::ALL,
        stage_now: page.stage,
        sources: page.sources.sources.iter().map(|source| (source.id.as_str(), source.name.as_str())).collect(),
        source_now: page.source.map_or("", SourceId::as_str),
        days: &DAYS,
        days_now: page.days,
        line: line(page),
        found: page.found.iter().map(|found| show(found, page.sources, calendar)).collect(),
        previous: (page.page > 1).then(|| address(page, page.page - 1)),
        next: (page.page < page.pages).then(|| address(page, page.page + 1)),
    })
}

fn line(page: &SearchPage<'_>) -> Option<String> {
    let posts = count(page.total?, "post", "posts");
    Some(match (page.total?, page.relaxed) {
        (0, _) => "Nothing was found. Try fewer words, or another form of them.".to_owned(),
        (_, true) => format!("No post has all of it. {posts} with some of it."),
        (_, false) => posts,
    })
}

fn show<'a>(found: &'a Found, sources: &'a SourceSet, calendar: &Calendar) -> Shown<'a> {
    let post = &found.post;
    let source = sources.find(&post.source_id).map_or(post.source_id.as_str(), |source| source.name.as_str());
    let view = PostView::new(post, source, calendar);
    Shown {
        id: post.id.as_str(),
        fragment: found.comment.as_ref().map(|id| format!("#comment-{id}")).unwrap_or_default(),
        lang: view.foreign,
        title: &found.title,
        line: view.line(),
        original: view.original,
        snippet: &found.snippet,
    }
}

/// The address of another page of the same search.
fn address(page: &SearchPage<'_>, number: usize) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("q", page.text);
    if let Some(stage) = page.stage {
        query.append_pair("stage", stage.as_str());
    }
    if let Some(source) = page.source {
        query.append_pair("source", source.as_str());
    }
    if !page.days.is_empty() {
        query.append_pair("days", page.days);
    }
    query.append_pair("page", &number.to_string());
    format!("/search?{}", query.finish())
}
