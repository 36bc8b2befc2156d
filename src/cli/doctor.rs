//! `ridealong doctor`: looks at everything the service needs and says what to do.

use super::output::{print, table};
use super::wiring::{load_sources, open_store, runtime, start_logs};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{MailUrl, Settings};
use crate::mail::dns::{self, SystemTxt};
use crate::mail::domain;
use crate::store::recovery::Places;
use crate::store::{Store, StoreError, backup};
use jiff::SignedDuration;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Hosts of sources that are looked up.
const HOSTS_MAX: usize = 3;

/// The domain of the sender before anybody sets one.
const FIRST_DOMAIN: &str = "localhost.localdomain";

/// What came of one look.
struct Look {
    what: &'static str,
    /// What is good about it, or what to do.
    said: Result<String, String>,
}

/// Exits 1 where something needs a person.
pub(super) fn run(settings: &Settings, verbose: u8) -> anyhow::Result<ExitCode> {
    start_logs(settings.log_format, verbose, "error");
    let looks = [
        Look { what: "addresses", said: addresses(settings) },
        Look { what: "sources", said: sources(settings) },
        Look { what: "store", said: store(settings) },
        Look { what: "disk", said: disk(settings) },
        Look { what: "backups", said: backups(settings) },
        Look { what: "clock", said: clock() },
        Look { what: "files", said: files() },
        Look { what: "names", said: names(settings) },
        Look { what: "network", said: network(settings) },
        Look { what: "mail", said: mail(settings) },
    ];
    let looks = looks.into_iter().chain(records(settings)?);
    let looks: Vec<Look> = looks.collect();
    let rows: Vec<_> = looks
        .iter()
        .map(|look| {
            let (state, said) = match &look.said {
                Ok(said) => ("ok", said),
                Err(said) => ("look", said),
            };
            vec![look.what.to_owned(), state.to_owned(), said.clone()]
        })
        .collect();
    print(&table(&["CHECK", "STATE", "WHAT WAS FOUND, OR WHAT TO DO"], &rows))?;
    let good = looks.iter().all(|look| look.said.is_ok());
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// People elsewhere need https: cookies and one-time links must not travel in the clear.
fn addresses(settings: &Settings) -> Result<String, String> {
    let url = &settings.public_url;
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() == "https" || loopback {
        Ok(format!("listening on {}, reached as {url}", settings.listen))
    } else {
        Err(format!("{url} is plain http; put a proxy with TLS in front and set --public-url to its https address"))
    }
}

fn sources(settings: &Settings) -> Result<String, String> {
    let set = load_sources(&settings.sources).map_err(|error| format!("{error:#}"))?;
    Ok(format!("{} in {}", set.sources.len(), settings.sources.display()))
}

fn store(settings: &Settings) -> Result<String, String> {
    runtime().map_err(|error| error.to_string())?.block_on(look_at_store(settings))
}

async fn look_at_store(settings: &Settings) -> Result<String, String> {
    let store: Arc<dyn Store> = match open_store(settings).await {
        Ok(store) => store,
        Err(error) => {
            return match error.downcast_ref::<StoreError>() {
                Some(StoreError::InUse { place }) => Ok(format!("{place} is in use: the service is running")),
                _ => Err(format!("{error:#}")),
            };
        }
    };
    let report = store.check().await.map_err(|error| error.to_string())?;
    match report.faults.first() {
        None => {
            Ok(format!("{} posts, {} comments, {} records, all sound", report.posts, report.comments, report.records))
        }
        Some(fault) => Err(format!(
            "{} faults, the first: {fault}; restore a backup with `ridealong store restore`",
            report.faults.len()
        )),
    }
}

/// Room for the store to grow, and for a backup beside it.
fn disk(settings: &Settings) -> Result<String, String> {
    const ENOUGH: u64 = 1_000_000_000;
    let failed = |error: std::io::Error| format!("{} cannot be looked at: {error}", settings.data.display());
    // Before the first start the folder is not there yet, but its disk is.
    let place = settings.data.ancestors().find(|place| place.exists()).unwrap_or(Path::new("."));
    let free = fs4::available_space(place).map_err(failed)?;
    let shown = format!("{} MB free where {} is", free / 1_000_000, settings.data.display());
    if free >= ENOUGH { Ok(shown) } else { Err(format!("{shown}; free some, writes stop on a full disk")) }
}

/// The newest backup, where the service has run long enough to have made one.
fn backups(settings: &Settings) -> Result<String, String> {
    const OLD: SignedDuration = SignedDuration::from_hours(48);
    let places = Places::within(&settings.data, &settings.data);
    let now = SystemClock.now();
    match (settings.keep.backup_at, backup::list(&places.backups).first().and_then(|file| backup::made_at(file))) {
        (None, _) => Ok("off; copy what `ridealong store backup FILE` writes to another machine yourself".to_owned()),
        (Some(at), None) => Ok(format!("none yet; `serve` makes one every night at {}", at.strftime("%H:%M"))),
        (_, Some(made)) if now.duration_since(made) > OLD => Err(format!(
            "the newest is of {made}; see in the log of `serve` why, or make one with `ridealong store backup`"
        )),
        (_, Some(made)) => Ok(format!("the newest is of {made}")),
    }
}

/// Sockets and files that may be open at once: each source that is crawled, each request, and the store need some.
fn files() -> Result<String, String> {
    const ENOUGH: u64 = 1_024;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    match line.and_then(|line| line.split_whitespace().nth(3)).and_then(|soft| soft.parse::<u64>().ok()) {
        Some(soft) if soft < ENOUGH => Err(format!(
            "only {soft} files may be open at once; raise it with `ulimit -n 4096`, or LimitNOFILE in the unit"
        )),
        Some(soft) => Ok(format!("{soft} may be open at once")),
        None => Ok("not limited, as far as can be told".to_owned()),
    }
}

/// Whether one of the sources' hosts takes a connection.
fn network(settings: &Settings) -> Result<String, String> {
    let hosts = hosts(settings);
    let answers = |host: &String| {
        let address = (host.as_str(), 443).to_socket_addrs().ok().and_then(|mut found| found.next());
        address.is_some_and(|address| TcpStream::connect_timeout(&address, CONNECT_WITHIN).is_ok())
    };
    match hosts.iter().find(|host| answers(host)) {
        Some(host) => Ok(format!("{host} takes connections")),
        None if hosts.is_empty() => Ok("no source has a name to connect to".to_owned()),
        None => Err(format!("none of {} takes a connection; see to the firewall and the way out", hosts.join(", "))),
    }
}

/// What providers ask of the sender's domain in DNS, where mail goes out by a relay.
fn records(settings: &Settings) -> anyhow::Result<Vec<Look>> {
    let domain = domain(&settings.mail_from);
    if !matches!(settings.mail, MailUrl::Smtp(_)) || domain == FIRST_DOMAIN {
        return Ok(Vec::new());
    }
    let selector = settings.dkim.as_ref().map(|dkim| dkim.selector.as_str());
    let findings = runtime()?.block_on(dns::look(&SystemTxt, &domain, selector));
    let what = ["spf", "dkim", "dmarc"];
    let looks = what.into_iter().zip(findings).map(|(what, finding)| Look {
        what,
        said: if finding.good == Some(false) { Err(finding.said) } else { Ok(finding.said) },
    });
    Ok(looks.collect())
}

/// A clock that is years off makes every date, lease and link wrong.
fn clock() -> Result<String, String> {
    const YEARS: std::ops::RangeInclusive<i16> = 2026..=2100;
    let now = SystemClock.now();
    match YEARS.contains(&now.to_zoned(jiff::tz::TimeZone::UTC).year()) {
        true => Ok(format!("it is {}", now.strftime("%Y-%m-%d %H:%M UTC"))),
        false => Err(format!("this machine believes it is {now}; set its clock")),
    }
}

/// The hosts of a few sources.
fn hosts(settings: &Settings) -> Vec<String> {
    let set = load_sources(&settings.sources).unwrap_or_default();
    let urls = set.sources.iter().filter_map(|source| Url::parse(&source.url).ok());
    let mut hosts: Vec<String> = urls.filter_map(|url| url.domain().map(str::to_owned)).collect();
    hosts.dedup();
    hosts.truncate(HOSTS_MAX);
    hosts
}

/// Looks up the hosts of a few sources.
fn names(settings: &Settings) -> Result<String, String> {
    let hosts = hosts(settings);
    let failed: Vec<_> = hosts.iter().filter(|host| (host.as_str(), 443).to_socket_addrs().is_err()).collect();
    match failed.len() {
        _ if hosts.is_empty() => Ok("no source has a name to look up".to_owned()),
        0 => Ok(format!("{} looked up", hosts.join(", "))),
        _ => Err(format!("{} cannot be looked up; see to the network and its DNS", failed[0])),
    }
}

fn mail(settings: &Settings) -> Result<String, String> {
    match &settings.mail {
        MailUrl::Off => Ok("off; set --mail to send digests and sign-in links".to_owned()),
        MailUrl::Folder(folder) => std::fs::create_dir_all(folder)
            .map(|()| format!("written to {}", folder.display()))
            .map_err(|error| format!("{} cannot be written: {error}", folder.display())),
        MailUrl::Smtp(url) => {
            let shown = settings.mail.to_string();
            let reached = Url::parse(url.expose()).ok().and_then(|url| {
                let port = url.port().unwrap_or(if url.scheme() == "smtps" { 465 } else { 587 });
                let address = (url.host_str()?, port).to_socket_addrs().ok()?.next()?;
                TcpStream::connect_timeout(&address, CONNECT_WITHIN).ok()
            });
            match reached {
                Some(_) => Ok(format!("{shown} answers")),
                None => {
                    Err(format!("{shown} does not answer; check host and port, and that the network lets it through"))
                }
            }
        }
    }
}
