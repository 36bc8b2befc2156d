//! Runs jobs again and again until the process is asked to stop.

use super::leases::Leases;
use crate::metrics::{JobEnd, Metrics};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the runner needs to know of the process it runs in.
#[derive(Clone)]
pub struct Runner {
    /// Every task that must end before the process does.
    pub tasks: TaskTracker,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
    /// Counts runs, and how they end.
    pub metrics: Arc<Metrics>,
}

impl Runner {
    /// Runs `job` now and then `every` so often, or as soon as `wake` is notified, until the stop.
    ///
    /// An error is logged and the next run comes at its time; a panic is caught, so one job never ends another. A run
    /// that is going on at the stop is waited for; the job itself watches `stop` where it takes long.
    pub fn keep<F, Fut, E>(&self, name: &'static str, every: Duration, wake: Arc<Notify>, job: F)
    where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let (stop, metrics) = (self.stop.clone(), Arc::clone(&self.metrics));
        self.tasks.spawn(async move {
            while !stop.is_cancelled() {
                let started = Instant::now();
                let end = match tokio::spawn(job()).await {
                    Ok(Ok(())) => JobEnd::Done,
                    Ok(Err(error)) => {
                        tracing::error!(job = name, "{error}");
                        JobEnd::Failed
                    }
                    Err(_) => {
                        tracing::error!(job = name, "the job broke off and will run again");
                        JobEnd::Panicked
                    }
                };
                metrics.job(name, end, started.elapsed().as_secs_f64());
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(every) => {}
                    () = wake.notified() => {}
                }
            }
        });
    }

    /// The same for a job that one process does at a time: the others look again at the next time.
    pub fn keep_alone<F, Fut, E>(
        &self,
        name: &'static str,
        every: Duration,
        wake: Arc<Notify>,
        leases: &Arc<Leases>,
        job: F,
    ) where
        F: Fn() -> Fut + Send + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<anyhow::Error> + Send + 'static,
    {
        let leases = Arc::clone(leases);
        self.keep(name, every, wake, move || {
            let (leases, work) = (Arc::clone(&leases), job());
            async move {
                match leases.alone(name, work).await? {
                    Some(done) => done.map_err(Into::into),
                    None => anyhow::Ok(()),
                }
            }
        });
    }
}
