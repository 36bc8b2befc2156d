//! Reps into the store, together with the deals that become theirs.

use super::Desk;
use crate::model::Rep;
use crate::store::{Record, RecordKey, Result};

impl Desk {
    /// Saves a rep and, in the same write, gives them the deals of their owner names that nobody claimed before.
    /// Returns how many these are.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn save_rep(&self, rep: &Rep) -> Result<usize> {
        let mut save = vec![Record::Rep(rep.clone())];
        let mut remove: Vec<RecordKey> = Vec::new();
        for mut deal in self.store.list_deals(None).await? {
            if deal.rep.is_none() && rep.owns(&deal.owner) {
                remove.push(Record::Deal(Box::new(deal.clone())).key());
                deal.rep = Some(rep.email.clone());
                save.push(Record::Deal(Box::new(deal)));
            }
        }
        let claimed = remove.len();
        self.store.save_records(save, remove).await?;
        Ok(claimed)
    }
}
