//! Transcripts of episodes: WebVTT, SubRip, the JSON of `podcast:transcript`, HTML and plain text, to HTML. Pure.

use super::decode::{Syntax, decode};
use super::entities::{Rules, decode as dereference, escape_into};
use super::{article, clean, text};
use crate::model::{Enclosure, Post};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

/// Bytes of a transcript that are kept: about six hours of speech.
const TEXT_BYTES_MAX: usize = 400 * 1024;
/// A paragraph ends with the first sentence that ends behind this many bytes.
const PARAGRAPH_BYTES: usize = 480;

/// The address of a post's transcript, where it has one.
pub fn of(post: &Post) -> Option<&str> {
    post.enclosures.iter().find(|file| is_transcript(&file.mime)).map(|file| file.url.as_str())
}

/// A transcript among the files of a post; its type is what makes it known again.
pub fn enclosure(url: &str, mime: Option<&str>) -> Enclosure {
    let ending =
        url.split(['?', '#']).next().unwrap_or(url).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let by_ending = match ending.as_str() {
        "vtt" => "text/vtt",
        "srt" => "application/x-subrip",
        "json" => "application/json",
        "html" | "htm" => "text/html",
        _ => "text/plain",
    };
    let mime = mime.map(str::to_ascii_lowercase).filter(|mime| is_transcript(mime));
    Enclosure { url: url.to_owned(), mime: mime.unwrap_or_else(|| by_ending.to_owned()), length: None }
}

fn is_transcript(mime: &str) -> bool {
    let mime = mime.split(';').next().unwrap_or(mime).trim();
    mime.starts_with("text/")
        || matches!(mime, "application/x-subrip" | "application/srt" | "application/json" | "application/vtt")
}

/// A transcript as safe HTML, in paragraphs that begin with the speaker where that is known; none where there is no
/// speech in it.
pub fn read(bytes: &[u8], content_type: Option<&str>, url: &Url, now: Timestamp) -> Option<String> {
    let decoded = decode(bytes, content_type, Syntax::Html);
    let document = decoded.text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let mut speech = Speech::default();
    if document.starts_with(['{', '[']) {
        of_json(&super::json::read(document.as_bytes()).ok()?, &mut speech);
    } else if document.starts_with("WEBVTT") || is_timed(document) {
        of_cues(document, &mut speech);
    } else if document.starts_with('<') {
        let whole = article::extract(bytes, content_type, url, now).map(|article| article.content_html);
        let html = whole.unwrap_or_else(|_| clean::clean(document, Some(url)));
        return Some(html).filter(|html| html.len() <= 2 * TEXT_BYTES_MAX && !text::plain(html).is_empty());
    } else {
        document.split("\n\n").for_each(|paragraph| speech.say(None, &text::one_line(paragraph), true));
    }
    speech.finish()
}

/// Whether the first lines hold a time such as `00:00:01,000 --> 00:00:04,000`.
fn is_timed(document: &str) -> bool {
    document.lines().take(40).any(is_timing)
}

fn is_timing(line: &str) -> bool {
    line.split_once("-->").is_some_and(|(from, to)| {
        let digit = |text: &str| text.trim().starts_with(|c: char| c.is_ascii_digit());
        digit(from) && digit(to)
    })
}

fn of_cues(document: &str, speech: &mut Speech) {
    for block in document.replace("\r\n", "\n").replace('\r', "\n").split("\n\n") {
        // What stands before the time is the cue's number or name; a block without a time is a note or a style.
        let mut lines = block.lines().skip_while(|line| !is_timing(line));
        if lines.next().is_none() {
            continue;
        }
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let (voice, said) = voice_of(line);
            speech.say(voice.as_deref(), &said, false);
        }
    }
}

/// `<v Ann>Good morning` and `ANN: Good morning`, without other tags.
fn voice_of(line: &str) -> (Option<String>, String) {
    let tagged = line.trim().strip_prefix("<v").and_then(|rest| {
        let (name, rest) = rest.split_once('>')?;
        let name = name.trim_start_matches(|c: char| !c.is_whitespace()).trim();
        Some((name.to_owned(), rest))
    });
    let plain = |said: &str| text::line(&dereference(said, Rules::Html));
    match tagged {
        Some((name, rest)) => (Some(name).filter(|name| !name.is_empty()), plain(rest)),
        None => (None, plain(line)),
    }
}

/// `{"segments":[{"speaker","body"}]}` of podcasts, `{"segments":[{"text"}]}` of speech recognisers, or one `text`.
fn of_json(value: &Value, speech: &mut Speech) {
    let string = |value: &Value, keys: &[&str]| keys.iter().find_map(|key| value.get(key)?.as_str().map(str::to_owned));
    let segments = value.get("segments").or(value.get("transcript")).or(value.get("cues")).unwrap_or(value);
    match segments.as_array() {
        Some(segments) => {
            for segment in segments {
                let said =
                    string(segment, &["body", "text", "transcript"]).or_else(|| segment.as_str().map(str::to_owned));
                let speaker = string(segment, &["speaker", "speakerName", "name"]);
                speech.say(speaker.as_deref(), &text::one_line(&said.unwrap_or_default()), false);
            }
        }
        None => {
            let whole = string(value, &["text", "transcript", "body"]).unwrap_or_default();
            whole.split("\n\n").for_each(|paragraph| speech.say(None, &text::one_line(paragraph), true));
        }
    }
}

/// What has been said so far, in paragraphs.
#[derive(Default)]
struct Speech {
    html: String,
    paragraph: String,
    speaker: Option<String>,
    last: String,
}

impl Speech {
    fn say(&mut self, speaker: Option<&str>, said: &str, whole: bool) {
        // Rolling captions repeat the line above.
        if said.is_empty() || said == self.last || self.html.len() + self.paragraph.len() + said.len() > TEXT_BYTES_MAX
        {
            return;
        }
        self.last = said.to_owned();
        if speaker.is_some() && speaker != self.speaker.as_deref() {
            self.end();
            self.speaker = speaker.map(str::to_owned);
            self.paragraph.push_str(speaker.unwrap_or_default());
            self.paragraph.push(':');
        }
        if !self.paragraph.is_empty() {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(said);
        if whole || self.paragraph.len() > PARAGRAPH_BYTES && said.ends_with(['.', '!', '?', '…', '。', '”', '"'])
        {
            self.end();
        }
    }

    fn end(&mut self) {
        if !self.paragraph.is_empty() {
            self.html.push_str("<p>");
            escape_into(&mut self.html, &self.paragraph);
            self.html.push_str("</p>");
            self.paragraph.clear();
        }
    }

    fn finish(mut self) -> Option<String> {
        self.end();
        Some(self.html).filter(|html| !html.is_empty())
    }
}
