//! One raw entry to a Source, each key checked where it stands.

use super::{Fault, OneOrMany, RawDefaults, RawSource};
use crate::model::{Audience, CommentsFrom, FINDS, MentorRole, Selectors, Source, SourceId, SourceKind, Span, Stage};
use ipnet::IpNet;
use serde_saphyr::Spanned;
use url::Url;

/// Where the adaptive interval starts unless the file says otherwise.
const CHECK_EVERY_S: u64 = 3_600;
/// The shortest interval that a file may ask for: five minutes.
const CHECK_EVERY_S_MIN: u64 = 300;
/// The longest: thirty days.
const CHECK_EVERY_S_MAX: u64 = 30 * 86_400;
/// The longest id, in bytes.
const ID_BYTES_MAX: usize = 80;
/// Trust of a source that names none.
const TRUST: f32 = 0.6;

const ROLES: [MentorRole; 6] = [
    MentorRole::Practitioner,
    MentorRole::Trainer,
    MentorRole::Analyst,
    MentorRole::Vendor,
    MentorRole::Peer,
    MentorRole::Wiki,
];

pub(super) fn source(entry: &Spanned<RawSource>, defaults: &RawDefaults) -> Result<Source, Fault> {
    let raw = &entry.value;
    let kind = match &raw.kind {
        Some(word) => one_of(word, "kind", &SourceKind::ALL, SourceKind::as_str)?,
        None => SourceKind::Feed,
    };
    let check_every = raw.check_every.as_ref().or(defaults.check_every.as_ref());
    // In a page's flat form `comments` may be the selector of the comments instead of a stream.
    let named_stream = raw.comments.as_ref().filter(|word| kind != SourceKind::Page || !is_selector(word));
    let role = match &raw.mentor_role {
        Some(word) => one_of(word, "mentor_role", &ROLES, MentorRole::as_str)?,
        None if kind == SourceKind::Wiki => MentorRole::Wiki,
        None => MentorRole::Practitioner,
    };
    let selectors = selectors(raw)?;
    if kind == SourceKind::Page && selectors.is_none() {
        return Err(Fault::at(&raw.id, "selectors: a source of kind page needs selectors, at least items"));
    }
    Ok(Source {
        id: id(&raw.id)?,
        name: raw.name.as_ref().map_or_else(|| raw.id.value.clone(), |name| name.value.trim().to_owned()),
        kind,
        url: address(&raw.url, kind)?,
        check_every_s: check_every.map(duration_s).transpose()?.unwrap_or(CHECK_EVERY_S),
        full_text: raw.full_text.or(defaults.full_text).unwrap_or(true),
        comments: comments(named_stream.or(defaults.comments.as_ref()))?,
        mentor_role: role,
        stages: raw.stages.iter().map(stage).collect::<Result<_, _>>()?,
        trust: raw.trust.as_ref().map(trust).transpose()?.unwrap_or(TRUST),
        audience: raw.audience.as_ref().map_or(Audience::Everyone, |name| Audience::from(name.value.clone())),
        allow_net: allow_net(raw)?,
        rate_group: raw.rate_group.clone(),
        selectors,
        paused: raw.paused.unwrap_or(false),
        span: Some(Span { line: entry.referenced.line() as usize, column: entry.referenced.column() as usize }),
    })
}

fn id(id: &Spanned<String>) -> Result<SourceId, Fault> {
    let text = &id.value;
    let fits =
        !text.is_empty() && text.len() <= ID_BYTES_MAX && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if text == FINDS {
        Err(Fault::at(id, format!("id: {FINDS} is kept for what reps find themselves; choose another id")))
    } else if fits {
        Ok(SourceId::new(text.as_str()))
    } else {
        Err(Fault::at(id, format!("id: {text:?} is not a source id; use letters, digits and dashes")))
    }
}

fn address(url: &Spanned<String>, kind: SourceKind) -> Result<String, Fault> {
    let text = url.value.trim();
    let folder = matches!(kind, SourceKind::Wiki | SourceKind::Maildir);
    if folder && !text.contains("://") && !text.is_empty() {
        return Ok(text.to_owned());
    }
    let parsed = Url::parse(text).map_err(|error| {
        Fault::at(url, format!("url: {text:?} is not an address ({error}); write it like https://example.com/feed"))
    })?;
    match parsed.scheme() {
        "http" | "https" if parsed.has_host() => Ok(text.to_owned()),
        "file" | "ssh" | "git" if folder => Ok(text.to_owned()),
        scheme => Err(Fault::at(url, format!("url: {scheme}: is not fetched; only http and https are"))),
    }
}

fn comments(word: Option<&Spanned<String>>) -> Result<CommentsFrom, Fault> {
    let Some(word) = word else { return Ok(CommentsFrom::Auto) };
    match word.value.as_str() {
        "auto" => Ok(CommentsFrom::Auto),
        "off" | "false" => Ok(CommentsFrom::Off),
        url if url.starts_with("http://") || url.starts_with("https://") => Ok(CommentsFrom::Url(url.to_owned())),
        other => Err(Fault::at(word, format!("comments: {other:?} is neither auto, off nor an address"))),
    }
}

fn is_selector(word: &Spanned<String>) -> bool {
    let text = word.value.as_str();
    !matches!(text, "auto" | "off" | "false") && !text.starts_with("http://") && !text.starts_with("https://")
}

fn stage(word: &Spanned<String>) -> Result<Stage, Fault> {
    word.value.parse().map_err(|error| Fault::at(word, format!("stages: {error}")))
}

fn trust(trust: &Spanned<f32>) -> Result<f32, Fault> {
    if (0.0..=1.0).contains(&trust.value) {
        Ok(trust.value)
    } else {
        Err(Fault::at(trust, format!("trust: {} is not between 0 and 1", trust.value)))
    }
}

fn allow_net(raw: &RawSource) -> Result<Vec<IpNet>, Fault> {
    let ranges = match &raw.allow_net {
        None => return Ok(Vec::new()),
        Some(OneOrMany::One(range)) => std::slice::from_ref(range),
        Some(OneOrMany::Many(ranges)) => ranges.as_slice(),
    };
    ranges
        .iter()
        .map(|range| {
            range.parse().map_err(|_| {
                Fault::at(&raw.id, format!("allow_net: {range:?} is not an address range; write it like 10.2.0.0/16"))
            })
        })
        .collect()
}

fn selectors(raw: &RawSource) -> Result<Option<Selectors>, Fault> {
    let chosen = match (&raw.selectors, &raw.items) {
        (Some(nested), _) => [
            Some(&nested.items),
            nested.link.as_ref(),
            nested.title.as_ref(),
            nested.date.as_ref(),
            nested.content.as_ref(),
            nested.comments.as_ref(),
        ],
        (None, Some(items)) => [
            Some(items),
            raw.link.as_ref(),
            raw.title.as_ref(),
            raw.date.as_ref(),
            raw.content.as_ref(),
            raw.comments.as_ref().filter(|word| is_selector(word)),
        ],
        (None, None) => return Ok(None),
    };
    for selector in chosen.iter().flatten() {
        scraper::Selector::parse(&selector.value).map_err(|error| {
            let cause = error.to_string().lines().last().unwrap_or_default().to_owned();
            Fault::at(selector, format!("{:?} is not a CSS selector ({cause})", selector.value))
        })?;
    }
    let [items, link, title, date, content, comments] = chosen.map(|part| part.map(|part| part.value.clone()));
    Ok(Some(Selectors { items: items.unwrap_or_default(), link, title, date, content, comments }))
}

/// `90s`, `30m`, `1h`, `2d`.
fn duration_s(text: &Spanned<String>) -> Result<u64, Fault> {
    let word = text.value.trim();
    let refuse = |why: &str| Fault::at(text, format!("check_every: {word:?} {why}; write it like 30m, 1h or 2d"));
    let unit = word.chars().last().ok_or_else(|| refuse("is empty"))?;
    let number = &word[..word.len() - unit.len_utf8()];
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(refuse("has no unit")),
    };
    let total = number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(seconds));
    match total.ok_or_else(|| refuse("is not a length of time"))? {
        total if total < CHECK_EVERY_S_MIN => Err(refuse("is below five minutes, which no publisher welcomes")),
        total if total > CHECK_EVERY_S_MAX => Err(refuse("is above thirty days")),
        total => Ok(total),
    }
}

fn one_of<T: Copy>(
    word: &Spanned<String>,
    key: &str,
    known: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, Fault> {
    known.iter().copied().find(|item| name(*item) == word.value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|item| name(*item)).collect();
        Fault::at(word, format!("{key}: {:?} is unknown; it is one of {}", word.value, names.join(", ")))
    })
}
