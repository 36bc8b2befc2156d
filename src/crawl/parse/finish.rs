//! Makes sense of what the elements said: dates, addresses, titles, counts.

use super::feed::{Feed, FeedEntry, Markup};
use super::raw::{RawEntry, RawFeed, RawLink, RawText};
use super::{ENTRIES_MAX, title};
use crate::crawl::{dates, links};
use crate::model::Enclosure;
use jiff::Timestamp;
use std::sync::Arc;
use url::Url;

/// Turns the elements of a feed into a feed.
pub(super) fn finish(mut raw: RawFeed, mut notes: Vec<String>, now: Timestamp) -> Feed {
    let repaired = !notes.is_empty();
    let head = std::mem::take(&mut raw.head);
    let url = site_url(&head);
    if raw.dropped > 0 {
        notes
            .push(format!("the document has {} entries; the first {ENTRIES_MAX} were kept", ENTRIES_MAX + raw.dropped));
    }
    let mut clock = Dates { now, clamped: 0, unreadable: 0 };
    // Without an address of its own a feed's relative links are relative to its site.
    let fallback = head.base.clone().or_else(|| url.as_deref().and_then(|url| Url::parse(url).ok()).map(Arc::new));
    let entries: Vec<FeedEntry> =
        raw.entries.into_iter().map(|entry| finish_entry(entry, &head, fallback.as_ref(), &mut clock)).collect();
    let language = raw.language.as_deref().and_then(crate::crawl::text::declared_language);
    let entries = entries.into_iter().map(|entry| FeedEntry { language: language.clone(), ..entry }).collect();
    notes.extend(clock.notes());
    let named = |rel: &str| head.links.iter().find(|link| link.rel == rel).and_then(|link| address(link, None));
    Feed {
        format: raw.format,
        repaired,
        notes,
        title: head.title.as_ref().or(head.other_title.as_ref()).map(title::plain),
        description: head.summary.as_ref().or(head.other_summary.as_ref()).map(description),
        hub: named("hub"),
        self_url: named("self"),
        url,
        language: raw.language,
        ttl_minutes: raw.ttl.as_deref().and_then(whole_number),
        skip_hours: raw.skip_hours,
        skip_days: raw.skip_days,
        update_period_s: period(raw.update_period.as_deref(), raw.update_frequency.as_deref()),
        entries,
    }
}

/// `90`, `90.0` or `1,204`.
pub(super) fn whole_number(text: &str) -> Option<u32> {
    let text = text.trim();
    let whole = text.strip_suffix(".0").or_else(|| text.strip_suffix(".00")).unwrap_or(text);
    whole.replace([',', '\u{a0}', '\u{202f}', ' '], "").parse().ok()
}

fn description(raw: &RawText) -> String {
    if raw.html { crate::crawl::text::plain(&raw.value) } else { raw.value.trim().to_owned() }
}

/// Reads dates and counts what was odd about them.
pub(super) struct Dates {
    pub now: Timestamp,
    pub clamped: usize,
    pub unreadable: usize,
}

impl Dates {
    pub fn read(&mut self, text: Option<&str>) -> Option<Timestamp> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        let Some((at, clamped)) = dates::parse_clamped(text, self.now) else {
            self.unreadable += 1;
            return None;
        };
        self.clamped += usize::from(clamped);
        Some(at)
    }

    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.clamped > 0 {
            notes.push(format!("{} lay in the future and were set to now", counted(self.clamped)));
        }
        if self.unreadable > 0 {
            notes.push(format!("{} could not be read and were left out", counted(self.unreadable)));
        }
        notes
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 date".to_owned() } else { format!("{count} dates") }
}

/// The absolute address of a link, as published where it is absolute already, without tracking parameters.
fn address(link: &RawLink, fallback: Option<&Arc<Url>>) -> Option<String> {
    let base = link.base.as_deref().or(fallback.map(Arc::as_ref));
    links::absolute(&link.href, base).map(|url| links::without_tracking(&url))
}

fn site_url(head: &RawEntry) -> Option<String> {
    let alternate =
        |link: &&RawLink| link.rel == "alternate" && !link.mime.contains("xml") | link.mime.contains("html");
    // RSS's own element first, then Atom's.
    let plain = head.links.iter().find(|link| link.plain);
    plain
        .into_iter()
        .chain(head.links.iter().filter(alternate))
        .chain(head.links.iter().filter(|link| link.rel == "alternate"))
        .find_map(|link| address(link, None))
}

fn finish_entry(raw: RawEntry, head: &RawEntry, fallback: Option<&Arc<Url>>, clock: &mut Dates) -> FeedEntry {
    let url = entry_url(&raw, fallback);
    let markup =
        |text: RawText| Markup { source: text.value, html: text.html, base: text.base.or_else(|| fallback.cloned()) };
    let published = raw.published.as_deref().or(raw.created.as_deref()).or(raw.date.as_deref());
    let published_at = clock.read(published);
    let updated_at = match raw.updated.as_deref().or(raw.date.as_deref()) {
        text if text == published => published_at,
        text => clock.read(text),
    };
    let comments = comment_links(&raw, fallback);
    let mut entry = FeedEntry {
        id: raw.id,
        url,
        title: None,
        mentor: raw.mentor.or_else(|| head.mentor.clone()),
        published_at,
        updated_at,
        enclosures: enclosures(&raw.links, &raw.media, fallback),
        summary: raw.summary.or(raw.other_summary).map(markup),
        content: raw.content.map(markup),
        categories: raw.categories,
        duration_s: raw.duration.as_deref().and_then(seconds),
        transcript_type: raw.transcript.as_ref().map(|link| link.mime.clone()).filter(|mime| !mime.is_empty()),
        transcript_url: raw.transcript.as_ref().and_then(|link| address(link, fallback)),
        comments_url: comments.0,
        comments_feed_url: comments.1,
        comments_count: raw.comment_count.or(comments.2),
        in_reply_to: answered_by_link(&raw.links).or(raw.in_reply_to),
        ..FeedEntry::default()
    };
    let given = raw.title.as_ref().filter(|title| !title.value.is_empty());
    let given = given.or(raw.other_title.as_ref()).or(raw.title.as_ref());
    entry.title = match given {
        Some(given) => Some(title::plain(given)),
        None => title::of_text(&entry.text()),
    };
    entry
}

fn entry_url(raw: &RawEntry, fallback: Option<&Arc<Url>>) -> Option<String> {
    if let Some(original) = &raw.original_link
        && let Some(url) = links::absolute(original, None)
    {
        return Some(links::without_tracking(&url));
    }
    let alternates = || raw.links.iter().filter(|link| link.rel == "alternate");
    let html = alternates().filter(|link| link.mime.is_empty() || link.mime.contains("html"));
    let plain = raw.links.iter().filter(|link| link.plain);
    if let Some(url) = plain.chain(html).chain(alternates()).find_map(|link| address(link, fallback)) {
        return Some(url);
    }
    let id = raw.id.as_deref().filter(|_| raw.id_is_link)?;
    links::absolute(id, None).map(|url| links::without_tracking(&url))
}

fn enclosures(links: &[RawLink], media: &[RawLink], fallback: Option<&Arc<Url>>) -> Vec<Enclosure> {
    let mut found: Vec<Enclosure> = Vec::new();
    let playable =
        |link: &&RawLink| ["audio", "video"].iter().any(|kind| link.mime.starts_with(kind) || link.rel == *kind);
    for link in links.iter().filter(|link| link.rel == "enclosure").chain(media.iter().filter(playable)) {
        let base = link.base.as_deref().or(fallback.map(Arc::as_ref));
        if let Some(url) = crate::crawl::links::absolute(&link.href, base)
            && !found.iter().any(|known| known.url == url)
        {
            found.push(Enclosure { url, mime: link.mime.clone(), length: link.length });
        }
    }
    found
}

/// Page, feed and number of the comments, from RSS's elements and from Atom's `replies` links (RFC 4685).
fn comment_links(raw: &RawEntry, fallback: Option<&Arc<Url>>) -> (Option<String>, Option<String>, Option<u32>) {
    let replies = || raw.links.iter().filter(|link| link.rel == "replies");
    let is_feed = |link: &&RawLink| link.mime.contains("xml") && !link.mime.contains("html");
    let page = raw.comments.as_ref().and_then(|link| address(link, fallback));
    let feed = raw.comment_feed.as_ref().and_then(|link| address(link, fallback));
    let page = page.or_else(|| replies().find(|link| !is_feed(link)).and_then(|link| address(link, fallback)));
    let feed = feed.or_else(|| replies().find(is_feed).and_then(|link| address(link, fallback)));
    (page, feed, replies().find_map(|link| link.count))
}

/// Blogger names the comment that another answers by a link, and the post by `thr:in-reply-to`.
fn answered_by_link(links: &[RawLink]) -> Option<String> {
    let related = links.iter().find(|link| link.rel == "related" && link.href.contains("/comments/default/"));
    related.map(|link| link.href.clone())
}

/// `3723`, `62:03` or `1:02:03` in seconds.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let mut total = 0u32;
    for part in text.trim().split(':') {
        let part: f64 = part.trim().parse().ok().filter(|part: &f64| (0.0..1e7).contains(part))?;
        total = total.checked_mul(60)?.checked_add(part as u32)?;
    }
    (total > 0).then_some(total)
}

fn period(period: Option<&str>, frequency: Option<&str>) -> Option<u64> {
    let base = match period?.trim().to_ascii_lowercase().as_str() {
        "hourly" => 3_600,
        "daily" => 86_400,
        "weekly" => 7 * 86_400,
        "monthly" => 30 * 86_400,
        "yearly" => 365 * 86_400,
        _ => return None,
    };
    let times = frequency.and_then(|times| times.trim().parse::<u64>().ok()).filter(|times| *times > 0).unwrap_or(1);
    Some(base / times)
}
