//! One element of a feed or an entry, put where it belongs.

use super::finish::whole_number;
use super::inner::first_of;
use super::names::{Field, Ns, split};
use super::raw::{RawEntry, RawFeed, RawLink, RawText};
use super::reader::{PER_ENTRY_MAX, Reader};
use super::xml::{Tag, Token};

/// Keeps the first value that is not empty; an empty one only until a better one comes.
fn keep(slot: &mut Option<String>, value: String) {
    if slot.as_ref().is_none_or(|known| known.is_empty()) {
        *slot = Some(value);
    }
}

fn keep_text(slot: &mut Option<RawText>, value: RawText) {
    if slot.as_ref().is_none_or(|known| known.value.is_empty()) {
        *slot = Some(value);
    }
}

impl<'a> Reader<'a> {
    pub(super) fn feed_field(&mut self, field: Field, tag: &Tag<'a>, feed: &mut RawFeed) {
        match field {
            Field::Language => {
                let language = self.leaf(tag);
                keep(&mut feed.language, language);
            }
            Field::Ttl => {
                let ttl = self.leaf(tag);
                keep(&mut feed.ttl, ttl);
            }
            Field::SkipHours => {
                feed.skip_hours = self
                    .parts(tag)
                    .iter()
                    .filter_map(|hour| hour.parse().ok())
                    .filter(|hour| *hour <= 24)
                    .map(|hour: u8| hour % 24)
                    .collect()
            }
            Field::SkipDays => feed.skip_days = self.parts(tag),
            Field::UpdatePeriod => {
                let period = self.leaf(tag);
                keep(&mut feed.update_period, period);
            }
            Field::UpdateFrequency => {
                let frequency = self.leaf(tag);
                keep(&mut feed.update_frequency, frequency);
            }
            field => self.entry_field(field, tag, &mut feed.head),
        }
    }

    pub(super) fn entry_field(&mut self, field: Field, tag: &Tag<'a>, entry: &mut RawEntry) {
        let rss = !self.atom();
        match field {
            Field::Title => {
                let title = self.content(tag, rss);
                keep_text(&mut entry.title, title);
            }
            Field::OtherTitle => {
                let title = self.content(tag, rss);
                keep_text(&mut entry.other_title, title);
            }
            Field::Summary => {
                let summary = self.content(tag, rss);
                keep_text(&mut entry.summary, summary);
            }
            Field::OtherSummary => {
                let summary = self.content(tag, true);
                keep_text(&mut entry.other_summary, summary);
            }
            Field::Content => self.content_field(tag, entry, rss),
            Field::Link => self.link(tag, entry),
            Field::OriginalLink => {
                let link = self.leaf(tag);
                keep(&mut entry.original_link, link);
            }
            Field::Id => {
                let permanent =
                    self.attribute(tag, "isPermaLink").is_none_or(|value| value.eq_ignore_ascii_case("true"));
                // What another standard's `id` says is not the identity here; the last plain one wins over `rdf:about`.
                entry.id_is_link |= permanent && split(tag.name).1.eq_ignore_ascii_case("guid");
                let id = self.leaf(tag);
                if !id.is_empty() || entry.id.is_none() {
                    entry.id = Some(id);
                }
            }
            Field::Author => {
                let mentor = self.person(tag);
                if let Some(mentor) = mentor {
                    keep(&mut entry.mentor, mentor);
                }
            }
            Field::Creator => {
                let text = self.leaf(tag);
                if let Some(name) = person_name(&text) {
                    keep(&mut entry.mentor, name);
                }
            }
            Field::Published => self.date(tag, |entry| &mut entry.published, entry),
            Field::Created => self.date(tag, |entry| &mut entry.created, entry),
            Field::Updated => self.date(tag, |entry| &mut entry.updated, entry),
            Field::Date => self.date(tag, |entry| &mut entry.date, entry),
            Field::Category => {
                let label = match self.attribute(tag, "term").filter(|term| !term.is_empty()) {
                    Some(term) => {
                        self.leaf(tag);
                        term
                    }
                    None => {
                        let label = self.attribute(tag, "label");
                        let text = self.leaf(tag);
                        if text.is_empty() { label.unwrap_or_default() } else { crate::crawl::text::line(&text) }
                    }
                };
                add_category(entry, label);
            }
            Field::Keywords => {
                let text = self.leaf(tag);
                text.split(',').for_each(|word| add_category(entry, word.trim().to_owned()));
            }
            Field::Enclosure => {
                let link = self.link_from(tag, "enclosure");
                self.leaf(tag);
                if entry.links.len() < PER_ENTRY_MAX && !link.href.is_empty() {
                    entry.links.push(link);
                }
            }
            Field::MediaContent => {
                let medium = self.attribute_now(tag, "medium");
                let link = self.link_from(tag, &medium);
                if entry.media.len() < PER_ENTRY_MAX && !link.href.is_empty() {
                    entry.media.push(link);
                }
                // Its title and description are the file's, not the entry's.
                self.skip(tag);
            }
            Field::Comments => {
                let href = self.leaf(tag);
                let base = self.base.clone();
                entry.comments.get_or_insert(RawLink { href, base, ..RawLink::default() });
            }
            Field::CommentFeed => {
                let href = self.leaf(tag);
                let base = self.base.clone();
                entry.comment_feed.get_or_insert(RawLink { href, base, ..RawLink::default() });
            }
            Field::CommentCount => {
                let count = self.leaf(tag);
                entry.comment_count = entry.comment_count.or_else(|| whole_number(&count));
            }
            Field::InReplyTo => {
                let target = first_of(tag, &["ref", "href"]);
                if let Some(target) = target {
                    let target = self.decode(target).trim().to_owned();
                    keep(&mut entry.in_reply_to, target);
                }
                self.skip(tag);
            }
            Field::Duration => {
                let duration = self.leaf(tag);
                keep(&mut entry.duration, duration);
            }
            Field::Transcript => {
                let link = self.link_from(tag, "transcript");
                self.skip(tag);
                if !link.href.is_empty() {
                    entry.transcript.get_or_insert(link);
                }
            }
            Field::Group => {}
            _ => self.skip(tag),
        }
    }

    /// Whether the outermost element is Atom's.
    fn atom(&self) -> bool {
        self.containers.first().is_some_and(|root| {
            let (_, local) = split(root);
            local.eq_ignore_ascii_case("feed") || local.eq_ignore_ascii_case("entry")
        })
    }

    fn content_field(&mut self, tag: &Tag<'a>, entry: &mut RawEntry, rss: bool) {
        if tag.raw("src").is_some() && tag.raw("url").is_none() {
            // Content that lives elsewhere (RFC 4287, section 4.1.3.2): a link at most.
            let mut link = self.link_from(tag, "alternate");
            link.plain = false;
            self.leaf(tag);
            if !entry.links.iter().any(|known| known.rel == "alternate") {
                entry.links.push(link);
            }
            return;
        }
        let (prefix, local) = split(tag.name);
        let html = rss || self.ns(prefix) == Ns::Content || local.eq_ignore_ascii_case("body");
        let content = self.content(tag, html);
        keep_text(&mut entry.content, content);
    }

    fn date(&mut self, tag: &Tag<'a>, slot: fn(&mut RawEntry) -> &mut Option<String>, entry: &mut RawEntry) {
        let text = self.leaf(tag);
        // Of several dates the last one counts: some systems append the corrected one.
        if !text.is_empty() || slot(entry).is_none() {
            *slot(entry) = Some(text);
        }
    }

    fn link(&mut self, tag: &Tag<'a>, entry: &mut RawEntry) {
        let link = if tag.raw("href").is_some() {
            let rel =
                self.attribute(tag, "rel").filter(|rel| !rel.is_empty()).unwrap_or_else(|| "alternate".to_owned());
            let link = self.link_from(tag, &rel);
            self.leaf(tag);
            link
        } else {
            let base = self.base.clone();
            let href = self.leaf(tag);
            RawLink { href, rel: "alternate".to_owned(), plain: true, base, ..RawLink::default() }
        };
        if entry.links.len() < PER_ENTRY_MAX && !link.href.is_empty() {
            entry.links.push(link);
        }
    }

    fn attribute_now(&mut self, tag: &Tag<'a>, name: &str) -> String {
        self.attribute(tag, name).unwrap_or_default()
    }

    fn link_from(&mut self, tag: &Tag<'a>, rel: &str) -> RawLink {
        let href = first_of(tag, &["href", "url", "src"]).map(|raw| self.decode(raw).trim().to_owned());
        RawLink {
            href: href.unwrap_or_default(),
            rel: rel.to_ascii_lowercase(),
            mime: self.attribute_now(tag, "type"),
            length: first_of(tag, &["length", "fileSize"]).and_then(|length| length.trim().parse().ok()),
            count: tag.raw("thr:count").and_then(|count| count.trim().parse().ok()),
            plain: false,
            base: self.base.clone(),
        }
    }

    /// The texts of an element's children: hours and days.
    fn parts(&mut self, tag: &Tag<'a>) -> Vec<String> {
        self.leaf_with_spaces(tag).split_whitespace().take(32).map(str::to_owned).collect()
    }

    fn leaf_with_spaces(&mut self, tag: &Tag<'a>) -> String {
        let mut text = String::new();
        let mut depth = 0;
        if tag.empty {
            return text;
        }
        loop {
            let before = self.tokens.at;
            match self.tokens.next() {
                Some(Token::Start(inner)) => depth += u32::from(!inner.empty),
                Some(Token::Text(raw) | Token::Cdata(raw)) => {
                    text.push(' ');
                    text.push_str(raw);
                }
                Some(Token::End(name)) if name == tag.name => break,
                Some(Token::End(name)) if self.closes_outer(name) => {
                    self.tokens.at = before;
                    break;
                }
                Some(Token::End(_)) if depth > 0 => depth -= 1,
                Some(Token::End(_)) => {}
                None => break,
            }
        }
        text
    }

    /// A person: Atom's element with a `name`, or RSS's text.
    fn person(&mut self, tag: &Tag<'a>) -> Option<String> {
        let mut text = String::new();
        let mut name = None;
        if tag.empty {
            return None;
        }
        loop {
            let before = self.tokens.at;
            match self.tokens.next() {
                Some(Token::Start(inner)) => match split(inner.name).1.to_ascii_lowercase().as_str() {
                    "name" => {
                        let leaf = self.leaf(&inner);
                        keep(&mut name, leaf);
                    }
                    _ if self.begins_entry(&inner) => {
                        self.tokens.at = before;
                        break;
                    }
                    _ => self.skip(&inner),
                },
                Some(Token::Text(raw)) => text.push_str(&self.decode(raw)),
                Some(Token::Cdata(raw)) => text.push_str(raw),
                Some(Token::End(end)) if end == tag.name => break,
                Some(Token::End(end)) if self.closes_outer(end) => {
                    self.tokens.at = before;
                    break;
                }
                Some(Token::End(_)) => {}
                None => break,
            }
        }
        person_name(&name.unwrap_or(text))
    }
}

fn add_category(entry: &mut RawEntry, label: String) {
    if !label.is_empty() && entry.categories.len() < PER_ENTRY_MAX && !entry.categories.contains(&label) {
        entry.categories.push(label);
    }
}

/// The name in `Ann Lee (ann@example.com)`, `ann@example.com (Ann Lee)` and `Ann Lee <ann@example.com>`; none where
/// there is only an address.
pub(in crate::crawl) fn person_name(text: &str) -> Option<String> {
    let text = crate::crawl::text::line(text);
    let is_mail = |part: &str| part.contains('@') && !part.contains(' ');
    let name = match text.find(['(', '<']) {
        Some(open) => {
            let close = text[open..].find([')', '>']).map_or(text.len(), |found| open + found);
            let (outside, inside) = (text[..open].trim(), text[open + 1..close].trim());
            if is_mail(inside) && !outside.is_empty() {
                outside
            } else if is_mail(outside) && !inside.is_empty() {
                inside
            } else {
                text.trim()
            }
        }
        None => text.trim(),
    };
    let name = name.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | ';') || c.is_whitespace());
    let name: Vec<&str> = name.split(' ').filter(|word| !is_mail(word.trim_matches(['(', ')', '<', '>']))).collect();
    let name = name.join(" ");
    (!name.is_empty()).then_some(name)
}
