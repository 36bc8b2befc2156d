//! Many sources at once: a bounded number of workers, none of them held by a slow host.

use super::crawler::{Crawled, Crawler, How};
use crate::model::{Source, SourceId, SourceState};
use async_trait::async_trait;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

/// A request that has waited for so long gives its worker back, and goes on without one.
const SLOW: Duration = Duration::from_secs(3);

/// Says whether a source of a round may still be asked.
#[async_trait]
pub trait Permit: Send + Sync {
    /// Asked right before the first request, once; a round may have waited long for its turn by then.
    async fn may_ask(&self, source: &SourceId) -> bool;
}

/// The workers of a round.
#[derive(Clone, Default)]
pub(super) struct Slots {
    workers: Option<Arc<Semaphore>>,
    permit: Option<Arc<dyn Permit>>,
}

/// One worker, taken; or none needed.
#[derive(Default)]
pub(super) struct Slot(Option<OwnedSemaphorePermit>);

impl Slots {
    /// Whether this source may still be asked.
    pub async fn may_ask(&self, source: &SourceId) -> bool {
        match &self.permit {
            None => true,
            Some(permit) => permit.may_ask(source).await,
        }
    }

    /// Waits for a worker.
    pub async fn take(&self) -> Slot {
        match &self.workers {
            None => Slot(None),
            Some(slots) => Slot(slots.clone().acquire_owned().await.ok()),
        }
    }
}

impl Slot {
    /// Waits for the network; a slow host gives the worker back meanwhile.
    pub async fn while_waiting<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        if self.0.is_some() {
            if let Ok(done) = timeout(SLOW, &mut work).await {
                return done;
            }
            self.0 = None;
        }
        work.await
    }

    /// Takes a worker again, where it was given back.
    pub async fn retake(&mut self, slots: &Slots) {
        if self.0.is_none() {
            *self = slots.take().await;
        }
    }
}

impl Crawler {
    /// Crawls many sources, at most `jobs` at once, each rate group one after the other. Every source comes back
    /// exactly once, in the order in which they are done; dropping the receiver ends the round. One that may not be
    /// asked any more comes back as it was.
    pub fn round(
        &self,
        work: Vec<(Arc<Source>, SourceState)>,
        how: impl Fn(&Source) -> How,
        jobs: usize,
        permit: Option<Arc<dyn Permit>>,
    ) -> mpsc::Receiver<Crawled> {
        let (sender, receiver) = mpsc::channel(jobs.max(1));
        let slots = Slots { workers: Some(Arc::new(Semaphore::new(jobs.max(1)))), permit };
        for (source, state) in work {
            let how = how(&source);
            let (crawler, slots, sender) = (self.clone(), slots.clone(), sender.clone());
            tokio::spawn(async move {
                let crawl = crawler.crawl_within(&source, &state, how, &slots);
                tokio::select! {
                    (crawled, _slot) = crawl => { let _ = sender.send(crawled).await; }
                    () = sender.closed() => {}
                }
            });
        }
        receiver
    }
}
