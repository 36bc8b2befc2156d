use super::{Bar, Frame, Reading, render};
use crate::model::{Comment, CommentId, CommentWorth, Digest, Email, Note, Post, SourceSet, StageTag};
use crate::render::links::outside;
use crate::render::view::PostView;
use crate::render::words::count;
use askama::Template;

/// Levels of answers that are set off; deeper ones stand at the last.
const DEPTH_MAX: usize = 3;

/// What the page of a post shows.
pub struct PostPage<'a> {
    /// The post.
    pub post: &'a Post,
    /// All of its comments.
    pub comments: &'a [Comment],
    /// The notes that the reader may see.
    pub notes: &'a [Note],
    /// The digest that may pick it.
    pub digest: Option<&'a Digest>,
    /// The sources that the reader may see, for their names.
    pub sources: &'a SourceSet,
    /// Who reads.
    pub rep: &'a Email,
    /// The reader's team.
    pub team: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "post.html")]
struct Page<'a> {
    frame: Frame,
    id: &'a str,
    source: &'a str,
    title: String,
    lang: Option<&'a str>,
    line: Vec<String>,
    date: Option<(String, String)>,
    original: Option<&'a str>,
    whys: Vec<Why<'a>>,
    bar: Bar<'a>,
    body: String,
    enclosures: Vec<(&'a str, String)>,
    tags: Vec<&'a StageTag>,
    also: Vec<(&'a str, &'a str)>,
    notes: Vec<NoteShown<'a>>,
    team: Option<&'a str>,
    comments: Vec<CommentShown<'a>>,
    comments_title: String,
}

struct Why<'a> {
    why: &'a str,
    deal_id: &'a str,
    deal_name: &'a str,
}

struct NoteShown<'a> {
    id: &'a str,
    text: &'a str,
    by: &'a str,
    when: String,
    mine: bool,
}

struct CommentShown<'a> {
    id: &'a str,
    depth: usize,
    thin: bool,
    mentor: &'a str,
    when: Option<String>,
    stages: Vec<&'static str>,
    html: String,
}

/// The page of a post with its comments and notes.
pub fn post(frame: Frame, page: &PostPage<'_>, reading: &Reading<'_>) -> String {
    let post = page.post;
    let source = page.sources.find(&post.source_id).map_or(post.source_id.as_str(), |source| source.name.as_str());
    let shown = PostView::new(post, source, reading.calendar);
    let path = format!("/posts/{}", post.id);
    let comments = threaded(page.comments, reading);
    render(&Page {
        frame,
        id: post.id.as_str(),
        source,
        bar: Bar::new(&shown, None, format!("post-{}", post.id), &path, reading),
        line: shown.line().into_iter().filter(|part| part != source).collect(),
        date: post.published_at.map(|at| (at.to_string(), reading.calendar.day(reading.calendar.date_of(at)))),
        original: shown.original,
        lang: shown.foreign,
        title: shown.title,
        whys: whys(page),
        body: pictures_as_links(&post.html),
        enclosures: post
            .enclosures
            .iter()
            .filter_map(|file| Some((outside(&file.url)?, file_name(&file.url, &file.mime))))
            .collect(),
        tags: post.tagged.stages.iter().collect(),
        also: post
            .also_at
            .iter()
            .filter_map(|place| Some((page.sources.find(&place.source_id)?.name.as_str(), outside(&place.url)?)))
            .collect(),
        notes: page
            .notes
            .iter()
            .map(|note| NoteShown {
                id: &note.id,
                text: &note.text,
                by: &note.rep_name,
                when: reading.calendar.age(note.written_at),
                mine: &note.rep == page.rep,
            })
            .collect(),
        team: page.team,
        comments_title: count(comments.len(), "comment", "comments"),
        comments,
    })
}

fn whys<'a>(page: &PostPage<'a>) -> Vec<Why<'a>> {
    let Some(digest) = page.digest else { return Vec::new() };
    digest
        .picks()
        .filter(|(_, pick)| pick.post_id == page.post.id)
        .map(|(entry, pick)| Why { why: &pick.why, deal_id: entry.deal.id.as_str(), deal_name: &entry.deal.name })
        .collect()
}

fn file_name(url: &str, mime: &str) -> String {
    let kind = match mime.split('/').next() {
        Some("audio") => "Listen",
        Some("video") => "Watch",
        _ => "Open the file",
    };
    let name = url.rsplit('/').next().and_then(|name| name.split('?').next()).unwrap_or_default();
    if name.is_empty() { kind.to_owned() } else { format!("{kind}: {name}") }
}

/// Comments in reading order: useful ones first, each followed by its answers; spam and pingbacks are left out.
fn threaded<'a>(comments: &'a [Comment], reading: &Reading<'_>) -> Vec<CommentShown<'a>> {
    let mut readable: Vec<&Comment> =
        comments.iter().filter(|comment| matches!(comment.worth, CommentWorth::Useful | CommentWorth::Thin)).collect();
    readable.sort_by_key(|comment| comment.worth == CommentWorth::Thin);
    let known = |id: &CommentId| readable.iter().any(|comment| &comment.id == id);
    // An explicit stack: a chain of ten thousand answers must not exhaust the thread's own.
    let mut stack: Vec<(usize, &Comment)> = readable
        .iter()
        .rev()
        .filter(|comment| comment.parent_id.as_ref().is_none_or(|parent| !known(parent) || parent == &comment.id))
        .map(|comment| (0, *comment))
        .collect();
    let mut out = Vec::with_capacity(readable.len());
    let mut seen = std::collections::HashSet::new();
    while let Some((depth, comment)) = stack.pop() {
        if !seen.insert(&comment.id) {
            continue;
        }
        out.push(show_comment(comment, depth, reading));
        let answers = readable.iter().rev().filter(|answer| answer.parent_id.as_ref() == Some(&comment.id));
        stack.extend(answers.map(|answer| ((depth + 1).min(DEPTH_MAX), *answer)));
    }
    // Answers that only answer each other belong to no thread; they are still shown.
    out.extend(
        readable
            .into_iter()
            .filter(|comment| !seen.contains(&comment.id))
            .map(|comment| show_comment(comment, 0, reading)),
    );
    out
}

fn show_comment<'a>(comment: &'a Comment, depth: usize, reading: &Reading<'_>) -> CommentShown<'a> {
    CommentShown {
        id: comment.id.as_str(),
        depth,
        thin: comment.worth == CommentWorth::Thin,
        mentor: comment.mentor.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or("Anonymous"),
        when: comment.published_at.map(|at| reading.calendar.age(at)),
        stages: comment.tagged.stages.iter().take(1).map(|tag| tag.stage.title()).collect(),
        html: pictures_as_links(&comment.html),
    }
}

/// Cleaned HTML with a link in the place of every picture: pages load nothing from other hosts.
fn pictures_as_links(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<img") {
        out.push_str(&rest[..at]);
        let Some(end) = tag_end(&rest[at..]) else { return out };
        let tag = &rest[at..at + end];
        let alt = attribute(tag, "alt").unwrap_or_default().replace('<', "&lt;").replace('>', "&gt;");
        let alt = if alt.trim().is_empty() { "Picture".to_owned() } else { format!("Picture: {alt}") };
        match attribute(tag, "src").and_then(outside) {
            Some(src) => {
                out.push_str("<a class=\"picture\" target=\"_blank\" rel=\"noopener noreferrer\" href=\"");
                out.push_str(src);
                out.push_str(&format!("\">{alt}</a>"));
            }
            None => out.push_str(&format!("<span class=\"picture\">{alt}</span>")),
        }
        rest = &rest[at + end..];
    }
    out.push_str(rest);
    out
}

/// Bytes up to and with the `>` that ends the tag, quotes respected; none where it never ends.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quoted = false;
    tag.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '>' && !quoted).then_some(at + 1)
    })
}

/// The value of a double-quoted attribute, still escaped as it stood.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::pictures_as_links;

    #[test]
    fn pictures_become_links() {
        assert_eq!(
            pictures_as_links(r#"a<img src="https://x.example/a.png" alt="b > c">d"#),
            r#"a<a class="picture" target="_blank" rel="noopener noreferrer" href="https://x.example/a.png">Picture: b &gt; c</a>d"#
        );
        assert_eq!(
            pictures_as_links(r#"<img src="data:image/png;base64,x">"#),
            r#"<span class="picture">Picture</span>"#
        );
        assert_eq!(pictures_as_links("x<img src=\"never ends"), "x");
    }
}
