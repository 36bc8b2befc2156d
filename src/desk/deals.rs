//! Deals into the store, and what their stages stand for.

use super::{Desk, Imported};
use crate::crm::push::{self, Fault, Push};
use crate::crm::stages::{OwnMapError, StageMap};
use crate::crm::{Import, Snapshot};
use crate::model::{Crm, Deal, DealState};
use crate::store::{Record, Result, StoreError};
use std::collections::BTreeMap;

/// The setting that holds the team's own stage mapping.
pub const STAGE_MAP_SETTING: &str = "stage-map";

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

    /// Lays an import over the deals that are known and saves the result.
    ///
    /// # Errors
    /// The store cannot be read or written ([`super::Laying`] says what is saved then).
    pub async fn import_deals(&self, import: Import) -> Result<Imported> {
        self.lay_over(vec![import]).await
    }

    /// Takes in deals that were pushed as JSON in the normal form (`crm::push` says which), as a snapshot or a patch.
    /// Where anything is wrong with the body nothing is saved, and the inner error names the index and field of every
    /// fault.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn push_deals(
        &self,
        body: &serde_json::Value,
        how: Push,
    ) -> Result<std::result::Result<Imported, Vec<Fault>>> {
        let known = self.store.list_deals(None).await?;
        match push::read(body, how, &known, &self.stage_map().await?, self.clock.now()) {
            Ok(imports) => Ok(Ok(self.lay_over(imports).await?)),
            Err(faults) => Ok(Err(faults)),
        }
    }

    async fn lay_over(&self, imports: Vec<Import>) -> Result<Imported> {
        let mut laying = self.begin_import().await?;
        for mut import in imports {
            let deals = std::mem::take(&mut import.deals);
            laying.lay_all(Snapshot::of(&import), deals).await?;
        }
        laying.finish().await
    }

    /// Whether an open deal of this CRM is known.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn has_open_deals(&self, crm: Crm) -> Result<bool> {
        let deals = self.store.list_deals(None).await?;
        Ok(deals.iter().any(|deal| deal.crm == crm && deal.state == DealState::Open))
    }

    /// A setting of the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn find_setting(&self, name: &str) -> Result<Option<String>> {
        self.store.find_setting(name).await
    }

    /// Saves a setting of the store.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn save_setting(&self, name: &str, value: String) -> Result<()> {
        self.store.save_setting(name, value).await
    }

    /// Replaces the team's own stage mapping and maps every known deal anew. Returns how many changed; the inner error
    /// says what is wrong with the text, and nothing is saved then.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn replace_stage_map(&self, text: &str) -> Result<std::result::Result<usize, OwnMapError>> {
        if let Err(error) = StageMap::shipped().with_own(text) {
            return Ok(Err(error));
        }
        self.store.save_setting(STAGE_MAP_SETTING, text).await?;
        Ok(Ok(self.remap_deals().await?))
    }

    /// Owners of open deals whom no rep claims, each with how many deals are theirs, most first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn unclaimed_owners(&self) -> Result<Vec<(String, usize)>> {
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for deal in self.store.list_deals(None).await? {
            if deal.rep.is_none() && deal.state == DealState::Open && !deal.owner.trim().is_empty() {
                *owners.entry(deal.owner.trim().to_owned()).or_default() += 1;
            }
        }
        let mut owners: Vec<_> = owners.into_iter().collect();
        owners.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(owners)
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

pub(super) fn record(deal: Deal) -> Record {
    Record::Deal(Box::new(deal))
}
