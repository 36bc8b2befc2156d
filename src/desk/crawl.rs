//! What pages and hubs want of the crawler: taken down here, fulfilled by `jobs`.

use super::Desk;
use crate::crawl::websub::{Subscription, Verification};
use crate::model::{AskedCrawl, CrawlAsk, Email, SourceId};
use crate::sources::Running;
use crate::store::{Result, Store};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Notify;

/// How the names of settings begin that hold subscriptions. They end in `-secret`, which keeps them out of backups.
const PREFIX: &str = "websub:";

/// The subscription of a source at the hub that its feed names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceSubscription {
    /// Whose.
    pub source: SourceId,
    /// The last part of the callback's address; nobody can guess it.
    pub callback: String,
    /// Where it stands.
    pub subscription: Subscription,
}

impl Desk {
    /// The running set and its file.
    pub fn running(&self) -> &Running {
        &self.sources
    }

    /// Notified when something is wanted of the crawler.
    pub fn crawl_asked(&self) -> Arc<Notify> {
        Arc::clone(&self.crawl_asked)
    }

    /// Takes down what is wanted of the crawler. Nobody waits for it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn ask_crawl(&self, what: AskedCrawl, by: Option<Email>) -> Result<()> {
        let ask = CrawlAsk { what, asked_at: self.clock.now(), by, found: None };
        self.store.save_crawl_ask(&ask).await?;
        self.crawl_asked.notify_one();
        Ok(())
    }

    /// Answers a hub's question at a callback: the challenge to echo, or none.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn verify_subscription(&self, callback: &str, asked: &Verification) -> Result<Option<String>> {
        let Some(mut found) = find_subscription(self.store.as_ref(), callback).await? else { return Ok(None) };
        let echo = found.subscription.verify(asked, self.clock.now());
        save_subscription(self.store.as_ref(), &found).await?;
        Ok(echo)
    }

    /// Takes a push in: one that the hub has signed has the source asked soon. Says whether there is such a callback.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn take_push(&self, callback: &str, signature: Option<&str>, body: &[u8]) -> Result<bool> {
        let Some(found) = find_subscription(self.store.as_ref(), callback).await? else { return Ok(false) };
        let source = &found.source;
        if !found.subscription.is_active(self.clock.now()) {
            tracing::info!(%source, "a push came in without a subscription; it is not heeded");
        } else if !found.subscription.is_authentic(signature, body) {
            tracing::warn!(%source, "a push came in that the hub has not signed; it is not heeded");
        } else {
            self.ask_crawl(AskedCrawl::Pushed(source.clone()), None).await?;
        }
        Ok(true)
    }
}

/// The subscription with this callback.
///
/// # Errors
/// The store cannot be read.
pub async fn find_subscription(store: &dyn Store, callback: &str) -> Result<Option<SourceSubscription>> {
    let fits = callback.len() <= 64 && callback.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !fits {
        return Ok(None);
    }
    let value = store.find_setting(&setting(callback)).await?;
    Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
}

/// Every subscription.
///
/// # Errors
/// The store cannot be read.
pub async fn list_subscriptions(store: &dyn Store) -> Result<Vec<SourceSubscription>> {
    let settings = store.list_settings(PREFIX).await?;
    Ok(settings.iter().filter_map(|setting| serde_json::from_str(&setting.value).ok()).collect())
}

/// Saves a subscription.
///
/// # Errors
/// The store cannot be written.
pub async fn save_subscription(store: &dyn Store, subscription: &SourceSubscription) -> Result<()> {
    // Plain values can always be written.
    let value = serde_json::to_string(subscription).unwrap_or_default();
    store.save_setting(&setting(&subscription.callback), value).await
}

/// Forgets a subscription.
///
/// # Errors
/// The store cannot be written.
pub async fn remove_subscription(store: &dyn Store, subscription: &SourceSubscription) -> Result<()> {
    store.remove_setting(&setting(&subscription.callback)).await
}

fn setting(callback: &str) -> String {
    format!("{PREFIX}{callback}-secret")
}
