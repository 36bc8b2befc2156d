//! `ridealong serve`: everything in one process.

use super::output::print;
use super::reps::sign_in_link;
use super::service::{self, Process, Service};
use super::wiring::{Wired, load_sources, metrics, open_store_mended, runtime, start_logs};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ServeRole, Settings};
use crate::model::{Rep, Role};
use crate::sources::Running;
use crate::store::Record;
use crate::web;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};

/// How often the sources file is looked at for a change.
const SOURCES_EVERY: Duration = Duration::from_secs(5);
/// How long work on threads of its own may go on after everything else has ended.
const LINGER: Duration = Duration::from_millis(500);
/// The admin who is made on the first start; `ridealong reps add` makes others.
const FIRST_ADMIN: &str = "admin@localhost.localdomain";

pub(super) fn run(mut settings: Settings, verbose: u8) -> anyhow::Result<ExitCode> {
    start_logs(settings.log_format, verbose, "ridealong=info,warn");
    let set = load_sources(&settings.sources)?;
    let listener = service::listen(&mut settings)?;
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let store = open_store_mended(&settings, SystemClock.now()).await?;
        let wired = Wired { settings, store, clock: Arc::new(SystemClock), metrics: metrics() };
        let process = Process::start(Arc::clone(&wired.metrics));
        let library = service::open_library(&wired).await?;
        let service = Service::assemble(
            &wired,
            Running::of_file(wired.settings.sources.clone(), set),
            Some(Arc::clone(&library)),
        )
        .await?;
        service.desk.follow_aside().await;
        if wired.settings.roles.contains(&ServeRole::Web) {
            service.serve_web(listener, library, &process)?;
            print(&format!("Ridealong is at {}", wired.settings.public_url))?;
            greet_first_admin(&wired).await?;
        }
        watch_sources(&service, &process);
        service.keep_going(&process);
        service.keep_house(&process);
        if let Some(at) = wired.settings.metrics_listen {
            service.serve_metrics(at, &process).await?;
        }
        process.until_stopped().await;
        wired.store.flush().await?;
        anyhow::Ok(())
    });
    // What computes on a thread of its own cannot be interrupted, and is done again at the next start.
    runtime.shutdown_timeout(LINGER);
    served?;
    Ok(ExitCode::SUCCESS)
}

/// On the first start, when there is nobody yet, makes the admin and prints their link.
async fn greet_first_admin(wired: &Wired) -> anyhow::Result<()> {
    if !wired.store.list_reps().await?.is_empty() {
        return Ok(());
    }
    let mut admin = Rep { role: Role::Admin, ..Rep::new(FIRST_ADMIN.parse()?, "Admin") };
    // The address is a placeholder: nothing must be sent to it.
    admin.mail.enabled = false;
    wired.store.save(Record::Rep(admin.clone())).await?;
    let link = sign_in_link(wired, &admin.email, web::LINK_TTL).await?;
    print(&format!("Sign in as {}, {}: {link}", admin.name, admin.role.as_str()))
}

/// Takes a changed `sources.yaml` into use, by its time stamp or on SIGHUP; a broken one leaves the set as it was.
fn watch_sources(service: &Service, process: &Process) {
    let service = service.clone();
    let stop = process.runner.stop.clone();
    process.runner.tasks.spawn(async move {
        let file = service.wired.settings.sources.clone();
        let mut seen = stamp(&file);
        let mut hup = signal(SignalKind::hangup()).ok();
        loop {
            let asked = async {
                match &mut hup {
                    Some(hup) => {
                        hup.recv().await;
                    }
                    None => std::future::pending().await,
                }
            };
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                () = asked => true,
                () = tokio::time::sleep(SOURCES_EVERY) => false,
            };
            let now = stamp(&file);
            if !asked && now == seen {
                continue;
            }
            seen = now;
            match service.sources.reread() {
                Ok(sources) => tracing::info!(sources, "the sources were read again"),
                Err(error) => tracing::error!("the sources stay as they were: {error}"),
            }
        }
    });
}

fn stamp(file: &PathBuf) -> Option<(SystemTime, u64)> {
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}
