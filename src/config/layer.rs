use super::value::{Bytes, FileText, PrivateText, Span, Value, Words};
use super::{ConfigError, CrawlSettings, KeepSettings, NetSettings, Secret};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One setting as it is declared: what `--help`, `ridealong config` and the reference say about it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its key in the config file; the flag is `--` and the key.
    pub key: String,
    /// Its environment variable.
    pub env: String,
    /// What kind of value it takes.
    pub value: String,
    /// What it does, in a sentence.
    pub help: String,
    /// What holds where nobody sets it; none where it then is off, or follows another setting.
    pub default: Option<String>,
}

/// Declares every setting once: field, flag, variable, key of the file, help, default.
///
/// The doc comment is what `--help` and the reference show. The variable is `RIDEALONG_` and the key.
macro_rules! settings {
    ($($(#[$attribute:meta])+ $field:ident: $kind:ty = $default:expr;)+) => {
        /// One layer of settings, each of which may be absent: the file, or flags and environment together.
        #[derive(Clone, Debug, Default, Deserialize, clap::Args)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        #[command(next_help_heading = "Settings (also as RIDEALONG_... and in the config file)")]
        pub struct Layer {
            $($(#[$attribute])+ #[arg(long, global = true)] pub $field: Option<$kind>,)+
        }

        impl Layer {
            /// What holds where nobody says otherwise.
            pub(super) fn defaults() -> Self {
                Self { $($field: $default,)+ }
            }

            /// This layer where it says something, the weaker one elsewhere.
            pub(super) fn over(self, weaker: Self) -> Self {
                Self { $($field: self.$field.or(weaker.$field),)+ }
            }

            /// Reads what stands in files of its own (secrets, certificates).
            ///
            /// # Errors
            /// A file that cannot be read, by name.
            pub fn load_files(mut self) -> Result<Self, ConfigError> {
                $(if let Some(value) = &mut self.$field {
                    value.load(&key_of(stringify!($field)))?;
                })+
                Ok(self)
            }

            /// Every setting by key, as it may be shown; none where it is not set.
            pub(super) fn shown(&self) -> Vec<(String, Option<String>)> {
                vec![$((key_of(stringify!($field)), self.$field.as_ref().map(Value::shown)),)+]
            }
        }
    };
}

settings! {
    /// Folder of the store, mails and backups
    #[arg(value_name = "DIR")]
    data: PathBuf = Some("data".into());

    /// The file of sources
    #[arg(value_name = "FILE")]
    sources: PathBuf = Some("sources.yaml".into());

    /// Where things are kept: sled:DIR or postgres://...; without it, in the folder store of the data folder
    #[arg(value_name = "URL")]
    store: Secret = None;

    /// A file that holds the store setting, so that a password stands in no command line
    #[arg(value_name = "FILE", conflicts_with = "store")]
    store_file: FileText = None;

    /// Whose part of a shared database this is; tenants share nothing
    #[arg(value_name = "NAME")]
    tenant: String = Some("main".into());

    /// Where the server listens
    #[arg(value_name = "ADDRESS")]
    listen: String = Some("127.0.0.1:8080".into());

    /// The address under which people and hubs reach the server; without it, the one it listens at
    #[arg(value_name = "URL")]
    public_url: String = None;

    /// Proxies in front of the server whose X-Forwarded-For is believed, like 10.0.0.0/8 or 127.0.0.1
    #[arg(value_name = "RANGES")]
    trusted_proxies: Words = Some(Words::default());

    /// The company's OpenID Connect provider, at which reps may sign in
    #[arg(value_name = "URL")]
    openid_issuer: String = None;

    /// The name under which Ridealong is registered at the provider
    #[arg(value_name = "ID")]
    openid_client_id: String = None;

    /// A file with the secret that belongs to it
    #[arg(value_name = "FILE")]
    openid_secret_file: FileText = None;

    /// The words on the button that leads to the provider
    #[arg(value_name = "WORDS")]
    openid_name: String = Some("Sign in with your company account".into());

    /// Internal address ranges that the provider alone may be reached in, like 10.0.0.0/8
    #[arg(value_name = "RANGES")]
    openid_allow_net: Words = Some(Words::default());

    /// How mail goes out: smtp://..., smtps://..., file:DIR; off without it
    #[arg(value_name = "URL")]
    mail: Secret = None;

    /// A file that holds the mail setting, so that a password stands in no command line
    #[arg(value_name = "FILE", conflicts_with = "mail")]
    mail_file: FileText = None;

    /// The sender of every mail
    #[arg(value_name = "ADDRESS")]
    mail_from: String = Some("ridealong@localhost.localdomain".into());

    /// The name under which the DKIM key is published: SELECTOR._domainkey.DOMAIN; needs dkim-key-file
    #[arg(value_name = "SELECTOR")]
    dkim_selector: String = None;

    /// The DKIM key, where the relay does not sign: RSA in PKCS#1 PEM, or an Ed25519 key in base64
    #[arg(value_name = "FILE")]
    dkim_key_file: FileText = None;

    /// A maildir that gets what is sent to the sender's address: bounces, and mails that unsubscribe
    #[arg(value_name = "DIR")]
    mail_returns: PathBuf = None;

    /// A stage model that `ridealong train` wrote, in place of the one built in
    #[arg(value_name = "FILE")]
    stage_model: PathBuf = None;

    /// A language model for posts whose stage the built-in one is unsure of: the base address of an endpoint that speaks OpenAI's API; off without it
    #[arg(value_name = "URL")]
    llm_url: String = None;

    /// The model that is asked there
    #[arg(value_name = "NAME")]
    llm_model: String = None;

    /// The key for it
    #[arg(value_name = "KEY")]
    llm_key: Secret = None;

    /// A file that holds the key, so that it stands in no command line
    #[arg(value_name = "FILE", conflicts_with = "llm_key")]
    llm_key_file: FileText = None;

    /// Time for one question
    #[arg(value_name = "TIME")]
    llm_timeout: Span = Some(Span(std::time::Duration::from_secs(20)));

    /// Questions a day
    #[arg(value_name = "N")]
    llm_a_day: usize = Some(200);

    /// Internal address ranges that the endpoint may lie in, like 127.0.0.0/8
    #[arg(value_name = "RANGES")]
    llm_allow_net: Words = Some(Words::default());

    /// Internal address ranges that webhooks of any rep may lead to, like 10.2.0.0/16
    #[arg(value_name = "RANGES")]
    hook_allow_net: Words = Some(Words::default());

    /// Sources crawled at once
    #[arg(value_name = "N")]
    jobs: usize = Some(16);

    /// Work that serve does
    #[arg(value_name = "LIST")]
    roles: String = Some("web,crawl,mail,sync".into());

    /// An address where publishers can reach you, sent in the User-Agent
    #[arg(value_name = "URL")]
    contact: String = None;

    /// How log lines look: text or json
    #[arg(value_name = "FORMAT")]
    log_format: LogFormat = Some(LogFormat::Text);

    /// Where counters are shown to whoever asks, like 127.0.0.1:9464; without it only to admins, at /metrics
    #[arg(value_name = "ADDRESS")]
    metrics_listen: String = None;

    /// The hour of the nightly backup, in the time zone of the machine, or off
    #[arg(value_name = "HH:MM")]
    backup_at: String = Some(KeepSettings::default().backup_at_as_text());

    /// Days of which the newest backup stays
    #[arg(value_name = "N")]
    backup_days: usize = Some(KeepSettings::default().backup_days);

    /// Weeks of which the newest backup stays
    #[arg(value_name = "N")]
    backup_weeks: usize = Some(KeepSettings::default().backup_weeks);

    /// How long posts stay that nobody saved, noted or promised to use; 0d keeps all
    #[arg(value_name = "TIME")]
    keep_posts: Span = Some(Span(KeepSettings::default().posts_or_zero()));

    /// Time to connect to a host
    #[arg(value_name = "TIME")]
    connect_timeout: Span = Some(Span(NetSettings::default().connect_timeout));

    /// Time until the first byte of an answer
    #[arg(value_name = "TIME")]
    first_byte_timeout: Span = Some(Span(NetSettings::default().first_byte_timeout));

    /// Time for a whole request, with redirects and body
    #[arg(value_name = "TIME")]
    request_timeout: Span = Some(Span(NetSettings::default().request_timeout));

    /// The largest body of an answer, decoded
    #[arg(value_name = "BYTES")]
    body_bytes_max: Bytes = Some(Bytes(NetSettings::default().body_bytes_max));

    /// The most bytes of header names and values in an answer
    #[arg(value_name = "BYTES")]
    header_bytes_max: Bytes = Some(Bytes(NetSettings::default().header_bytes_max));

    /// Redirects that are followed
    #[arg(value_name = "N")]
    redirects_max: usize = Some(NetSettings::default().redirects_max);

    /// How many times its size a compressed body may unpack to; judged above 1 MiB
    #[arg(value_name = "N")]
    ratio_max: usize = Some(NetSettings::default().ratio_max);

    /// Bytes a second that a body must average, as sent
    #[arg(value_name = "BYTES")]
    rate_bytes_min: Bytes = Some(Bytes(usize::try_from(NetSettings::default().rate_bytes_min).unwrap_or(usize::MAX)));

    /// Waiting time before that rate is judged
    #[arg(value_name = "TIME")]
    rate_grace: Span = Some(Span(NetSettings::default().rate_grace));

    /// Certificates (PEM) trusted beside those of the machine: a company's own authority
    #[arg(value_name = "FILE")]
    trusted_roots: FileText = None;

    /// Requests in flight at once, over all hosts
    #[arg(value_name = "N")]
    in_flight_max: usize = Some(CrawlSettings::default().in_flight_max);

    /// Time between two requests to a rate group
    #[arg(value_name = "TIME")]
    request_gap: Span = Some(Span(CrawlSettings::default().gap));

    /// What is asked one at a time: a host, or a domain with all its hosts
    #[arg(value_name = "host|domain")]
    rate_group_by: String = Some(CrawlSettings::default().group_by.as_str().into());

    /// Named rate groups as NAME=GAP:DOMAIN+DOMAIN; NAME=off takes a shipped one away
    #[arg(value_name = "GROUPS")]
    rate_groups: Words = Some(CrawlSettings::default().groups_as_words());

    /// The shortest time between two checks of a source, unless its own feed allows less
    #[arg(value_name = "TIME")]
    check_every_min: Span = Some(Span(CrawlSettings::default().check_every_min));

    /// The longest time between two checks of a source that can be read
    #[arg(value_name = "TIME")]
    check_every_max: Span = Some(Span(CrawlSettings::default().check_every_max));

    /// A folder for pages of your own playbook; posts are saved there as Markdown. Without it they are downloaded
    #[arg(value_name = "DIR")]
    playbook: PathBuf = None;

    /// Time between two looks at each CRM whose token is set
    #[arg(value_name = "TIME")]
    sync_every: Span = Some(Span(std::time::Duration::from_secs(1_800)));

    /// A HubSpot token that may read deals; better in the environment or a file than in a command line
    #[arg(value_name = "TOKEN")]
    hubspot_token: Secret = None;

    /// A file that holds the HubSpot token, readable by its owner alone (chmod 600)
    #[arg(value_name = "FILE", conflicts_with = "hubspot_token")]
    hubspot_token_file: PrivateText = None;

    /// Where HubSpot answers
    #[arg(value_name = "URL")]
    hubspot_url: String = Some("https://api.hubapi.com".into());

    /// A Salesforce token that may read deals; better in the environment or a file than in a command line
    #[arg(value_name = "TOKEN")]
    salesforce_token: Secret = None;

    /// A file that holds the Salesforce token, readable by its owner alone (chmod 600)
    #[arg(value_name = "FILE", conflicts_with = "salesforce_token")]
    salesforce_token_file: PrivateText = None;

    /// Where Salesforce answers, your own address
    #[arg(value_name = "URL")]
    salesforce_url: String = None;

    /// A Pipedrive token that may read deals; better in the environment or a file than in a command line
    #[arg(value_name = "TOKEN")]
    pipedrive_token: Secret = None;

    /// A file that holds the Pipedrive token, readable by its owner alone (chmod 600)
    #[arg(value_name = "FILE", conflicts_with = "pipedrive_token")]
    pipedrive_token_file: PrivateText = None;

    /// Where Pipedrive answers
    #[arg(value_name = "URL")]
    pipedrive_url: String = Some("https://api.pipedrive.com".into());

    /// Internal address ranges in which a CRM may be, like 10.2.0.0/16
    #[arg(value_name = "RANGES")]
    crm_allow_net: Words = Some(Words::default());
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        })
    }
}

impl Layer {
    /// The layer that the text of a config file makes; `file` is the name used in errors.
    ///
    /// # Errors
    /// Broken YAML, an unknown key or a value of the wrong kind, with line and column.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        serde_saphyr::from_str(text).map_err(|error| {
            let place = error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
            let message = error.without_snippet().to_string();
            ConfigError(format!("{}{place}: {}", file.display(), message.lines().next().unwrap_or_default()))
        })
    }
}

/// Every setting in the order of the declaration.
pub fn declared() -> &'static [Declared] {
    static ALL: LazyLock<Vec<Declared>> = LazyLock::new(|| {
        let flags = <Layer as clap::Args>::augment_args(clap::Command::new("settings"));
        let defaults = Layer::defaults().shown();
        let declare = |(key, default): (String, Option<String>)| {
            let flag = flags.get_arguments().find(|flag| flag.get_long() == Some(key.as_str()));
            let value = flag.and_then(|flag| flag.get_value_names()?.first().map(ToString::to_string));
            Declared {
                env: env_of(&key),
                value: value.unwrap_or_default(),
                help: flag.and_then(|flag| flag.get_help()).map(ToString::to_string).unwrap_or_default(),
                default: default.filter(|default| !default.is_empty()),
                key,
            }
        };
        defaults.into_iter().map(declare).collect()
    });
    &ALL
}

/// Gives a flag its environment variable, and its help the default; other flags stay as they are.
pub fn dress(flag: clap::Arg) -> clap::Arg {
    let Some(setting) = declared().iter().find(|setting| flag.get_long() == Some(setting.key.as_str())) else {
        return flag;
    };
    let help = match &setting.default {
        Some(default) => format!("{} [default: {default}]", setting.help),
        None => setting.help.clone(),
    };
    // What stands in a variable may be a secret.
    flag.env(setting.env.as_str()).hide_env_values(true).help(help)
}

fn key_of(field: &str) -> String {
    field.replace('_', "-")
}

/// The data folder's variable has a name of its own: `RIDEALONG_DATA` tells the tests where public corpora lie.
fn env_of(key: &str) -> String {
    match key {
        "data" => "RIDEALONG_DATA_DIR".to_owned(),
        key => format!("RIDEALONG_{}", key.to_ascii_uppercase().replace('-', "_")),
    }
}
