//! What webhooks carry: events for programs, the weekly digest for channels of Slack and Teams, and how a program
//! knows that they are ours. Names and amounts of deals stay out, as in feeds.

use super::Links;
use super::edition::{Item, of_digests};
use super::signed::LinkKey;
use super::words::{printable, shorten};
use crate::model::{Digest, PostId, SourceState};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

/// The bytes by which the deliveries of a webhook are signed: they follow from the installation's key and its id, so
/// that they can be shown again.
fn key_bytes(key: &LinkKey, id: &str) -> Vec<u8> {
    key.fingerprint(&["webhook", id]).into_bytes()
}

/// The secret that the receiver checks signatures with, in the form of the Standard Webhooks specification.
pub fn secret(key: &LinkKey, id: &str) -> String {
    format!("whsec_{}", STANDARD.encode(key_bytes(key, id)))
}

/// The signature of a delivery (Standard Webhooks 1.0): over its id, its second and its body.
pub fn signature(key: &LinkKey, webhook: &str, id: &str, at: Timestamp, body: &str) -> String {
    // HMAC takes keys of any length, so the error never happens.
    let mut code =
        Hmac::<Sha256>::new_from_slice(&key_bytes(key, webhook)).unwrap_or_else(|_| Hmac::new(&Default::default()));
    code.update(format!("{id}.{}.{body}", at.as_second()).as_bytes());
    format!("v1,{}", STANDARD.encode(code.finalize().into_bytes()))
}

/// "The digest is ready": which week, how many picks, where.
pub fn digest_ready(digest: &Digest, links: &Links) -> String {
    let data = json!({
        "rep": digest.rep, "week": digest.week.to_string(), "picks": digest.picks().count(),
        "page": links.digest(digest.week),
        "api": links.to(&format!("/api/v1/digests/{}", digest.week)),
    });
    json!({ "type": "digest.ready", "timestamp": digest.built_at.to_string(), "data": data }).to_string()
}

/// "A source is broken": which, how, and what to do.
pub fn source_broken(name: &str, state: &SourceState, now: Timestamp, links: &Links) -> String {
    let data = json!({
        "source": state.source_id.as_str(), "name": name, "health": state.health.as_str(), "cause": state.cause,
        "last_good_at": state.last_good_at.map(|at| at.to_string()), "page": links.to("/sources"),
    });
    json!({ "type": "source.broken", "timestamp": now.to_string(), "data": data }).to_string()
}

/// The picks that the weekly mail carries, as items without names of deals; empty where the week has nothing to say.
fn weekly(digest: &Digest, links: &Links) -> Vec<Item> {
    let wanted: Vec<&PostId> = digest.mail_picks().into_iter().map(|(_, pick)| &pick.post_id).collect();
    let mut items = of_digests(std::slice::from_ref(digest), None, links, false).items;
    items.retain(|item| wanted.contains(&&item.post_id));
    items.dedup_by(|a, b| a.post_id == b.post_id);
    for item in &mut items {
        item.title = shorten(&printable(&item.title), TITLE_CHARS_MAX);
        item.mentor = shorten(&printable(&item.mentor), TITLE_CHARS_MAX);
        item.why = item.why.as_deref().map(|why| shorten(&printable(why), WHY_CHARS_MAX));
    }
    items
}

/// The weekly digest as a message of a Slack incoming webhook; none for an empty week.
pub fn slack(digest: &Digest, links: &Links) -> Option<String> {
    let items = weekly(digest, links);
    let safe = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let section = |text: String| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
    let mut blocks = vec![section(format!("*{}*", safe(&heading(digest))))];
    blocks.extend(items.iter().map(|item| {
        let why = item.why.as_deref().map(|why| format!("\n_Why this:_ {}", safe(why))).unwrap_or_default();
        section(format!("<{}|{}>, {}{why}", item.url, safe(&item.title), safe(&item.mentor)))
    }));
    (!items.is_empty()).then(|| json!({ "text": heading(digest), "blocks": blocks }).to_string())
}

/// The weekly digest as an Adaptive Card for a Teams incoming webhook; none for an empty week.
pub fn teams(digest: &Digest, links: &Links) -> Option<String> {
    let items = weekly(digest, links);
    // Text blocks read Markdown: what others wrote must not become a link of theirs.
    let safe = |text: &str| text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace('*', "\\*");
    let block = |text: String, weight: &str| -> Value {
        json!({ "type": "TextBlock", "text": text, "wrap": true, "weight": weight })
    };
    let mut body = vec![block(safe(&heading(digest)), "Bolder")];
    for item in &items {
        body.push(block(format!("[{}]({}), {}", safe(&item.title), item.url, safe(&item.mentor)), "Default"));
        body.extend(item.why.as_deref().map(|why| block(format!("Why this: {}", safe(why)), "Lighter")));
    }
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard", "version": "1.4", "body": body,
    });
    let attachment = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card });
    (!items.is_empty()).then(|| json!({ "type": "message", "attachments": [attachment] }).to_string())
}

/// Characters of a title and of a reason: Slack takes 3,000 of a block, links and escapes included, or nothing at all.
const TITLE_CHARS_MAX: usize = 200;
const WHY_CHARS_MAX: usize = 400;

fn heading(digest: &Digest) -> String {
    format!("{}: your ride-along for {}", digest.rep_name, digest.week)
}
