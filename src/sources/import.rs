//! Sources that come from elsewhere: another reader's OPML, another Ridealong's `sources.yaml`. What cannot be taken is
//! named with its reason, and never keeps the rest out.

use super::{append, opml, parse};
use crate::model::{Source, SourceId, SourceSet};
use ipnet::IpNet;
use std::collections::HashMap;

/// Judges an address that a source with these internal ranges is to read; the reason where it must not be.
pub type Judge<'j> = &'j dyn Fn(&str, &[IpNet]) -> Result<(), String>;

/// What was given, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// New sources, each good by itself.
    pub fresh: Vec<Source>,
    /// What is there already, or came twice.
    pub doubled: Vec<Refused>,
    /// What must not or cannot be read.
    pub refused: Vec<Refused>,
    /// Whether something had to be passed over because it could not be read at all.
    pub broken: bool,
}

/// Something that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its address, or where it stands.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Given {
    /// How many sources were named.
    pub fn count(&self) -> usize {
        self.fresh.len() + self.doubled.len() + self.refused.len()
    }

    fn refuse(&mut self, what: &str, reason: impl Into<String>) {
        self.refused.push(Refused { what: what.to_owned(), reason: reason.into() });
    }

    /// Takes a source where it is new, allowed, and readable once it is written.
    fn take(&mut self, source: Source, known: &mut HashMap<String, String>, judge: Judge<'_>) {
        let (id, url) = (source.id.to_string(), source.url.clone());
        if let Some(there) = known.get(&url) {
            self.doubled.push(Refused { what: url, reason: format!("it is there already, as {there}") });
        } else if let Err(reason) = judge(&url, &source.allow_net) {
            self.refuse(&url, reason);
        } else if let Err(fault) = parse(&append("", std::slice::from_ref(&source)), &id) {
            self.refuse(&url, fault.message);
        } else {
            known.insert(url, id);
            self.fresh.push(source);
        }
    }
}

fn addresses(set: &SourceSet) -> HashMap<String, String> {
    set.sources.iter().map(|source| (source.url.clone(), source.id.to_string())).collect()
}

/// The subscriptions of an OPML text.
pub fn from_opml(text: &str, set: &SourceSet, allow_net: &[IpNet], judge: Judge<'_>) -> Given {
    let (outlines, broken) = opml::parse(text);
    let mut given = Given { broken, ..Given::default() };
    let mut known = addresses(set);
    let mut ids = set.sources.iter().map(|source| source.id.to_string()).collect();
    for outline in outlines {
        // A name is made up only for what may be taken.
        let id = match known.contains_key(&outline.url) {
            true => String::new(),
            false => opml::free_id(&outline.title, &mut ids),
        };
        let source = opml::with_defaults(SourceId::new(id), outline.title, outline.url, allow_net.to_vec());
        given.take(source, &mut known, judge);
    }
    given
}

/// The sources of a `sources.yaml`, with everything that stands there of each. A text with a fault gives nothing, and
/// says where the fault is.
pub fn from_yaml(text: &str, set: &SourceSet, judge: Judge<'_>) -> Given {
    let mut given = Given::default();
    let read = match parse(text, "sources.yaml") {
        Ok(read) => read,
        Err(fault) => {
            given.broken = true;
            given.refuse(&format!("line {}", fault.line), fault.message);
            return given;
        }
    };
    let mut known = addresses(set);
    for source in read.sources {
        if set.find(&source.id).is_some() && !known.contains_key(&source.url) {
            given.refuse(&source.url, format!("another source is called {} already; give it another id", source.id));
        } else {
            given.take(source, &mut known, judge);
        }
    }
    given
}
