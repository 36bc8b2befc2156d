//! Deals into the store: one import, all or nothing.

use super::Desk;
use crate::crm::stages::StageMap;
use crate::crm::{self, Import, Summary};
use crate::model::Deal;
use crate::store::{Record, Result, StoreError};

/// The setting that holds the team's own stage mapping.
pub const STAGE_MAP_SETTING: &str = "stage-map";

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The numbers.
    pub summary: Summary,
    /// Owners of deals that no rep claims, each once.
    pub unclaimed: Vec<String>,
}

impl Desk {
    /// The stage mapping with the team's own rows over the shipped table.
    ///
    /// # Errors
    /// The store cannot be read, or the stored mapping no longer fits.
    pub async fn stage_map(&self) -> Result<StageMap> {
        let shipped = StageMap::shipped();
        match self.store.find_setting(STAGE_MAP_SETTING).await? {
            None => Ok(shipped),
            Some(text) => shipped
                .with_own(&text)
                .map_err(|error| StoreError::Failed(format!("the team's own stage mapping cannot be used: {error}"))),
        }
    }

    /// Lays an import over the deals that are known and saves the result. Nothing is saved where anything fails.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn import_deals(&self, import: Import) -> Result<Imported> {
        let reps = self.store.list_reps().await?;
        let known = self.store.list_deals(None).await?;
        // The owner is part of a deal's key, so a deal that changes hands leaves its old place.
        let places: Vec<_> = known.iter().map(|deal| Record::Deal(Box::new(deal.clone())).key()).collect();
        let (mut deals, summary) = crm::snapshot(known, import);
        let unclaimed = crm::claim(&mut deals, &reps);
        let saved: std::collections::HashSet<_> = deals.iter().map(|deal| deal.id.to_string()).collect();
        let remove = places.into_iter().filter(|place| saved.contains(&place.id)).collect();
        self.store.save_records(deals.into_iter().map(record).collect(), remove).await?;
        Ok(Imported { summary, unclaimed })
    }

    /// Maps every known deal anew, after the mapping has changed. Returns how many changed.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn remap_deals(&self) -> Result<usize> {
        let map = self.stage_map().await?;
        let mut changed = Vec::new();
        for mut deal in self.store.list_deals(None).await? {
            let stages = map.resolve_deal(&deal).stages;
            if stages != deal.stages {
                deal.stages = stages;
                changed.push(record(deal));
            }
        }
        let count = changed.len();
        self.store.save_records(changed, Vec::new()).await?;
        Ok(count)
    }
}

fn record(deal: Deal) -> Record {
    Record::Deal(Box::new(deal))
}
