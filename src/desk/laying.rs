//! An import into the store, a part of its deals at a time.

use super::Desk;
use super::deals::record;
use crate::crm::{self, Snapshot, Summary};
use crate::model::{Crm, Deal, DealId, DealState, Rep};
use crate::store::{Record, RecordKey, RecordKind, Result};
use std::collections::{BTreeSet, HashMap};

/// Deals that are laid over what is known at a time.
const LAID_AT_ONCE: usize = 1_000;

/// Deals that are saved in one write. More than any team has open; a larger import takes several writes, because one
/// atomic write of a hundred thousand deals needs half a gigabyte.
const SAVED_AT_ONCE: usize = 5_000;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The numbers.
    pub summary: Summary,
    /// Owners of deals that no rep claims, each once.
    pub unclaimed: Vec<String>,
}

/// An import under way. Up to 5,000 changed deals are saved in one write, all or nothing. Of a larger one that is
/// interrupted each deal is as it was or as it will be; importing again finishes it.
pub struct Laying<'d> {
    desk: &'d Desk,
    reps: Vec<Rep>,
    /// Where each known deal lies. The owner is part of a deal's key, so a deal that changes hands leaves its old place.
    places: HashMap<DealId, Place>,
    save: Vec<Deal>,
    remove: Vec<RecordKey>,
    summary: Summary,
    unclaimed: BTreeSet<String>,
}

struct Place {
    key: RecordKey,
    crm: Crm,
    state: DealState,
}

impl Desk {
    /// Begins an import.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn begin_import(&self) -> Result<Laying<'_>> {
        let mut places = HashMap::new();
        let mut after: Option<RecordKey> = None;
        loop {
            let page = self.store.list_records(RecordKind::Deal, None, after.as_ref(), LAID_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key());
            for record in page {
                let key = record.key();
                if let Record::Deal(deal) = record {
                    places.insert(deal.id, Place { key, crm: deal.crm, state: deal.state });
                }
            }
        }
        let reps = self.store.list_reps().await?;
        let (save, remove, summary, unclaimed) = Default::default();
        Ok(Laying { desk: self, reps, places, save, remove, summary, unclaimed })
    }
}

impl Laying<'_> {
    /// Lays all deals of one CRM over what is known, and lets those go that it misses.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn lay_all(&mut self, mut snapshot: Snapshot, deals: impl IntoIterator<Item = Deal>) -> Result<()> {
        let mut deals = deals.into_iter();
        loop {
            let part: Vec<Deal> = deals.by_ref().take(LAID_AT_ONCE).collect();
            if part.is_empty() {
                break;
            }
            let known = self.known(part.iter().map(|deal| &deal.id)).await?;
            let changed = snapshot.lay(known, part);
            self.put(changed).await?;
        }
        let missed = self.places.iter().filter(|(id, place)| snapshot.misses(id, place.crm, place.state));
        let missed: Vec<DealId> = missed.map(|(id, _)| id.clone()).collect();
        for part in missed.chunks(LAID_AT_ONCE) {
            let known = self.known(part.iter()).await?;
            let gone = snapshot.let_go(known);
            self.put(gone).await?;
        }
        self.summary += snapshot.summary;
        Ok(())
    }

    /// Saves what is not saved yet, and says what the import did.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn finish(mut self) -> Result<Imported> {
        self.write().await?;
        Ok(Imported { summary: self.summary, unclaimed: self.unclaimed.into_iter().collect() })
    }

    /// The known ones of these deals.
    async fn known(&self, ids: impl Iterator<Item = &DealId>) -> Result<Vec<Deal>> {
        let keys: Vec<RecordKey> = ids.filter_map(|id| self.places.get(id)).map(|place| place.key.clone()).collect();
        let found = self.desk.store.find_records(&keys).await?;
        let deals = found.into_iter().filter_map(|record| match record {
            Record::Deal(deal) => Some(*deal),
            _ => None,
        });
        Ok(deals.collect())
    }

    async fn put(&mut self, mut deals: Vec<Deal>) -> Result<()> {
        self.unclaimed.extend(crm::claim(&mut deals, &self.reps));
        self.remove.extend(deals.iter().filter_map(|deal| self.places.get(&deal.id)).map(|place| place.key.clone()));
        self.save.extend(deals);
        if self.save.len() >= SAVED_AT_ONCE { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<()> {
        let save = std::mem::take(&mut self.save).into_iter().map(record).collect();
        self.desk.store.save_records(save, std::mem::take(&mut self.remove)).await
    }
}
