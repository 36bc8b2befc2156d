//! A second look at posts whose stage our own model is unsure of, by a language model that the owner has set up.
//!
//! It follows the store's changes, a page at a time. Within the day's budget it asks about unsure posts, remembers each
//! answer by the text it was given for, and saves the tags. Whatever fails leaves the post as it is, and is counted.
//! Only posts that anybody can read go out.

use crate::clock::Clock;
use crate::config::{NetSettings, SecondLookSettings};
use crate::model::{Audience, Post, SourceKind, Tagged};
use crate::net::{ACCEPT_JSON, Client, Request};
use crate::store::{CrawlBatch, KeyedPost, Result, Store};
use crate::tag::second_look::{self, Answer};
use crate::tag::{Kind, Text};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The setting that holds where following stands, and the counts.
pub const SECOND_LOOK_SETTING: &str = "second-look";
/// Changes followed in one run.
const CHANGES_AT_ONCE: usize = 500;
/// Bytes of an answer.
const REPLY_BYTES_MAX: usize = 256 * 1024;
/// After so many failures in a row the endpoint is left alone until the next run.
const FAILURES_IN_A_ROW_MAX: usize = 3;

/// Where the job stands, and what it has done since it was set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The newest change that was looked at.
    pub seq: u64,
    /// The day, in UTC, of `asked_today`.
    pub day: String,
    /// Questions asked on that day, also those that failed.
    pub asked_today: usize,
    /// Questions asked in all.
    pub asked: u64,
    /// Answers that were known already.
    pub remembered: u64,
    /// Posts that got other tags.
    pub changed: u64,
    /// Questions without a usable answer: no connection, out of time, an error, not the JSON that was asked for.
    pub failed: u64,
}

/// Asks, remembers and saves.
pub struct SecondLook {
    store: Arc<dyn Store>,
    client: Client,
    clock: Arc<dyn Clock>,
    settings: SecondLookSettings,
}

/// What became of one post.
enum Outcome {
    Answered(Answer),
    Failed(String),
    /// The day's budget is spent.
    Spent,
}

impl SecondLook {
    /// A job over this store, which goes out within the limits of `net`.
    pub fn new(store: Arc<dyn Store>, net: &NetSettings, clock: Arc<dyn Clock>, settings: SecondLookSettings) -> Self {
        let timeout = settings.timeout;
        let net =
            NetSettings { request_timeout: timeout, first_byte_timeout: timeout, redirects_max: 0, ..net.clone() };
        Self { store, client: Client::new(&net), clock, settings }
    }

    /// Looks at what changed since the last run. Returns where the job stands.
    ///
    /// # Errors
    /// The store cannot be read or written. A failing endpoint is none.
    pub async fn run(&self) -> Result<Progress> {
        let mut progress = self.progress().await?;
        let day = self.clock.now().to_zoned(TimeZone::UTC).date().to_string();
        if progress.day != day {
            (progress.day, progress.asked_today) = (day, 0);
        }
        let changes = self.store.list_changes(progress.seq, CHANGES_AT_ONCE).await?;
        let mut in_a_row = 0;
        for change in changes {
            let post = self.store.find_posts(std::slice::from_ref(&change.post)).await?.pop();
            if let Some(post) = post.filter(|post| is_public(post) && second_look::wants(&post.tagged)) {
                match self.ask(&post, &mut progress).await? {
                    Outcome::Spent => break,
                    Outcome::Answered(answer) => {
                        in_a_row = 0;
                        self.save(post, &answer, &mut progress).await?;
                    }
                    Outcome::Failed(why) => {
                        progress.failed += 1;
                        in_a_row += 1;
                        tracing::debug!(post = %post.id, "no second look: {why}");
                    }
                }
            }
            progress.seq = change.seq;
            if in_a_row == FAILURES_IN_A_ROW_MAX {
                tracing::info!("the language model does not answer; posts keep the tags they have");
                break;
            }
        }
        let value = serde_json::to_string(&progress).unwrap_or_default();
        self.store.save_setting(SECOND_LOOK_SETTING, value).await?;
        Ok(progress)
    }

    async fn progress(&self) -> Result<Progress> {
        let stored = self.store.find_setting(SECOND_LOOK_SETTING).await?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// The answer for this post: remembered, or asked for where the budget allows.
    async fn ask(&self, post: &Post, progress: &mut Progress) -> Result<Outcome> {
        let text = text_of(post);
        let name = format!("{SECOND_LOOK_SETTING}:{}", self.content_hash(&text));
        if let Some(known) = self.store.find_setting(&name).await?.and_then(|json| serde_json::from_str(&json).ok()) {
            progress.remembered += 1;
            return Ok(Outcome::Answered(known));
        }
        if progress.asked_today >= self.settings.a_day_max {
            return Ok(Outcome::Spent);
        }
        progress.asked_today += 1;
        progress.asked += 1;
        match self.fetch(&text).await {
            Err(why) => Ok(Outcome::Failed(why)),
            Ok(answer) => {
                self.store.save_setting(&name, serde_json::to_string(&answer).unwrap_or_default()).await?;
                Ok(Outcome::Answered(answer))
            }
        }
    }

    /// What the model and the text come to: another model or another text is another question.
    fn content_hash(&self, text: &Text<'_>) -> String {
        let whole = format!("{}\n{}\n{}\n{}", self.settings.endpoint, self.settings.model, text.title, text.text);
        Sha256::digest(whole).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    async fn fetch(&self, text: &Text<'_>) -> std::result::Result<Answer, String> {
        let body = second_look::request(text, &self.settings.model).to_string().into_bytes();
        let mut request = Request::post(self.settings.endpoint.clone(), "application/json", body);
        request.accept = ACCEPT_JSON;
        request.allow_net.clone_from(&self.settings.allow_net);
        request.body_bytes_max = Some(REPLY_BYTES_MAX);
        if let Some(key) = &self.settings.key {
            request.headers.push(("authorization".to_owned(), format!("Bearer {}", key.expose())));
        }
        let response = self.client.fetch(request).await.map_err(|error| error.to_string())?;
        if !response.is_success() {
            return Err(format!("the endpoint answers {}", response.status));
        }
        second_look::read(&response.body, text)
            .ok_or_else(|| "the answer is not the JSON that was asked for".to_owned())
    }

    /// Saves the tags of the answer, unless the post was edited or corrected while we asked.
    async fn save(&self, asked: Post, answer: &Answer, progress: &mut Progress) -> Result<()> {
        let Some(post) = self.store.find_posts(std::slice::from_ref(&asked.id)).await?.pop() else { return Ok(()) };
        let tagged: Tagged = answer.over(post.tagged.clone());
        if post.text != asked.text || post.tagged != asked.tagged || tagged == post.tagged {
            return Ok(());
        }
        progress.changed += 1;
        let posts = vec![KeyedPost { post: Post { tagged, ..post }, keys: Vec::new() }];
        self.store.save_crawl(CrawlBatch { posts, ..CrawlBatch::default() }).await?;
        Ok(())
    }
}

/// What a team wrote for itself, or keeps to itself, is never sent away.
fn is_public(post: &Post) -> bool {
    post.audience == Audience::Everyone
        && !matches!(post.kind, SourceKind::Wiki | SourceKind::Maildir | SourceKind::Find)
}

fn text_of(post: &Post) -> Text<'_> {
    let lang = post.language.as_deref();
    Text { title: &post.title, text: &post.text, lang, prior: &[], kind: Kind::Post }
}
