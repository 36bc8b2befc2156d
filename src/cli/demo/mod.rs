//! `ridealong demo`: the whole product on sample sites, reps and deals, through the same code as `serve`.

mod content;
mod feeds;
mod sites;

use super::output::print;
use super::reps::sign_in_link;
use super::service::{self, Service};
use super::wiring::{Wired, metrics, open_store, runtime, start_logs};
use crate::clock::SystemClock;
use crate::config::{MailUrl, Settings, StoreUrl};
use crate::crm::csv::{self, Companions, CsvOptions};
use crate::jobs::crawl_due::Round;
use crate::jobs::send_digests::Ask;
use crate::model::{Email, Rep, Role, SourceSet};
use crate::sources::{self, Running};
use crate::store::Record;
use crate::web;
use anyhow::{Context, anyhow};
use content::{Serve, Site};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Sample links open as long as somebody may look at a demo.
const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
const ADMIN: &str = "admin@demo.example";

/// Runs until Ctrl-C or SIGTERM; everything lies in a temporary folder that is removed at the end.
pub(super) fn run(mut settings: Settings, verbose: u8) -> anyhow::Result<ExitCode> {
    start_logs(settings.log_format, verbose, "error");
    let folder = tempfile::Builder::new().prefix("ridealong-demo-").tempdir().context("no temporary folder")?;
    settings.data = folder.path().to_owned();
    settings.store = StoreUrl::Sled(folder.path().join("store"));
    if settings.mail == MailUrl::Off {
        settings.mail = MailUrl::Folder(folder.path().join("mail"));
    }
    let listener = service::listen(&mut settings)?;
    runtime()?.block_on(async {
        let store = open_store(&settings).await?;
        let wired = Wired { settings, store, clock: Arc::new(SystemClock), metrics: metrics() };
        let running = service::Process::start(Arc::clone(&wired.metrics));
        let now = wired.clock.now();
        let sites = sites::start(now, &running.runner.tasks, &running.runner.stop).await?;
        let set = sample_sources(&sites, folder.path())?;
        let library = service::open_library(&wired).await?;
        let service = Service::assemble(&wired, Running::new(set), Some(Arc::clone(&library))).await?;
        service.serve_web(listener, library, &running)?;
        let mut reps = vec![];
        for (rep, csv) in sample_reps(&wired)? {
            service.desk.save_rep(&rep).await?;
            web::ensure_feed(wired.store.as_ref(), &rep.email, now).await?;
            import(&wired, &service, &rep, csv).await?;
            reps.push(rep);
        }
        service.crawl.run(&Round { asked: true, ..Round::default() }, &|_, _| {}).await?;
        service.desk.follow().await?;
        service.desk.refresh_all().await?;
        for rep in &reps {
            service.mail.step(rep, Ask::Person).await?;
        }
        let mut admin = Rep { role: Role::Admin, ..Rep::new(ADMIN.parse()?, "Admin") };
        admin.mail.enabled = false;
        wired.store.save(Record::Rep(admin.clone())).await?;
        for rep in reps.iter().chain([&admin]) {
            let link = sign_in_link(&wired, &rep.email, LINK_LIFETIME).await?;
            print(&format!("Sign in as {}, {}: {link}", rep.name, rep.role.as_str()))?;
        }
        if let MailUrl::Folder(mail) = &wired.settings.mail {
            print(&format!("Mail: {}", mail.display()))?;
        }
        service.keep_going(&running);
        running.until_stopped().await;
        wired.store.flush().await?;
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The sample sites as a `sources.yaml`, so that they are loaded as a team's own file would be; and the wiki as a folder.
fn sample_sources(sites: &[(Site, String)], folder: &Path) -> anyhow::Result<SourceSet> {
    let mut yaml = String::from("sources:\n");
    for (site, base) in sites {
        let kind = match site.serve {
            Serve::Page => "page",
            Serve::Podcast => "podcast",
            _ => "feed",
        };
        let url = if site.serve == Serve::Page { format!("{base}/") } else { format!("{base}/feed") };
        writeln!(yaml, "  - id: {}\n    name: {}\n    kind: {kind}\n    url: {url}", site.id, quoted(&site.name))?;
        writeln!(yaml, "    mentor_role: {}\n    trust: {}", site.mentor_role, site.trust)?;
        writeln!(yaml, "    stages: [{}]\n    allow_net: 127.0.0.0/8", site.stages.join(", "))?;
        if site.serve == Serve::Page {
            writeln!(
                yaml,
                "    selectors: {{ items: \"li.post\", link: \"h2 a\", title: \"h2\", date: time, content: \".content\" }}"
            )?;
        }
    }
    let wiki = folder.join("wiki");
    std::fs::create_dir_all(&wiki).context("the sample wiki cannot be written")?;
    for (name, text) in content::wiki()? {
        std::fs::write(wiki.join(name), text).context("the sample wiki cannot be written")?;
    }
    writeln!(
        yaml,
        "  - id: wiki\n    name: {}\n    kind: wiki",
        quoted(&format!("{} wiki", content::team()?.company))
    )?;
    writeln!(yaml, "    url: {}\n    trust: 0.9", quoted(&wiki.display().to_string()))?;
    Ok(sources::parse(&yaml, "the sample sources")?)
}

/// The sample reps, each with the text of their CSV.
fn sample_reps(wired: &Wired) -> anyhow::Result<Vec<(Rep, String)>> {
    let today = wired.clock.now().to_zoned(TimeZone::UTC).date();
    let reps = content::team()?.reps.into_iter().map(|sample| {
        let email: Email = sample.email.parse()?;
        let rep = Rep { owners: vec![sample.owner], zone: sample.zone, ..Rep::new(email, sample.name) };
        Ok((rep, content::deals(&sample.deals, today)?))
    });
    reps.collect()
}

async fn import(wired: &Wired, service: &Service, rep: &Rep, csv: String) -> anyhow::Result<()> {
    let map = service.desk.stage_map().await?;
    let companions = Companions::default();
    let options = CsvOptions { crm: None, dates: None, now: wired.clock.now(), map: &map, companions: &companions };
    let import = csv::read(csv.as_bytes(), &options).map_err(|error| anyhow!("the deals of {}: {error}", rep.name))?;
    service.desk.import_deals(import).await?;
    Ok(())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
