//! What a serving process does for itself: backups and retention, the size of its store, and its counters shown.

use super::service::{Process, Service};
use crate::config::StoreUrl;
use crate::jobs::keep::Keep;
use crate::store::recovery::Places;
use crate::web;
use anyhow::Context as _;
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often it is asked whether a backup is due.
const KEEP_EVERY: Duration = Duration::from_secs(300);

impl Service {
    /// Starts the job that makes backups and lets old posts go. A store in memory has nothing to keep.
    pub(super) fn keep_house(&self, process: &Process) {
        let settings = &self.wired.settings;
        let folder = match &settings.store {
            StoreUrl::Memory => return,
            StoreUrl::Sled(folder) => folder.clone(),
            // Its size is the database's own matter; backups lie in the data folder all the same.
            StoreUrl::Postgres(_) => settings.data.join("store"),
        };
        let keep = Arc::new(Keep {
            store: Arc::clone(&self.wired.store),
            clock: Arc::clone(&self.wired.clock),
            metrics: Arc::clone(&self.wired.metrics),
            places: Places::within(&settings.data, &folder),
            settings: settings.keep.clone(),
            zone: TimeZone::system(),
            tried_at: Mutex::default(),
        });
        process.runner.keep("keep", KEEP_EVERY, Arc::default(), move || {
            let keep = Arc::clone(&keep);
            async move { keep.run().await.map(|_| ()) }
        });
    }

    /// Shows the counters at an address of their own until the stop.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub(super) async fn serve_metrics(&self, at: SocketAddr, process: &Process) -> anyhow::Result<()> {
        let listener = tokio::net::TcpListener::bind(at)
            .await
            .with_context(|| format!("{at} cannot be listened on; choose another with --metrics-listen"))?;
        let router = web::metrics_router(Arc::clone(&self.wired.metrics));
        let stop = process.runner.stop.clone();
        process.runner.tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await {
                tracing::error!("the metrics stopped: {error}");
            }
        });
        Ok(())
    }
}
