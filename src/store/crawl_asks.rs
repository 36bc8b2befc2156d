//! What is wanted of the crawler now, kept as settings.

use super::{RecordKey, RecordKind, Result, Setting, Store};
use crate::model::CrawlAsk;

/// How the names of such settings begin.
const PREFIX: &str = "crawl-ask:";

impl dyn Store + '_ {
    /// Takes down what is wanted; the same wish again takes the place of the first.
    pub async fn save_crawl_ask(&self, ask: &CrawlAsk) -> Result<()> {
        // Plain values can always be written.
        let value = serde_json::to_string(ask).unwrap_or_default();
        self.save_setting(&format!("{PREFIX}{}", ask.what.id()), value).await
    }

    /// Everything that is wanted or was found, longest waiting first. What an older version wrote is passed over.
    pub async fn list_crawl_asks(&self) -> Result<Vec<CrawlAsk>> {
        let settings = self.list_settings(PREFIX).await?;
        let mut asks: Vec<CrawlAsk> =
            settings.iter().filter_map(|setting| serde_json::from_str(&setting.value).ok()).collect();
        asks.sort_by_cached_key(|ask| (ask.asked_at, ask.what.id()));
        Ok(asks)
    }

    /// Takes a wish away: it is fulfilled, or no longer wanted.
    pub async fn remove_crawl_ask(&self, ask: &CrawlAsk) -> Result<()> {
        self.remove_setting(&format!("{PREFIX}{}", ask.what.id())).await
    }

    /// Settings whose names begin like this, in the order of their names.
    pub async fn list_settings(&self, prefix: &str) -> Result<Vec<Setting>> {
        let all = self.list_all(RecordKind::Setting, None).await?;
        let settings = all.into_iter().filter_map(|record| match record {
            super::Record::Setting(setting) if setting.name.starts_with(prefix) => Some(setting),
            _ => None,
        });
        Ok(settings.collect())
    }

    /// Takes a setting away for good.
    pub async fn remove_setting(&self, name: &str) -> Result<()> {
        let key = RecordKey { kind: RecordKind::Setting, owner: String::new(), id: name.to_owned() };
        self.save_records(Vec::new(), vec![key]).await
    }
}
