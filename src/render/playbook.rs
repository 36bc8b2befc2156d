//! A post as a page of the team's own playbook: Markdown with front matter, as the wiki reader takes it back in.

use crate::model::{Audience, Post, Stage};
use jiff::civil::Date;

/// Bytes of a file name without its ending.
const NAME_BYTES_MAX: usize = 80;
/// Stages below this score are left out of the front matter.
const SCORE_MIN: f32 = 0.3;

/// A page to save or to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaybookPage {
    /// A name that is safe in every file system: lower-case letters, digits and dashes, and `.md`.
    pub file_name: String,
    /// The page.
    pub markdown: String,
}

/// Makes a playbook page of a post. `note` is what the rep who saves it adds; `saved_by` and `saved_on` stand below.
/// The page is for whom the post is for: saving never widens its audience.
pub fn playbook_page(post: &Post, note: Option<&str>, saved_by: &str, saved_on: Date) -> PlaybookPage {
    let mut page =
        format!("---\ntitle: {}\nstage: [{}]\naudience: {}\n", quoted(&post.title), stages(post), audience(post));
    if !post.url.is_empty() {
        page.push_str(&format!("source: {}\n", quoted(&post.url)));
    }
    if let Some(mentor) = &post.mentor {
        page.push_str(&format!("mentor: {}\n", quoted(mentor)));
    }
    page.push_str(&format!(
        "saved_by: {}\nsaved_on: {saved_on}\n---\n\n# {}\n\n",
        quoted(saved_by),
        escaped(&post.title)
    ));
    if let Some(note) = note.map(str::trim).filter(|note| !note.is_empty()) {
        let lines: Vec<String> = note.lines().map(|line| format!("> {}", escaped(line.trim()))).collect();
        page.push_str(&format!("{}\n\n", lines.join("\n")));
    }
    for paragraph in post.text.split('\n').map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        page.push_str(&format!("{}\n\n", escaped(paragraph)));
    }
    let mentor = post.mentor.as_deref().map(|name| format!(" by {}", escaped(name))).unwrap_or_default();
    if post.url.is_empty() {
        page.push_str(&format!("Saved from “{}”{mentor}.\n", escaped(&post.title)));
    } else {
        page.push_str(&format!("Saved from [{}](<{}>){mentor}.\n", escaped(&post.title), address(&post.url)));
    }
    PlaybookPage { file_name: format!("{}.md", name(post)), markdown: page }
}

fn stages(post: &Post) -> String {
    let of_a_deal = |stage: &Stage| Stage::OF_A_DEAL.contains(stage);
    let tags = post.tagged.stages.iter().filter(|tag| tag.score >= SCORE_MIN).map(|tag| tag.stage);
    let names: Vec<&str> = tags.filter(of_a_deal).map(Stage::as_str).collect();
    names.join(", ")
}

fn audience(post: &Post) -> String {
    match &post.audience {
        Audience::Everyone => "everyone".to_owned(),
        Audience::Team(team) => quoted(team),
    }
}

/// Text as a double-quoted YAML scalar; JSON's quoting is a part of YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Text that stays text in Markdown: no markup, no HTML, no list or heading at its start.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let first = at == 0 && matches!(c, '#' | '-' | '+' | '>' | '=' | '~' | ':');
        if first || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && matches!(out.as_bytes().get(digits), Some(b'.' | b')')) {
        out.insert(digits, '\\');
    }
    out
}

/// An address that cannot end the angle brackets around it.
fn address(url: &str) -> String {
    url.replace('<', "%3C").replace('>', "%3E").replace(char::is_whitespace, "%20")
}

fn name(post: &Post) -> String {
    let mut name = String::new();
    for c in post.title.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() >= NAME_BYTES_MAX {
            break;
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() { format!("post-{}", post.id) } else { name.to_owned() }
}
