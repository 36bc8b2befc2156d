//! HTML to plain text, excerpts, and the language of a text.

use super::entities::{Rules, decode};
use memchr::{memchr, memmem};
use unicode_segmentation::UnicodeSegmentation as _;

/// The longest excerpt, in characters.
pub const EXCERPT_CHARS_MAX: usize = 280;
/// Below this many characters a language cannot be told with confidence.
const LANGUAGE_CHARS_MIN: usize = 200;
/// How much of a text is looked at for its language, in characters: first a little, which is enough for plain English.
const LANGUAGE_CHARS_FIRST: usize = 1_000;
const LANGUAGE_CHARS_MAX: usize = 4_000;

/// The plain text of HTML: tags gone, references decoded once, blocks on lines of their own.
pub fn plain(html: &str) -> String {
    strip(html, |_| true)
}

/// The plain text of a title: one line. A `<` that begins no HTML element stands for itself.
pub fn line(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return one_line(html);
    }
    one_line(&strip(html, is_html_name))
}

/// White space collapsed into single spaces.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

fn strip(html: &str, is_tag: impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    // An end that was searched in vain is nowhere in the rest.
    let mut no_comment_end = false;
    while !rest.is_empty() {
        let open = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        if open > 0 {
            push_text(&mut out, &rest[..open]);
            rest = &rest[open..];
            continue;
        }
        if rest.starts_with("<!--") {
            let end = if no_comment_end { None } else { memmem::find(&rest.as_bytes()[4..], b"-->") };
            no_comment_end |= end.is_none();
            rest = end.map_or("", |end| &rest[4 + end + 3..]);
            continue;
        }
        let after = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
        let length = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = &after[..length];
        let markup =
            after.starts_with(['!', '?']) || (name.starts_with(|c: char| c.is_ascii_alphabetic()) && is_tag(name));
        if !markup {
            out.push('<');
            rest = &rest[1..];
            continue;
        }
        let closing = rest.as_bytes()[1] == b'/';
        rest = &rest[tag_length(rest)..];
        if !closing && is_silent(name) {
            rest = after_end_of(rest, name);
        } else if name.eq_ignore_ascii_case("br") || is_block(name) {
            end_line(&mut out);
        } else if (name.eq_ignore_ascii_case("td") || name.eq_ignore_ascii_case("th")) && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out
}

/// Bytes from `<` up to and with the tag's `>`, quotes respected.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            // A tag that never ends must not swallow the text after it.
            (None, b'<') => return at,
            (None, b'"' | b'\'') if tag.as_bytes()[at - 1] == b'=' => quote = Some(byte),
            (Some(open), _) if byte == open => quote = None,
            _ => {}
        }
    }
    // An unclosed quote or tag: up to the first `>`, or to the end.
    memchr(b'>', tag.as_bytes()).map_or(tag.len(), |end| end + 1)
}

/// What follows the end tag of an element whose content is not text.
fn after_end_of<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(found) = memmem::find(&rest.as_bytes()[from..], b"</") {
        let at = from + found + 2;
        if rest.as_bytes().get(at..at + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes())) {
            return rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]);
        }
        from = at;
    }
    ""
}

/// Adds text with its white space collapsed.
fn push_text(out: &mut String, raw: &str) {
    let text = decode(raw, Rules::Html);
    if is_collapsed(&text) {
        let starts_inside = !out.is_empty() && !out.ends_with(['\n', ' ']);
        out.push_str(if starts_inside { &text } else { text.strip_prefix(' ').unwrap_or(&text) });
        return;
    }
    let mut pending = text.starts_with(char::is_whitespace);
    for word in text.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        if pending && !out.is_empty() && !out.ends_with(['\n', ' ']) {
            out.push(' ');
        }
        out.push_str(word);
        pending = true;
    }
    if text.ends_with(char::is_whitespace) && !out.is_empty() && !out.ends_with(['\n', ' ']) {
        out.push(' ');
    }
}

/// Whether a text is ASCII whose only white space is single spaces between words, as most of it is.
fn is_collapsed(text: &str) -> bool {
    let odd = text.bytes().fold(false, |odd, byte| odd | !(b' '..0x80).contains(&byte));
    !odd && text.len() > 1 && memmem::find(text.as_bytes(), b"  ").is_none()
}

fn end_line(out: &mut String) {
    while out.ends_with(' ') {
        out.pop();
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_silent(name: &str) -> bool {
    among(name, &["script", "style", "noscript", "template", "iframe", "object", "svg", "math", "textarea", "select"])
}

fn is_block(name: &str) -> bool {
    among(
        name,
        &[
            "p",
            "div",
            "li",
            "ul",
            "ol",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "blockquote",
            "pre",
            "tr",
            "table",
            "section",
            "article",
            "header",
            "footer",
            "figure",
            "figcaption",
            "hr",
            "dl",
            "dt",
            "dd",
            "aside",
            "nav",
            "main",
            "details",
            "summary",
            "address",
            "center",
        ],
    )
}

fn is_html_name(name: &str) -> bool {
    is_block(name)
        || is_silent(name)
        || among(
            name,
            &[
                "a", "abbr", "acronym", "b", "big", "br", "cite", "code", "del", "em", "font", "i", "img", "ins",
                "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "td", "th", "time",
                "tt", "u", "var", "wbr", "bdi", "bdo", "html", "body", "ruby", "rt", "rp", "nobr", "label", "video",
                "audio", "input", "button",
            ],
        )
}

/// The first words of a text, at most [`EXCERPT_CHARS_MAX`] characters, cut between words and ended by an ellipsis.
pub fn excerpt(text: &str) -> String {
    let line = one_line(&text.chars().take(EXCERPT_CHARS_MAX * 4).collect::<String>());
    cut(&line, EXCERPT_CHARS_MAX)
}

/// At most `chars_max` characters of a line, cut between words and ended by an ellipsis.
pub fn cut(line: &str, chars_max: usize) -> String {
    if line.chars().count() <= chars_max {
        return line.to_owned();
    }
    let end = line.char_indices().nth(chars_max - 1).map_or(line.len(), |(at, _)| at);
    let head = &line[..end];
    let at = head.rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", head[..at].trim_end_matches([' ', ',', ';', ':', '-', '–', '—']))
}

/// Words in a text.
pub fn words(text: &str) -> u32 {
    let spaced = if text.is_ascii() {
        text.as_bytes()
            .split(|byte| byte.is_ascii_whitespace() || *byte == 0x0b)
            .filter(|word| !word.is_empty())
            .count()
    } else {
        text.split_whitespace().count()
    };
    // Languages without spaces: count by the Unicode rules instead.
    let count = if text.len() > 60 && spaced * 40 < text.len() { text.unicode_words().count() } else { spaced };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The language of a text (ISO 639-1), where it is long enough to tell reliably.
pub fn language(text: &str) -> Option<String> {
    text.char_indices().nth(LANGUAGE_CHARS_MIN - 1)?;
    let head = |chars| text.char_indices().nth(chars).map_or(text, |(end, _)| &text[..end]);
    if is_plainly_english(head(LANGUAGE_CHARS_FIRST)) {
        return Some("en".to_owned());
    }
    let sample = head(LANGUAGE_CHARS_MAX);
    let info = whatlang::detect(sample).filter(whatlang::Info::is_reliable)?;
    two_letters(info.lang().code()).map(str::to_owned)
}

/// Words that stand in every English text and in no other language's.
const ENGLISH: [&str; 16] = [
    "the", "and", "that", "with", "this", "you", "your", "they", "their", "what", "which", "when", "there", "would",
    "from", "about",
];
/// English prose has these for every seventh word; a text in another language that quotes English has far fewer.
const ENGLISH_WORDS_PER_HUNDRED_MIN: usize = 9;
/// So many different ones at least.
const ENGLISH_DIFFERENT_MIN: u32 = 5;

/// Whether a text shows on every line that it is English. Most texts are, and a detector that weighs all languages
/// against each other costs more than everything else that is done with a text.
fn is_plainly_english(text: &str) -> bool {
    let (mut words, mut english, mut different) = (0usize, 0usize, 0u16);
    let mut beyond_ascii = 0usize;
    for word in text.as_bytes().split(|byte| !byte.is_ascii_alphabetic() && byte.is_ascii()) {
        if word.is_empty() {
            continue;
        }
        words += 1;
        if !word.is_ascii() {
            beyond_ascii += word.len();
        } else if (3..=5).contains(&word.len())
            && let Some(at) = ENGLISH.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(word))
        {
            english += 1;
            different |= 1 << at;
        }
    }
    english * 100 >= words * ENGLISH_WORDS_PER_HUNDRED_MIN
        && different.count_ones() >= ENGLISH_DIFFERENT_MIN
        // Scripts without spaces make few words of much text.
        && beyond_ascii * 10 < text.len()
}

/// ISO 639-3 to 639-1 for the languages that whatlang knows.
fn two_letters(code: &str) -> Option<&'static str> {
    const PAIRS: &[(&str, &str)] = &[
        ("eng", "en"),
        ("deu", "de"),
        ("fra", "fr"),
        ("spa", "es"),
        ("por", "pt"),
        ("ita", "it"),
        ("nld", "nl"),
        ("swe", "sv"),
        ("dan", "da"),
        ("nob", "nb"),
        ("fin", "fi"),
        ("pol", "pl"),
        ("ces", "cs"),
        ("slk", "sk"),
        ("hun", "hu"),
        ("ron", "ro"),
        ("bul", "bg"),
        ("rus", "ru"),
        ("ukr", "uk"),
        ("bel", "be"),
        ("ell", "el"),
        ("tur", "tr"),
        ("heb", "he"),
        ("ara", "ar"),
        ("pes", "fa"),
        ("hin", "hi"),
        ("ben", "bn"),
        ("urd", "ur"),
        ("jpn", "ja"),
        ("cmn", "zh"),
        ("kor", "ko"),
        ("vie", "vi"),
        ("tha", "th"),
        ("ind", "id"),
        ("hrv", "hr"),
        ("srp", "sr"),
        ("slv", "sl"),
        ("est", "et"),
        ("lav", "lv"),
        ("lit", "lt"),
        ("cat", "ca"),
        ("tam", "ta"),
        ("tel", "te"),
        ("mar", "mr"),
        ("guj", "gu"),
        ("kan", "kn"),
        ("mal", "ml"),
        ("pan", "pa"),
        ("epo", "eo"),
        ("lat", "la"),
        ("afr", "af"),
        ("tgl", "tl"),
        ("aze", "az"),
        ("kat", "ka"),
        ("hye", "hy"),
        ("mkd", "mk"),
        ("yid", "yi"),
        ("amh", "am"),
        ("nep", "ne"),
        ("sin", "si"),
        ("khm", "km"),
        ("mya", "my"),
        ("uzb", "uz"),
        ("tuk", "tk"),
        ("jav", "jv"),
        ("zul", "zu"),
        ("sna", "sn"),
        ("aka", "ak"),
        ("ori", "or"),
    ];
    PAIRS.iter().find(|(three, _)| *three == code).map(|(_, two)| *two)
}

/// The two letters of a declared language tag (`en-US`), where it is one.
pub fn declared_language(tag: &str) -> Option<String> {
    let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    match primary.len() {
        2 if primary.bytes().all(|b| b.is_ascii_lowercase()) => Some(primary),
        3 => two_letters(&primary).map(str::to_owned),
        _ => None,
    }
}
