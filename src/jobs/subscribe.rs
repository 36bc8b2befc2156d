//! Keeps WebSub subscriptions: asks the hubs that feeds name, renews leases, and leaves hubs that are no longer named.

use super::crawl_due::CrawlDue;
use crate::crawl::websub::Subscription;
use crate::desk::{SourceSubscription, list_subscriptions, remove_subscription, save_subscription};
use crate::model::{Source, SourceState};
use crate::store::{Result, random_id};
use jiff::Timestamp;
use std::collections::HashMap;
use url::Url;

/// Hubs asked in one run; the others come next.
const ASKED_MAX: usize = 50;

/// Brings the subscriptions in line with what the feeds name. `public_url` is where hubs reach us; says how many hubs
/// were asked.
///
/// # Errors
/// The store fails.
pub async fn run(crawl: &CrawlDue, public_url: &Url) -> Result<usize> {
    let now = crawl.clock.now();
    let set = crawl.sources.set();
    let states = crawl.store.list_states().await?;
    let states: HashMap<_, _> = states.iter().map(|state| (&state.source_id, state)).collect();
    let mut kept: HashMap<_, _> = HashMap::new();
    for held in list_subscriptions(crawl.store.as_ref()).await? {
        let source = set.sources.iter().find(|source| source.id == held.source && !source.paused);
        let offered = states.get(&held.source).is_some_and(|state| held.subscription.is_of(state));
        match source {
            Some(_) if offered => {
                kept.insert(held.source.clone(), held);
            }
            _ => leave(crawl, source, held, public_url, now).await?,
        }
    }
    let mut asked = 0;
    for source in set.sources.iter().filter(|source| !source.paused) {
        let Some(state) = states.get(&source.id) else { continue };
        let held = kept.remove(&source.id).or_else(|| offered(source, state));
        if let Some(held) = held.filter(|held| held.subscription.is_due(now)) {
            ask(crawl, source, held, public_url, now).await?;
            asked += 1;
        }
        if asked == ASKED_MAX {
            break;
        }
    }
    Ok(asked)
}

/// A new subscription, where the feed of the source offers one.
fn offered(source: &Source, state: &SourceState) -> Option<SourceSubscription> {
    let subscription = Subscription::offered(state, format!("{}{}", random_id(), random_id()))?;
    let callback = format!("{}{}", random_id(), random_id());
    Some(SourceSubscription { source: source.id.clone(), callback, subscription })
}

async fn ask(
    crawl: &CrawlDue,
    source: &Source,
    mut held: SourceSubscription,
    public_url: &Url,
    now: Timestamp,
) -> Result<()> {
    let Ok(callback) = address(public_url, &held.callback) else { return Ok(()) };
    let request = held.subscription.ask(&callback, now);
    // Saved before it is sent: the hub may ask back before it answers.
    save_subscription(crawl.store.as_ref(), &held).await?;
    let sent = match request {
        Ok(request) => crawl.crawler.ask_hub(source, request).await,
        Err(error) => Err(format!("{} is no address ({error})", held.subscription.hub)),
    };
    match sent {
        Ok(()) => tracing::info!(source = %source.id, hub = held.subscription.hub, "asked the hub to tell of changes"),
        Err(cause) => tracing::warn!(source = %source.id, "the hub was not reached, polling goes on: {cause}"),
    }
    Ok(())
}

/// Tells the hub, once; whatever it says, the callback is gone, and a hub that goes on gets 404.
async fn leave(
    crawl: &CrawlDue,
    source: Option<&Source>,
    mut held: SourceSubscription,
    public_url: &Url,
    now: Timestamp,
) -> Result<()> {
    remove_subscription(crawl.store.as_ref(), &held).await?;
    let told = held.subscription.is_active(now).then(|| address(public_url, &held.callback).ok()).flatten();
    if let (Some(callback), Some(source)) = (told, source)
        && let Ok(request) = held.subscription.leave(&callback)
    {
        // A lease that nobody renews ends by itself, so a hub that does not answer is no trouble.
        let _ = crawl.crawler.ask_hub(source, request).await;
    }
    Ok(())
}

fn address(public_url: &Url, callback: &str) -> std::result::Result<Url, url::ParseError> {
    let base = public_url.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/websub/{callback}"))
}
