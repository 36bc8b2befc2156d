//! Deals in: files and connectors to the normal form `model::Deal`, and the stages that a CRM stage stands for.
//!
//! Reading order: `csv` (a file of any CRM), `remote` (HubSpot, Salesforce and Pipedrive by API), `push` (deals sent to
//! us as JSON), `stages` (what a CRM stage means for the rep), `claim` (whose deal it is), `snapshot` (what an import
//! changes). Everything but the three connectors is pure: bytes and values in, values out.
//!
//! Contacts' addresses and phone numbers are taken out of free text before a deal exists (`private`).

mod blank;
mod claim;
pub mod csv;
mod import;
mod private;
pub mod push;
pub mod remote;
mod snapshot;
pub mod stages;

pub use claim::claim;
pub use csv::minor;
pub use import::{Complaint, Import};
pub use private::without_contacts;
pub use snapshot::{Snapshot, Summary};
