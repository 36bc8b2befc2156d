//! Webhooks and what they are told.

use super::{Record, RecordKey, RecordKind, Result, Store};
use crate::model::{Delivery, Email, Webhook};

impl dyn Store {
    /// The webhooks of a rep, or of everybody.
    pub async fn list_webhooks(&self, rep: Option<&Email>) -> Result<Vec<Webhook>> {
        let records = self.list_all(RecordKind::Webhook, rep.map(Email::as_str)).await?;
        let hooks = records.into_iter().filter_map(|record| match record {
            Record::Webhook(hook) => Some(hook),
            _ => None,
        });
        Ok(hooks.collect())
    }

    /// Everything that is told or was told, of every rep.
    pub async fn list_deliveries(&self) -> Result<Vec<Delivery>> {
        let records = self.list_all(RecordKind::Delivery, None).await?;
        let deliveries = records.into_iter().filter_map(|record| match record {
            Record::Delivery(delivery) => Some(delivery),
            _ => None,
        });
        Ok(deliveries.collect())
    }

    /// What a webhook is or was told of one event.
    pub async fn find_delivery(&self, rep: &Email, webhook: &str, event: &str) -> Result<Option<Delivery>> {
        let id = format!("{webhook}:{event}");
        let key = RecordKey { kind: RecordKind::Delivery, owner: rep.to_string(), id };
        Ok(match self.find_record(&key).await? {
            Some(Record::Delivery(delivery)) => Some(delivery),
            _ => None,
        })
    }
}
