use super::{Frame, render};
use crate::model::{CommentId, Post, SourceId, SourceKind, SourceSet, Stage};
use crate::render::view::PostView;
use crate::render::words::{Calendar, count};
use askama::Template;
use url::form_urlencoded::Serializer;

/// Spans of days that can be chosen.
const DAYS: [(&str, &str); 3] = [("30", "30 days"), ("90", "3 months"), ("365", "a year")];
/// Languages that can be chosen: those that are tagged, and their neighbours.
const LANGUAGES: [(&str, &str); 10] = [
    ("en", "English"),
    ("de", "German"),
    ("fr", "French"),
    ("es", "Spanish"),
    ("pt", "Portuguese"),
    ("it", "Italian"),
    ("nl", "Dutch"),
    ("sv", "Swedish"),
    ("pl", "Polish"),
    ("ja", "Japanese"),
];

/// A piece of text, and whether it is what was looked for.
pub type Piece = (String, bool);

/// What the search page shows.
pub struct SearchPage<'a> {
    /// As typed.
    pub text: &'a str,
    /// What it is narrowed down to.
    pub filters: Filters<'a>,
    /// The sources that the reader may see.
    pub sources: &'a SourceSet,
    /// How many posts there are, as far as they were counted; none where nothing was asked.
    pub total: Option<usize>,
    /// Whether there are more than were counted.
    pub more: bool,
    /// Whether no post has everything that was asked for.
    pub relaxed: bool,
    /// The posts of this page.
    pub found: &'a [Found],
    /// The page, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

/// What a search is narrowed down to.
#[derive(Default)]
pub struct Filters<'a> {
    /// The stage.
    pub stage: Option<Stage>,
    /// The source.
    pub source: Option<&'a SourceId>,
    /// The kind of source.
    pub kind: Option<SourceKind>,
    /// The language, an ISO 639-1 code.
    pub language: Option<&'a str>,
    /// The mentor's name.
    pub mentor: Option<&'a str>,
    /// The span of days, as chosen; empty is ever.
    pub days: &'a str,
}

impl Filters<'_> {
    /// The fields that are set, by their names in the form.
    fn set(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let days = Some(self.days).filter(|days| !days.is_empty());
        [
            ("stage", self.stage.map(Stage::as_str)),
            ("source", self.source.map(SourceId::as_str)),
            ("kind", self.kind.map(SourceKind::as_str)),
            ("language", self.language),
            ("mentor", self.mentor),
            ("days", days),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// One field of the filters with its choices: value, words, whether it is chosen.
struct Choice<'a> {
    name: &'static str,
    label: &'static str,
    options: Vec<(&'a str, &'a str, bool)>,
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
    choices: [Choice<'a>; 5],
    mentor: &'a str,
    filters_set: usize,
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
        choices: choices(page),
        mentor: page.filters.mentor.unwrap_or_default(),
        filters_set: page.filters.set().count(),
        line: line(page),
        found: page.found.iter().map(|found| show(found, page.sources, calendar)).collect(),
        previous: (page.page > 1).then(|| address(page, page.page - 1)),
        next: (page.page < page.pages).then(|| address(page, page.page + 1)),
    })
}

fn choices<'a>(page: &SearchPage<'a>) -> [Choice<'a>; 5] {
    let choice = |name, label, options: Vec<(&'a str, &'a str)>, now: Option<&str>| Choice {
        name,
        label,
        options: options.into_iter().map(|(value, words)| (value, words, now == Some(value))).collect(),
    };
    let filters = &page.filters;
    let sources = &page.sources.sources;
    let mut kinds: Vec<_> = sources.iter().map(|source| source.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    [
        choice(
            "stage",
            "Stage",
            Stage::ALL.iter().map(|stage| (stage.as_str(), stage.title())).collect(),
            filters.stage.map(Stage::as_str),
        ),
        choice(
            "source",
            "Source",
            sources.iter().map(|source| (source.id.as_str(), source.name.as_str())).collect(),
            filters.source.map(SourceId::as_str),
        ),
        choice(
            "kind",
            "Kind",
            kinds.into_iter().map(|kind| (kind, kind)).collect(),
            filters.kind.map(SourceKind::as_str),
        ),
        choice("language", "Language", LANGUAGES.to_vec(), filters.language),
        choice("days", "Not older than", DAYS.to_vec(), Some(filters.days)),
    ]
}

fn line(page: &SearchPage<'_>) -> Option<String> {
    let posts = count(page.total?, "post", "posts");
    let posts = if page.more { format!("More than {posts}") } else { posts };
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
    query.extend_pairs(page.filters.set());
    query.append_pair("page", &number.to_string());
    format!("/search?{}", query.finish())
}
