//! What several subcommands need: settings, logs, the runtime, the store.

use crate::clock::{Clock, SystemClock};
use crate::config::{Layer, LogFormat, Settings, StoreUrl};
use crate::metrics::Metrics;
use crate::model::SourceSet;
use crate::sources;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::store::postgres::PgStore;
use crate::store::recovery::{self, Places};
use crate::store::sled::SledStore;
use anyhow::Context;
use jiff::Timestamp;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// What a subcommand that touches the store is given.
#[derive(Clone)]
pub(super) struct Wired {
    pub(super) settings: Settings,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) metrics: Arc<Metrics>,
}

/// Counters that stand at zero, for this program.
pub(super) fn metrics() -> Arc<Metrics> {
    Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"), env!("RIDEALONG_COMMIT")))
}

/// The effective settings.
pub(super) fn settings(file: Option<&Path>, flags: &Layer) -> anyhow::Result<Settings> {
    let from_file = match file {
        None => Layer::default(),
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("the config file {} cannot be read", file.display()))?;
            Layer::parse(&text, file)?
        }
    };
    Ok(Settings::from_layers([from_file.load_files()?, flags.clone().load_files()?])?)
}

/// Starts logging to standard error. Without `-v` only what needs a person is said.
pub(super) fn start_logs(format: LogFormat, verbose: u8, quietest: &str) {
    let level = match verbose {
        0 => quietest,
        1 => "ridealong=info,warn",
        _ => "ridealong=debug,info",
    };
    // RUST_LOG, the convention of the field, wins where it is set.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    // At their finest, libraries write whole mails, passwords, pages and headers: never, whatever is asked for.
    // A database tells of tables that are there already, at each start.
    let chatter = |told: &Metadata<'_>| *told.level() == Level::INFO && told.target() == "sqlx::postgres::notice";
    let ours = filter_fn(move |told| {
        (*told.level() <= Level::INFO && !chatter(told)) || told.target().starts_with("ridealong")
    });
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    // Colours are for people who watch, not for files and journals.
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    // Fails only where logging has been started already, which is as good.
    // Filters for all: one of a single layer forgets lines after a library has only asked whether a level is told.
    let _ = tracing_subscriber::registry().with(ours).with(filter).with(lines).try_init();
    // What a panic says may quote the text it failed on, which belongs in no log; its place is enough to find it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!("ridealong made a mistake at {place}; please report this line");
    }));
}

/// Opens the store that the settings name.
pub(super) async fn open_store(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    match &settings.store {
        StoreUrl::Postgres(url) => Ok(Arc::new(PgStore::connect(url.expose(), &settings.tenant).await?)),
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::new())),
        StoreUrl::Sled(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("the store's folder {} cannot be made", folder.display()))?;
            Ok(Arc::new(SledStore::open(folder)?))
        }
    }
}

/// Opens the store that the settings name, whatever state it is in: a damaged one is replaced by the newest good
/// backup, and the owner is told.
pub(super) async fn open_store_mended(settings: &Settings, now: Timestamp) -> anyhow::Result<Arc<dyn Store>> {
    let StoreUrl::Sled(folder) = &settings.store else { return open_store(settings).await };
    let opened = recovery::open(&Places::within(&settings.data, folder), now).await?;
    if let Some(told) = opened.told {
        tracing::warn!("{told}");
    }
    Ok(opened.store)
}

/// The sources that the settings name.
pub(super) fn load_sources(file: &Path) -> anyhow::Result<SourceSet> {
    let text = std::fs::read_to_string(file).with_context(|| {
        format!("the sources file {} cannot be read; name another with --sources, or make one with `ridealong sources add URL`", file.display())
    })?;
    Ok(sources::parse(&text, &file.display().to_string())?)
}

/// A runtime for the process.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime cannot be started")
}

/// Opens the store, runs an async command, and flushes once more.
pub(super) fn with_store<T, F>(settings: &Settings, verbose: u8, run: impl FnOnce(Wired) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    start_logs(settings.log_format, verbose, "warn");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    runtime()?.block_on(async {
        let store = open_store_mended(settings, clock.now()).await?;
        let wired = Wired { settings: settings.clone(), store: Arc::clone(&store), clock, metrics: metrics() };
        let done = run(wired).await;
        store.flush().await?;
        done
    })
}
