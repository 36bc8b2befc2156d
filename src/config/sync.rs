use super::layer::Layer;
use super::value::{PrivateText, Span};
use super::{ConfigError, Secret, ranges};
use crate::model::Crm;
use ipnet::IpNet;
use std::time::Duration;
use url::Url;

/// How deals come from CRMs by themselves.
#[derive(Clone, Debug)]
pub struct SyncSettings {
    /// Time between two looks at a CRM.
    pub every: Duration,
    /// The CRMs whose token is set.
    pub crms: Vec<CrmSettings>,
    /// Internal addresses at which a CRM may be.
    pub allow_net: Vec<IpNet>,
}

/// The way to one CRM.
#[derive(Clone, Debug)]
pub struct CrmSettings {
    /// Which.
    pub crm: Crm,
    /// Its address.
    pub url: Url,
    /// A token that may read deals.
    pub token: Secret,
}

impl SyncSettings {
    pub(super) fn of(set: &Layer) -> Result<Self, ConfigError> {
        let mut crms = Vec::new();
        for (crm, url, token, file) in [
            (Crm::Hubspot, &set.hubspot_url, &set.hubspot_token, &set.hubspot_token_file),
            (Crm::Salesforce, &set.salesforce_url, &set.salesforce_token, &set.salesforce_token_file),
            (Crm::Pipedrive, &set.pipedrive_url, &set.pipedrive_token, &set.pipedrive_token_file),
        ] {
            let name = crm.as_str();
            let Some(token) = file.as_ref().and_then(PrivateText::text).or(token.as_ref()) else { continue };
            let url = url.as_deref().ok_or_else(|| {
                ConfigError(format!("{name}-url: give your own address, like https://example.my.salesforce.com"))
            })?;
            let url = Url::parse(url)
                .ok()
                .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
                .ok_or_else(|| {
                    ConfigError(format!("{name}-url: {url:?} is not an address that begins with https://"))
                })?;
            crms.push(CrmSettings { crm, url, token: token.clone() });
        }
        Ok(Self {
            every: set.sync_every.map_or(Duration::from_secs(1_800), |Span(every)| every).max(EVERY_MIN),
            crms,
            allow_net: ranges("crm-allow-net", set.crm_allow_net.as_ref())?,
        })
    }
}

/// The shortest time between two looks at a CRM.
const EVERY_MIN: Duration = Duration::from_secs(60);
