//! The job that tells webhooks, over the store of a site, and webhooks for it.

use super::{make, pages, pages::Site};
use async_trait::async_trait;
use ridealong::config::NetSettings;
use ridealong::jobs::send_digests::DigestBuilder;
use ridealong::jobs::tell_hooks::TellHooks;
use ridealong::model::*;
use ridealong::net::Client;
use ridealong::render::Links;
use ridealong::render::signed::LinkKey;
use ridealong::store::Record;
use std::sync::Arc;
use std::time::Duration;

/// An address that the guard refuses, so that nothing leaves the machine.
pub const NOWHERE: &str = "http://127.0.0.1:9/hook";
/// The ranges that let a job reach servers of the test.
pub const THIS_MACHINE: &[&str] = &["127.0.0.0/8"];

struct Fixed;

#[async_trait]
impl DigestBuilder for Fixed {
    async fn build(&self, _: &Rep, week: IsoWeek) -> anyhow::Result<Digest> {
        Ok(Digest { week, ..pages::digest() })
    }
}

/// What deliveries are signed with.
pub fn key() -> LinkKey {
    LinkKey::new("key")
}

/// The job, which reaches these internal ranges and waits a second at most.
pub fn telling(site: &Site, allow_net: &[&str]) -> TellHooks {
    let net = NetSettings {
        first_byte_timeout: Duration::from_secs(1),
        request_timeout: Duration::from_secs(1),
        ..NetSettings::default()
    };
    TellHooks {
        store: Arc::clone(&site.store),
        clock: site.clock.clone(),
        client: Client::new(&net),
        allow_net: allow_net.iter().map(|range| range.parse().unwrap()).collect(),
        builder: Arc::new(Fixed),
        key: key(),
        links: Links::new(&site.public_url),
    }
}

/// A rep with a webhook, both saved.
pub async fn hook(site: &Site, rep: &Rep, url: &str, tells: Tells) -> Webhook {
    let hook = Webhook {
        id: ridealong::store::random_id(),
        rep: rep.email.clone(),
        name: "test".to_owned(),
        url: url.to_owned(),
        tells,
        made_at: make::now(),
        taken_at: None,
        stopped_because: None,
    };
    site.store.save(Record::Rep(rep.clone())).await.unwrap();
    site.store.save(Record::Webhook(hook.clone())).await.unwrap();
    hook
}
