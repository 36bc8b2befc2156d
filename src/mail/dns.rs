//! TXT records from DNS: asked by the test mail and by the doctor, never on the way of a page.

use super::records::{dkim, dkim_of_the_relay, dmarc, spf};
use crate::model::Finding;
use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use std::time::Duration;

/// Seconds for one answer; there are two tries.
const ANSWER_WITHIN_S: u64 = 4;

/// What was found under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Texts {
    /// The texts of its TXT records; none where the name or the records do not exist.
    Found(Vec<String>),
    /// Nobody could say; the cause.
    Unknown(String),
}

/// Looks TXT records up. The machine's own resolver in the program, a scripted one in tests.
#[async_trait]
pub trait TxtLookup: Send + Sync + 'static {
    /// The texts under a name, the strings of each record joined.
    async fn texts(&self, name: &str) -> Texts;
}

/// The resolver that the machine is set up with.
#[derive(Debug, Default)]
pub struct SystemTxt;

#[async_trait]
impl TxtLookup for SystemTxt {
    async fn texts(&self, name: &str) -> Texts {
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
            builder.options_mut().timeout = Duration::from_secs(ANSWER_WITHIN_S);
            builder.build()
        });
        let resolver = match resolver {
            Ok(resolver) => resolver,
            Err(error) => return Texts::Unknown(error.to_string()),
        };
        // The dot at the end keeps the machine's search domains out.
        match resolver.txt_lookup(format!("{name}.")).await {
            Ok(found) => Texts::Found(
                found
                    .answers()
                    .iter()
                    .filter_map(|record| match &record.data {
                        RData::TXT(txt) => {
                            Some(txt.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect())
                        }
                        _ => None,
                    })
                    .collect(),
            ),
            Err(error) if error.is_no_records_found() => Texts::Found(Vec::new()),
            Err(error) => Texts::Unknown(error.to_string()),
        }
    }
}

/// Looks at everything that providers ask of a sender's domain. `selector` is that of our own signature.
pub async fn look(txt: &dyn TxtLookup, domain: &str, selector: Option<&str>) -> Vec<Finding> {
    let mut findings = vec![spf(domain, &txt.texts(domain).await)];
    findings.push(match selector {
        Some(selector) => {
            let name = format!("{selector}._domainkey.{domain}");
            dkim(&name, &txt.texts(&name).await)
        }
        None => dkim_of_the_relay(domain),
    });
    let own = txt.texts(&format!("_dmarc.{domain}")).await;
    let above = psl::domain_str(domain).filter(|above| *above != domain);
    findings.push(match above {
        Some(above) => {
            let found = txt.texts(&format!("_dmarc.{above}")).await;
            dmarc(domain, &own, Some((above, &found)))
        }
        None => dmarc(domain, &own, None),
    });
    findings
}
