//! Settings: one struct of small structs, read once, validated together, passed down.
//!
//! Defaults give way to the config file, that to the environment, that to flags. Each setting has a flag, a variable
//! `RIDEALONG_...` and a key of the file, all declared once in [`Layer`]; `ridealong config --reference` lists them.
//! Secrets redact themselves.

mod crawl;
mod keep;
mod layer;
mod net;
mod openid;
mod second_look;
mod secret;
mod sync;
mod value;

use crate::model::Email;
use ipnet::IpNet;
use serde::Serialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use url::Url;

pub use crawl::{CrawlSettings, GroupBy, RateGroup};
pub use keep::KeepSettings;
pub use layer::{Declared, Layer, LogFormat, declared, dress};
pub use net::NetSettings;
pub use openid::OpenIdSettings;
pub use second_look::SecondLookSettings;
pub use secret::Secret;
pub use sync::{CrmSettings, SyncSettings};
pub use value::{Bytes, FileText, Span, Words};

/// Everything that can be set, validated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of the store, the search index, mails and backups.
    pub data: PathBuf,
    /// The file of sources.
    pub sources: PathBuf,
    /// Where things are kept.
    pub store: StoreUrl,
    /// Whose part of a shared database this is; tenants share nothing.
    pub tenant: String,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address under which people reach the server; links in mails and feeds begin with it.
    pub public_url: Url,
    /// Whether that address was set, so that hubs may be given it.
    pub(crate) public_url_is_set: bool,
    /// Proxies in front of the server whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where reps may sign in beside the one-time links.
    pub openid: Option<OpenIdSettings>,
    /// How mail goes out.
    pub mail: MailUrl,
    /// The sender of every mail.
    pub mail_from: Email,
    /// Signs mails, where the relay does not.
    pub dkim: Option<DkimSettings>,
    /// A maildir of bounces and mails that unsubscribe.
    pub mail_returns: Option<PathBuf>,
    /// A stage model in place of the one built in.
    pub stage_model: Option<PathBuf>,
    /// Whom to ask about posts that the stage model is unsure of.
    pub second_look: Option<SecondLookSettings>,
    /// Internal ranges that webhooks may lead to.
    pub hook_allow_net: Vec<IpNet>,
    /// Sources crawled at once.
    pub jobs: usize,
    /// Which work this process does.
    pub roles: Vec<ServeRole>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Limits and manners of outgoing requests.
    pub net: NetSettings,
    /// Where counters are shown to whoever asks; none shows them to signed-in admins alone.
    pub metrics_listen: Option<SocketAddr>,
    /// Backups, and how long posts are kept.
    pub keep: KeepSettings,
    /// Manners of the crawler towards hosts.
    pub crawl: CrawlSettings,
    /// How deals come from CRMs by themselves.
    pub sync: SyncSettings,
    /// The folder into which posts are written as pages of the team's own playbook.
    pub playbook: Option<PathBuf>,
    /// Every setting by key as it may be shown, in the order of the declaration.
    pub(crate) shown: Vec<(String, String)>,
}

/// Where things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// A folder for sled.
    Sled(PathBuf),
    /// A PostgreSQL database, or an engine that speaks its protocol: `postgres://...`.
    Postgres(Secret),
    /// Memory; gone when the process ends.
    Memory,
}

/// How mail goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailUrl {
    /// Nowhere: mail is not set up.
    Off,
    /// A folder of `.eml` files.
    Folder(PathBuf),
    /// A relay: `smtp://`, `smtps://`, or `smtp://...?tls=required`.
    Smtp(Secret),
}

/// The key that signs mails, and the name under which its public half stands in DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimSettings {
    /// The part before `._domainkey.`; the domain is that of the sender.
    pub selector: String,
    /// The private key.
    pub key: Secret,
}

/// Work that a serving process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServeRole {
    /// Pages, feeds and the API.
    Web,
    /// Fetching and tagging.
    Crawl,
    /// Building and sending digests.
    Mail,
    /// Deals from CRMs.
    Sync,
}

impl ServeRole {
    /// Every role: what one process does by itself.
    pub const ALL: [ServeRole; 4] = [ServeRole::Web, ServeRole::Crawl, ServeRole::Mail, ServeRole::Sync];

    fn as_str(self) -> &'static str {
        match self {
            ServeRole::Web => "web",
            ServeRole::Crawl => "crawl",
            ServeRole::Mail => "mail",
            ServeRole::Sync => "sync",
        }
    }
}

/// A setting that does not fit, as a sentence that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl FromStr for StoreUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("sled", folder)) if !folder.is_empty() => Ok(StoreUrl::Sled(folder.into())),
            Some(("memory", "")) => Ok(StoreUrl::Memory),
            Some(("postgres" | "postgresql", _)) => Ok(StoreUrl::Postgres(Secret::new(text))),
            // The text may hold a password, so it is not shown.
            _ => Err(ConfigError(
                "store: that is neither sled:FOLDER nor postgres://USER:PASSWORD@HOST/DATABASE".to_owned(),
            )),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreUrl::Sled(folder) => write!(f, "sled:{}", folder.display()),
            StoreUrl::Postgres(url) => f.write_str(&secret::without_password(url.expose())),
            StoreUrl::Memory => f.write_str("memory:"),
        }
    }
}

impl FromStr for MailUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text == "off" {
            return Ok(MailUrl::Off);
        }
        if let Some(folder) = text.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            return Ok(MailUrl::Folder(folder.trim_start_matches("//").into()));
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "smtp" | "smtps") && url.has_host() => {
                Ok(MailUrl::Smtp(Secret::new(text)))
            }
            // The text may hold a password, so it is not shown.
            _ => Err(ConfigError(
                "mail: that is neither smtp://user:password@host:587, smtps://..., file:FOLDER nor off".to_owned(),
            )),
        }
    }
}

impl fmt::Display for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MailUrl::Off => f.write_str("off"),
            MailUrl::Folder(folder) => write!(f, "file:{}", folder.display()),
            MailUrl::Smtp(url) => f.write_str(&secret::without_password(url.expose())),
        }
    }
}

impl Settings {
    /// Puts the layers together, weakest first, and checks the whole.
    ///
    /// # Errors
    /// The first setting that does not fit, by name.
    pub fn from_layers(layers: impl IntoIterator<Item = Layer>) -> Result<Self, ConfigError> {
        let set = layers.into_iter().fold(Layer::default(), |weaker, stronger| stronger.over(weaker));
        let set = set.over(Layer::defaults());
        let data = set.data.clone().unwrap_or_default();
        let listen = set.listen.as_deref().unwrap_or_default();
        let listen: SocketAddr = listen
            .parse()
            .map_err(|_| ConfigError(format!("listen: {listen:?} is not an address; write it like 127.0.0.1:8080")))?;
        let jobs = value::within("jobs", set.jobs.unwrap_or(1), 1, JOBS_LIMIT)?;
        let store = set.store_file.as_ref().and_then(FileText::text).or(set.store.as_ref());
        let mail = set.mail_file.as_ref().and_then(FileText::text).or(set.mail.as_ref());
        let mut settings = Self {
            store: store.map_or_else(|| Ok(StoreUrl::Sled(data.join("store"))), |url| url.expose().parse())?,
            tenant: tenant(set.tenant.as_deref().unwrap_or_default())?,
            mail: mail.map_or(Ok(MailUrl::Off), |url| url.expose().parse())?,
            dkim: match (set.dkim_selector.clone(), set.dkim_key_file.as_ref().and_then(FileText::text)) {
                (Some(selector), Some(key)) => Some(DkimSettings { selector, key: key.clone() }),
                (None, None) => None,
                _ => return Err(ConfigError("dkim-selector and dkim-key-file: give both, or neither".to_owned())),
            },
            mail_returns: set.mail_returns.clone(),
            stage_model: set.stage_model.clone(),
            second_look: SecondLookSettings::of(&set)?,
            mail_from: set
                .mail_from
                .as_deref()
                .unwrap_or_default()
                .parse()
                .map_err(|error| ConfigError(format!("mail-from: {error}")))?,
            roles: roles(set.roles.as_deref())?,
            log_format: set.log_format.unwrap_or_default(),
            sources: set.sources.clone().unwrap_or_default(),
            trusted_proxies: ranges("trusted-proxies", set.trusted_proxies.as_ref())?,
            openid: OpenIdSettings::of(&set)?,
            hook_allow_net: ranges("hook-allow-net", set.hook_allow_net.as_ref())?,
            net: NetSettings::of(&set)?,
            crawl: CrawlSettings { wikis: data.join("wikis"), ..CrawlSettings::of(&set)? },
            sync: SyncSettings::of(&set)?,
            playbook: set.playbook.clone(),
            public_url: public_url(set.public_url.as_deref(), listen)?,
            public_url_is_set: set.public_url.is_some(),
            metrics_listen: metrics_listen(set.metrics_listen.as_deref())?,
            keep: KeepSettings::of(&set)?,
            data,
            listen,
            jobs,
            shown: Vec::new(),
        };
        settings.shown = settings.list_shown(&set);
        Ok(settings)
    }

    /// The address that hubs are given to call back; none where no public address was set.
    pub fn callbacks_url(&self) -> Option<&Url> {
        self.public_url_is_set.then_some(&self.public_url)
    }

    /// The effective settings by key, secrets redacted.
    pub fn shown(&self) -> &[(String, String)] {
        &self.shown
    }

    /// What the layers say, and what follows from it where they say nothing.
    fn list_shown(&self, set: &Layer) -> Vec<(String, String)> {
        let effective = |key: &str, value: Option<String>| match key {
            "store" => self.store.to_string(),
            "public-url" => self.public_url.to_string(),
            "mail" => self.mail.to_string(),
            "rate-groups" => self.crawl.groups_as_words().to_string(),
            _ => value.filter(|value| !value.is_empty()).unwrap_or_else(|| "none".to_owned()),
        };
        let mut shown: Vec<_> = set
            .shown()
            .into_iter()
            .map(|(key, value)| {
                let value = effective(&key, value);
                (key, value)
            })
            .collect();
        shown.push(("user-agent".to_owned(), self.net.user_agent.clone()));
        shown
    }
}

/// The most sources that can be crawled at once.
const JOBS_LIMIT: usize = 1_024;

/// A tenant's name stands in every key of the database.
fn tenant(name: &str) -> Result<String, ConfigError> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
        return Err(ConfigError(format!(
            "tenant: {name:?} is not a name of up to 64 small letters, digits and dashes"
        )));
    }
    Ok(name.to_owned())
}

fn public_url(text: Option<&str>, listen: SocketAddr) -> Result<Url, ConfigError> {
    let text = text.map_or_else(|| format!("http://{listen}"), str::to_owned);
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        ConfigError(format!("public-url: {text:?} is not an address; write it like https://ride.example.com"))
    })
}

fn metrics_listen(text: Option<&str>) -> Result<Option<SocketAddr>, ConfigError> {
    let refuse =
        |text| ConfigError(format!("metrics-listen: {text:?} is not an address; write it like 127.0.0.1:9464"));
    text.map(|text| text.parse().map_err(|_| refuse(text))).transpose()
}

/// Ranges, or single addresses.
fn ranges(key: &str, words: Option<&Words>) -> Result<Vec<IpNet>, ConfigError> {
    let range = |word: &String| {
        let single = word.parse::<IpAddr>().map(IpNet::from);
        word.parse::<IpNet>().or(single).map_err(|_| {
            ConfigError(format!("{key}: {word:?} is not an address range; write it like 10.0.0.0/8 or 127.0.0.1"))
        })
    };
    words.map_or(&[][..], |words| &words.0).iter().map(range).collect()
}

fn roles(text: Option<&str>) -> Result<Vec<ServeRole>, ConfigError> {
    let Some(text) = text else { return Ok(ServeRole::ALL.to_vec()) };
    text.split(',')
        .map(|word| {
            let word = word.trim();
            ServeRole::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| {
                ConfigError(format!("roles: {word:?} is not a role; the roles are web, crawl, mail, sync"))
            })
        })
        .collect()
}
