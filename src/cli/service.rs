//! The whole service of one process: desk, crawl, mail and web, and how it stops.

use super::link_mail::LinkMail;
use super::wiring::Wired;
use crate::config::{ServeRole, Settings, StoreUrl};
use crate::crawl::Crawler;
use crate::crawl::outage::OURS;
use crate::crawl::politeness::Gates;
use crate::desk::Desk;
use crate::jobs::answer_asks;
use crate::jobs::answer_crawl_asks;
use crate::jobs::crawl_due::{CrawlDue, Round, RoundSummary};
use crate::jobs::leases::{HostTurns, Leases};
use crate::jobs::read_returns;
use crate::jobs::runner::Runner;
use crate::jobs::second_look::SecondLook;
use crate::jobs::send_digests::{Ask, SendDigests, Sender};
use crate::jobs::subscribe;
use crate::jobs::sync_deals::{SYNC, SyncDeals, Until};
use crate::jobs::tell_admins;
use crate::jobs::tell_hooks::TellHooks;
use crate::mail::Mailer;
use crate::mail::dns::SystemTxt;
use crate::metrics::{self, JobEnd, Metrics};
use crate::net::Client;
use crate::render::Links;
use crate::render::signed::{LINK_KEY_SETTING, LinkKey};
use crate::search::Library;
use crate::sources::Running;
use crate::tag::Tagger;
use crate::web;
use anyhow::Context;
use futures::FutureExt as _;
use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often due sources are looked for.
const CRAWL_EVERY: Duration = Duration::from_secs(20);
/// Sources of one round where other processes crawl too.
const SHARE: usize = 1_000;
/// How often WebSub subscriptions are brought in line with what feeds name.
const SUBSCRIBE_EVERY: Duration = Duration::from_secs(60);
/// How often digests follow what has changed.
const DIGESTS_EVERY: Duration = Duration::from_secs(120);
/// How often due mails are looked for.
const MAIL_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether deals are due to be read.
const SYNC_LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often unsure posts are looked for.
const SECOND_LOOK_EVERY: Duration = Duration::from_secs(60);
/// How often wishes for mails are looked for that another process took down; its own wake the job at once.
const ASKED_EVERY: Duration = Duration::from_secs(20);
/// How long a stop waits for what is going on.
const STOP_WITHIN: Duration = Duration::from_secs(8);

/// Everything that one process does, wired.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) wired: Wired,
    pub(super) sources: Arc<Running>,
    pub(super) desk: Arc<Desk>,
    pub(super) crawl: Arc<CrawlDue>,
    pub(super) mail: Arc<SendDigests>,
    /// Wakes the job that fulfils wishes for mails.
    mail_asked: Arc<Notify>,
    pub(super) hooks: Arc<TellHooks>,
    /// What this process has taken on of the work that it shares with others.
    pub(super) leases: Arc<Leases>,
}

impl Service {
    /// Wires the rooms over an open store, with the full-text index for those that need it. Nothing runs yet.
    pub(super) async fn assemble(
        wired: &Wired,
        running: Running,
        library: Option<Arc<Library>>,
    ) -> anyhow::Result<Self> {
        let Wired { settings, store, clock, .. } = wired;
        let sources = Arc::new(running);
        let tagger = match &settings.stage_model {
            None => Tagger::shipped(),
            Some(file) => super::tag::load_model(file)?,
        };
        let desk = Desk::new(Arc::clone(store), Arc::clone(clock), Arc::clone(&sources), library);
        let desk = Arc::new(desk.with_tagger(tagger.clone()));
        let leases = Leases::new(Arc::clone(store), Arc::clone(clock));
        let gates = match settings.store {
            StoreUrl::Postgres(_) => Gates::in_turn(Arc::new(HostTurns(Arc::clone(&leases)))),
            StoreUrl::Sled(_) | StoreUrl::Memory => Gates::default(),
        };
        let client = Client::new(&settings.net);
        let crawler = Crawler::through(gates, client, settings.crawl.clone(), Arc::clone(clock));
        let crawl = CrawlDue::new(Arc::clone(&leases), crawler, tagger, Arc::clone(&sources), settings.jobs);
        let crawl = Arc::new(crawl);
        let secret = store.find_or_make_setting(LINK_KEY_SETTING, super::secrets::fresh).await?;
        let mail = Arc::new(SendDigests {
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            mailer: Mailer::new(&settings.mail)?,
            builder: Arc::clone(&desk) as _,
            sender: Sender::new(settings, LinkKey::new(&secret))?,
        });
        let hooks = Arc::new(TellHooks {
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            client: Client::new(&settings.net),
            allow_net: settings.hook_allow_net.clone(),
            builder: Arc::clone(&desk) as _,
            key: LinkKey::new(&secret),
            links: Links::new(&settings.public_url),
        });
        Ok(Self { wired: wired.clone(), sources, desk, crawl, mail, hooks, mail_asked: Arc::default(), leases })
    }

    /// What the pages need of the rest.
    pub(super) fn web_context(&self, library: Arc<Library>) -> web::Context {
        let mailer = self.mail.mailer.is_on().then(|| {
            Arc::new(LinkMail {
                mailer: self.mail.mailer.clone(),
                settings: self.wired.settings.clone(),
                clock: Arc::clone(&self.wired.clock),
            }) as _
        });
        web::Context {
            store: Arc::clone(&self.wired.store),
            desk: Arc::clone(&self.desk),
            library,
            builder: Arc::clone(&self.desk) as _,
            mailer,
            mail_from: self.wired.settings.mail_from.clone(),
            mail_asked: Arc::clone(&self.mail_asked),
            metrics: Arc::clone(&self.wired.metrics),
            clock: Arc::clone(&self.wired.clock),
            public_url: self.wired.settings.public_url.clone(),
            trusted_proxies: self.wired.settings.trusted_proxies.clone(),
            hook_allow_net: self.wired.settings.hook_allow_net.clone(),
            playbook: self.wired.settings.playbook.clone(),
            openid: self.wired.settings.openid.clone().map(|openid| {
                let client = Client::new(&self.wired.settings.net);
                Arc::new(web::OpenId::new(openid, client))
            }),
        }
    }

    /// Serves pages, feeds and the API until the stop.
    pub(super) fn serve_web(
        &self,
        listener: TcpListener,
        library: Arc<Library>,
        process: &Process,
    ) -> anyhow::Result<()> {
        let router = web::router(self.web_context(library));
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let stop = process.runner.stop.clone();
        process.runner.tasks.spawn(async move {
            let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
            let served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!("the pages stopped: {error}");
            }
        });
        Ok(())
    }

    /// Starts what crawls: due sources, what is asked for beside, and subscriptions where hubs can reach us.
    fn keep_crawling(&self, runner: &Runner, fresh: &Arc<Notify>) {
        let (service, told) = (self.clone(), Arc::clone(fresh));
        let (tasks, stop) = (runner.tasks.clone(), runner.stop.clone());
        runner.keep("crawl", CRAWL_EVERY, Arc::default(), move || {
            let (service, told) = (service.clone(), Arc::clone(&told));
            // A round lasts as long as its slowest rate group; the next does not wait for it.
            let stop = stop.clone();
            tasks.spawn(async move {
                let shared = matches!(service.wired.settings.store, StoreUrl::Postgres(_));
                let round = Round { max: shared.then_some(SHARE), ..Round::default() };
                // Each source is saved by itself, so a round may break off between any two of them.
                let started = Instant::now();
                let ended = tokio::select! {
                    ended = AssertUnwindSafe(service.crawl.run(&round, &|_, _| {})).catch_unwind() => ended,
                    () = stop.cancelled() => {
                        if let Err(error) = service.leases.give_back().await {
                            tracing::warn!("sources that were not asked yet are free again in minutes: {error}");
                        }
                        return;
                    }
                };
                let end = match ended {
                    Ok(Ok(summary)) => {
                        if summary.sources > 0 {
                            service.wired.metrics.crawled(counted(&summary));
                            log_round(&summary);
                            told.notify_one();
                        }
                        JobEnd::Done
                    }
                    Ok(Err(error)) => {
                        tracing::error!(job = "crawl", "{error}");
                        JobEnd::Failed
                    }
                    Err(_) => JobEnd::Panicked,
                };
                service.wired.metrics.job("crawl round", end, started.elapsed().as_secs_f64());
            });
            async { anyhow::Ok(()) }
        });
        let (service, told) = (self.clone(), Arc::clone(fresh));
        runner.keep_alone("asked crawls", CRAWL_EVERY, self.desk.crawl_asked(), &self.leases, move || {
            let (service, told) = (service.clone(), Arc::clone(&told));
            async move {
                if answer_crawl_asks::run(&service.crawl).await? > 0 {
                    told.notify_one();
                }
                anyhow::Ok(())
            }
        });
        if let Some(callbacks) = self.wired.settings.callbacks_url().cloned() {
            let service = self.clone();
            runner.keep_alone("subscriptions", SUBSCRIBE_EVERY, Arc::default(), &self.leases, move || {
                let (service, callbacks) = (service.clone(), callbacks.clone());
                async move { subscribe::run(&service.crawl, &callbacks).await.map(|_| ()) }
            });
        }
    }

    /// Starts the jobs of this process's roles.
    pub(super) fn keep_going(&self, process: &Process) {
        let roles = &self.wired.settings.roles;
        let runner = &process.runner;
        let fresh = Arc::new(Notify::new());
        if roles.contains(&ServeRole::Crawl) {
            self.keep_crawling(runner, &fresh);
        }
        if let Some(settings) = self.wired.settings.second_look.clone().filter(|_| roles.contains(&ServeRole::Crawl)) {
            let Wired { settings: Settings { net, .. }, store, clock, .. } = &self.wired;
            let look = Arc::new(SecondLook::new(Arc::clone(store), net, Arc::clone(clock), settings));
            let stop = runner.stop.clone();
            runner.keep_alone("second look", SECOND_LOOK_EVERY, Arc::default(), &self.leases, move || {
                let (look, stop) = (Arc::clone(&look), stop.clone());
                async move {
                    tokio::select! {
                        looked = look.run() => looked.map(|_| ()),
                        () = stop.cancelled() => Ok(()),
                    }
                }
            });
        }
        if roles.contains(&ServeRole::Web) || roles.contains(&ServeRole::Mail) {
            let service = self.clone();
            runner.keep("digests", DIGESTS_EVERY, fresh, move || {
                let service = service.clone();
                async move {
                    service.desk.follow().await?;
                    if let Some(refreshed) = service.leases.alone("digests", service.desk.refresh_all()).await? {
                        let refreshed = refreshed?;
                        service.wired.metrics.digests(refreshed.written as u64, refreshed.picks as u64);
                    }
                    service.wired.metrics.tagged(&service.desk.count_by_stage());
                    anyhow::Ok(())
                }
            });
        }
        if roles.contains(&ServeRole::Mail) && self.mail.mailer.is_on() {
            let service = self.clone();
            runner.keep("mail", MAIL_EVERY, Arc::default(), move || {
                let service = service.clone();
                async move {
                    for sending in service.mail.run(None, Ask::Schedule).await? {
                        sending.outcome.word().into_iter().for_each(|word| service.wired.metrics.mail(word));
                    }
                    tell_admins::run(&service.mail, &service.sources.set()).await.map(|_| ())
                }
            });
            let service = self.clone();
            runner.keep_alone("asked mails", ASKED_EVERY, Arc::clone(&self.mail_asked), &self.leases, move || {
                let service = service.clone();
                async move {
                    let asked = answer_asks::run(&service.mail, &SystemTxt).await?;
                    service.wired.metrics.asked_mails(asked as u64);
                    anyhow::Ok(())
                }
            });
        }
        let sync =
            Arc::new(SyncDeals::new(&self.wired.settings, Arc::clone(&self.desk), Arc::clone(&self.wired.clock)));
        if roles.contains(&ServeRole::Sync) && !sync.is_off() {
            runner.keep_alone(SYNC, SYNC_LOOK_EVERY, Arc::default(), &self.leases, move || {
                let sync = Arc::clone(&sync);
                async move {
                    sync.run(Until::Asked).await.iter().for_each(|synced| synced.log());
                    anyhow::Ok(())
                }
            });
        }
        if roles.contains(&ServeRole::Mail) {
            let service = self.clone();
            runner.keep("webhooks", MAIL_EVERY, Arc::default(), move || {
                let service = service.clone();
                async move { service.hooks.run(&service.sources.set()).await.map(|_| ()) }
            });
        }
        if let Some(maildir) = self.wired.settings.mail_returns.clone().filter(|_| roles.contains(&ServeRole::Mail)) {
            let service = self.clone();
            runner.keep_alone("returns", MAIL_EVERY, Arc::default(), &self.leases, move || {
                let (service, maildir) = (service.clone(), maildir.clone());
                async move {
                    let (store, now) = (&service.wired.store, service.wired.clock.now());
                    read_returns::run(store, &service.mail.sender.link_key, &maildir, now).await.map(|_| ())
                }
            });
        }
    }
}

/// What a round brought, for counting.
fn counted(summary: &RoundSummary) -> metrics::Round {
    metrics::Round {
        read: summary.sources.saturating_sub(summary.unchanged + summary.failed) as u64,
        unchanged: summary.unchanged as u64,
        failed: summary.failed as u64,
        posts_new: summary.posts_new as u64,
        posts_updated: summary.posts_updated as u64,
        comments_new: summary.comments_new as u64,
    }
}

fn log_round(summary: &RoundSummary) {
    tracing::info!(sources = summary.sources, posts_new = summary.posts_new, failed = summary.failed, "crawled");
    // Where our own network is blamed, it was said once.
    for failure in summary.failures.iter().filter(|failure| failure.cause != OURS) {
        tracing::warn!(source = %failure.source, state = failure.state.as_str(), "{}", failure.cause);
    }
}

/// The process: its tasks, its stop, and the signals that ask for it.
pub(super) struct Process {
    pub(super) runner: Runner,
}

impl Process {
    /// Listens for Ctrl-C and SIGTERM from now on.
    pub(super) fn start(metrics: Arc<Metrics>) -> Self {
        let runner = Runner { tasks: TaskTracker::new(), stop: CancellationToken::new(), metrics };
        let stop = runner.stop.clone();
        tokio::spawn(async move {
            let term = async {
                match signal(SignalKind::terminate()) {
                    Ok(mut term) => {
                        term.recv().await;
                    }
                    Err(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                () = term => {}
            }
            stop.cancel();
        });
        Self { runner }
    }

    /// Waits for the stop, and then for what is going on, but not for ever.
    pub(super) async fn until_stopped(self) {
        self.runner.stop.cancelled().await;
        self.runner.tasks.close();
        if tokio::time::timeout(STOP_WITHIN, self.runner.tasks.wait()).await.is_err() {
            tracing::warn!("not everything ended in time; what was not finished is done at the next start");
        }
    }
}

/// Opens the full-text index beside the store, or in memory for a store that is in memory itself.
pub(super) async fn open_library(wired: &Wired) -> anyhow::Result<Arc<Library>> {
    if wired.settings.store == StoreUrl::Memory {
        return Ok(Arc::new(Library::in_memory()?));
    }
    let identity = wired.store.find_or_make_setting(crate::store::IDENTITY_SETTING, super::secrets::fresh).await?;
    let opened = Library::open(&wired.settings.data.join("search"), &identity)?;
    if let Some(told) = opened.told {
        tracing::warn!("{told}");
    }
    Ok(Arc::new(opened.library))
}

/// Binds the address that the settings name. Port 0 becomes the port that was found, in the public address too.
pub(super) fn listen(settings: &mut Settings) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(settings.listen)
        .with_context(|| format!("{} cannot be listened on; choose another with --listen", settings.listen))?;
    listener.set_nonblocking(true)?;
    let found = listener.local_addr()?;
    if settings.listen.port() == 0 && settings.public_url.port() == Some(0) {
        // Only http addresses without a port would refuse one.
        let _ = settings.public_url.set_port(Some(found.port()));
    }
    settings.listen = found;
    Ok(listener)
}
