//! What a rep found elsewhere: from a link, a note and a quote to a Post. Pure.

use super::{clean, links, parse, post, text};
use crate::model::{Audience, Post, PostId, Source, SourceId, SourceKind, Tagged, Thread};
use jiff::Timestamp;
use url::Url;

/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// Characters of a quote: a short one is lawful, a whole article is not.
pub const QUOTE_CHARS_MAX: usize = 1_000;
/// Characters of a title or a name.
pub const LINE_CHARS_MAX: usize = 200;
/// Sites that forbid programs to read them: what the rep gives is all there is.
const CLOSED: &[&str] = &["linkedin.com", "lnkd.in"];

/// A find as it is handed in; all plain texts, any of them may be empty but the link and one of note and quote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Find {
    /// The link, http or https. Other words around it are left out, as phones share it with a text.
    pub url: String,
    /// What the rep says about it, at most [`NOTE_CHARS_MAX`] characters.
    pub note: String,
    /// A short quote, at most [`QUOTE_CHARS_MAX`] characters.
    pub quote: String,
    /// Who said it, at most [`LINE_CHARS_MAX`] characters.
    pub mentor: String,
    /// Its title, at most [`LINE_CHARS_MAX`] characters.
    pub title: String,
}

impl Find {
    /// The find with its texts trimmed and its link alone, freed of what follows readers around.
    ///
    /// # Errors
    /// A sentence: no usable link, nothing said, or a text that is too long.
    pub fn checked(&self) -> Result<Find, String> {
        let link = link_in(&self.url).ok_or("give the link of what you found; it begins with https:// or http://")?;
        let find = Find {
            url: links::canonical(&link).to_string(),
            note: lines(&self.note, "note", NOTE_CHARS_MAX)?,
            quote: lines(&self.quote, "quote", QUOTE_CHARS_MAX)?,
            mentor: text::one_line(&lines(&self.mentor, "mentor's name", LINE_CHARS_MAX)?),
            title: text::one_line(&lines(&self.title, "title", LINE_CHARS_MAX)?),
        };
        if find.note.is_empty() && find.quote.is_empty() {
            return Err("say in a few words why it helps, or quote the sentence that does".to_owned());
        }
        Ok(find)
    }
}

/// The first link in a text, where it is one of the web.
pub fn link_in(text: &str) -> Option<Url> {
    let found = text.split_whitespace().find(|word| {
        let lower = word.get(..8).unwrap_or(word).to_ascii_lowercase();
        lower.starts_with("https://") || lower.starts_with("http://")
    })?;
    Url::parse(found).ok().filter(|url| links::is_web(url) && found.len() <= links::URL_BYTES_MAX)
}

fn lines(text: &str, name: &str, chars_max: usize) -> Result<String, String> {
    let text: String = text.trim().chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    if text.chars().count() > chars_max {
        return Err(format!("the {name} is too long; it may have {chars_max} characters"));
    }
    Ok(text)
}

/// Whether a program may look at the link at all; robots.txt is asked later.
pub fn may_be_visited(url: &str) -> bool {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase)).unwrap_or_default();
    !CLOSED.iter().any(|closed| host.strip_suffix(closed).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Makes a post of a checked find of the rep with this address. Its link is due to be visited at once where that is
/// allowed; the same rep and link are always the same post.
pub fn assemble(find: &Find, rep: &str, audience: Audience, now: Timestamp) -> Post {
    let source = Source::finds();
    let plain = if find.quote.is_empty() { &find.note } else { &find.quote };
    let body = clean::paragraphs(plain);
    let html = if find.quote.is_empty() { body } else { format!("<blockquote>{body}</blockquote>") };
    let plain = text::plain(&html);
    let visited = may_be_visited(&find.url);
    let mut post = Post {
        id: PostId::of(&source.id, &[rep, &find.url].join("\n")),
        source_id: SourceId::new(source.id.as_str()),
        kind: SourceKind::Find,
        guid: None,
        url: find.url.clone(),
        title: find.title.clone(),
        mentor: Some(find.mentor.clone()).filter(|mentor| !mentor.is_empty()),
        mentor_role: source.mentor_role,
        published_at: None,
        updated_at: None,
        seen_at: now,
        changed_at: now,
        language: None,
        html: String::new(),
        text: String::new(),
        excerpt: String::new(),
        words: 0,
        categories: Vec::new(),
        enclosures: Vec::new(),
        duration_s: None,
        thread: Thread { url: visited.then(|| find.url.clone()), due_at: visited.then_some(now), ..Thread::default() },
        audience,
        trust: source.trust,
        tagged: Tagged::default(),
        thin: false,
        simhash: 0,
        also_at: Vec::new(),
        listed_url: None,
    };
    post::set_body(&mut post, html, plain);
    // A colleague took the trouble: short is not thin here.
    post.thin = false;
    if post.title.is_empty() {
        post.title = made_title(&post);
    }
    post
}

/// The title of a find without one: the first words of what was said. Known again by [`has_made_title`].
fn made_title(post: &Post) -> String {
    parse::title_of(&post.text).unwrap_or_else(|| post.url.clone())
}

/// Whether nobody has given the title, so that the page's own is better.
pub fn has_made_title(post: &Post) -> bool {
    post.title == made_title(post)
}
