//! Deals in by API: HubSpot, Salesforce and Pipedrive, read-only.
//!
//! `sync` reads page by page into a `Progress` that the caller keeps. An error leaves it at the last whole page, so the
//! next call goes on there: nothing is read twice and nothing is lost. Without `since` every open deal is read, and
//! what is missing is gone; with it only what changed. Requests are spaced as each CRM's limits ask, and a 429 ends the
//! call with the time to wait instead of sleeping through it. Nothing is ever written to the CRM.

mod access;
mod hubspot;
mod json;
mod pipedrive;
mod salesforce;

pub use access::Access;

use super::Import;
use super::blank::blank;
use super::stages::{StageMap, name_of};
use crate::model::{Crm, Deal, DealId};
use crate::net::FetchError;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// How to read deals from a CRM.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions<'a> {
    /// Which CRM: HubSpot, Salesforce or Pipedrive.
    pub crm: Crm,
    /// Only what changed after this instant; none reads every open deal.
    pub since: Option<Timestamp>,
    /// This instant.
    pub now: Timestamp,
    /// What CRM stages stand for.
    pub map: &'a StageMap,
}

/// How far a sync has come. Kept by the caller between calls; a fresh one starts at the beginning.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Where the next page begins, in the CRM's own terms.
    cursor: Option<String>,
    deals: Vec<Deal>,
    seen: HashSet<DealId>,
    /// Names that ids stand for: owners, stages, pipelines, companies.
    names: HashMap<String, String>,
    prepared: bool,
    complaints: Vec<String>,
}

impl Progress {
    /// Deals read so far.
    pub fn read(&self) -> usize {
        self.deals.len()
    }

    /// Takes a deal in, unless it came before: pages overlap where a search begins anew or a page is read again.
    fn take_in(&mut self, deal: Deal) {
        if self.seen.insert(deal.id.clone()) {
            self.deals.push(deal);
        }
    }
}

/// Why a sync ended early. What was read stays in the `Progress`.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// No way to read this CRM by API.
    #[error("deals of {0} come by CSV import or by PUT /api/v1/deals, not by sync")]
    NoConnector(&'static str),
    /// 401: the token is wrong, expired or revoked.
    #[error("{crm} does not accept the token; make a new one that may read deals, and put it where the old one was")]
    Token {
        /// The CRM's name.
        crm: &'static str,
    },
    /// 403: the token is good but may not do this.
    #[error("the token for {crm} may not read this: {cause}")]
    Scope {
        /// The CRM's name.
        crm: &'static str,
        /// What the CRM said.
        cause: String,
    },
    /// 429, or the daily budget is nearly used up.
    #[error("{crm} asks to slow down; the sync goes on in {retry_after_s} s where it stopped")]
    SlowDown {
        /// The CRM's name.
        crm: &'static str,
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// Any other status.
    #[error("{crm} answered {status}: {cause}")]
    Refused {
        /// The CRM's name.
        crm: &'static str,
        /// The status.
        status: u16,
        /// What the CRM said.
        cause: String,
    },
    /// The answer is cut off or has another shape than documented.
    #[error("the answer of {crm} cannot be read: {cause}; the sync goes on with this page next time")]
    Unreadable {
        /// The CRM's name.
        crm: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// No answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Reads deals until there are no more, and hands over everything that `progress` has gathered.
///
/// # Errors
/// A sentence that says what to do; `progress` keeps what was read.
pub async fn sync(access: &Access, options: &SyncOptions<'_>, progress: &mut Progress) -> Result<Import, SyncError> {
    match options.crm {
        Crm::Hubspot => hubspot::read(access, options, progress).await?,
        Crm::Salesforce => salesforce::read(access, options, progress).await?,
        Crm::Pipedrive => pipedrive::read(access, options, progress).await?,
        other => return Err(SyncError::NoConnector(name_of(other))),
    }
    let Progress { deals, complaints, .. } = std::mem::take(progress);
    let rows = deals.len();
    Ok(Import {
        crm: options.crm,
        columns: Vec::new(),
        deals,
        complaints: Vec::new(),
        notes: complaints,
        rows,
        full: options.since.is_none(),
    })
}
