//! Fulfils what people and hubs want of the crawler beside its schedule: a check now, the feeds behind an address.

use super::crawl_due::{CrawlDue, Round};
use crate::model::{AskedCrawl, CrawlAsk, FoundFeeds, SourceId, SourceState};
use crate::sources::opml;
use crate::store::Result;
use futures::StreamExt as _;
use jiff::SignedDuration;

/// Wishes that are fulfilled at once, so that a slow host holds up nobody.
const AT_ONCE: usize = 8;
/// What was found for somebody is kept for so long.
const FOUND_FOR: SignedDuration = SignedDuration::from_hours(24);
/// A hub may have a source asked this often; what it pushes meanwhile waits.
const PUSHED_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Fulfils every wish that waits; says how many.
///
/// # Errors
/// The store fails; what is not fulfilled stays.
pub async fn run(crawl: &CrawlDue) -> Result<usize> {
    let now = crawl.clock.now();
    let mut waiting = Vec::new();
    let states = crawl.store.list_states().await?;
    for ask in crawl.store.list_crawl_asks().await? {
        match &ask.found {
            Some(_) if now.duration_since(ask.asked_at) > FOUND_FOR => crawl.store.remove_crawl_ask(&ask).await?,
            Some(_) => {}
            None if is_too_soon(&ask, &states, now) => {}
            None => waiting.push(ask),
        }
    }
    let fulfilled = waiting.len();
    let mut done = futures::stream::iter(waiting).map(|ask| fulfil(crawl, ask)).buffer_unordered(AT_ONCE);
    while let Some(ended) = done.next().await {
        ended?;
    }
    Ok(fulfilled)
}

fn is_too_soon(ask: &CrawlAsk, states: &[SourceState], now: jiff::Timestamp) -> bool {
    let AskedCrawl::Pushed(source) = &ask.what else { return false };
    let state = states.iter().find(|state| &state.source_id == source);
    state.and_then(|state| state.checked_at).is_some_and(|at| now.duration_since(at) < PUSHED_EVERY)
}

async fn fulfil(crawl: &CrawlDue, mut ask: CrawlAsk) -> Result<()> {
    let (only, pushed) = match &ask.what {
        AskedCrawl::Check(source) => (source.clone(), false),
        AskedCrawl::Pushed(source) => (source.clone(), true),
        AskedCrawl::Find { address, allow_net } => {
            let like = opml::with_defaults(SourceId::new("new"), String::new(), address.clone(), allow_net.clone());
            ask.found = Some(match crawl.crawler.discover(address, &like).await {
                Ok(feeds) => FoundFeeds::Feeds(feeds),
                Err(error) => FoundFeeds::Nothing(error.to_string()),
            });
            return crawl.store.save_crawl_ask(&ask).await;
        }
    };
    // Taken away first: what is asked while the source is being read is another wish.
    crawl.store.remove_crawl_ask(&ask).await?;
    let round = Round { asked: !pushed, pushed, only: Some(only), max: None };
    crawl.run(&round, &|_, _| {}).await.map(|_| ())
}
