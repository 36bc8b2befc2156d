use super::{ConfigError, Secret};
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// One layer of settings, each of which may be absent: the file, or flags and environment together.
///
/// The doc comments are what `--help` shows. The data folder's variable is `RIDEALONG_DATA_DIR`, because
/// `RIDEALONG_DATA` tells the tests where public corpora lie.
#[derive(Clone, Debug, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[command(next_help_heading = "Settings (also as RIDEALONG_... and in the config file)")]
pub struct Layer {
    /// Folder of the store, mails and backups [default: data]
    #[arg(long, global = true, value_name = "DIR", env = "RIDEALONG_DATA_DIR")]
    pub data: Option<PathBuf>,

    /// The file of sources [default: sources.yaml]
    #[arg(long, global = true, value_name = "FILE", env = "RIDEALONG_SOURCES")]
    pub sources: Option<PathBuf>,

    /// Where things are kept: sled:DIR [default: sled:DATA/store]
    #[arg(long, global = true, value_name = "URL", env = "RIDEALONG_STORE")]
    pub store: Option<String>,

    /// Where the server listens [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS", env = "RIDEALONG_LISTEN")]
    pub listen: Option<String>,

    /// The address under which people reach the server [default: http://LISTEN]
    #[arg(long, global = true, value_name = "URL", env = "RIDEALONG_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// How mail goes out: smtp://..., smtps://..., file:DIR or off [default: off]
    #[arg(long, global = true, value_name = "URL", env = "RIDEALONG_MAIL", hide_env_values = true)]
    pub mail: Option<Secret>,

    /// A file that holds the mail setting, so that a password stands in no command line
    #[arg(long, global = true, value_name = "FILE", env = "RIDEALONG_MAIL_FILE", conflicts_with = "mail")]
    pub mail_file: Option<PathBuf>,

    /// The sender of every mail
    #[arg(long, global = true, value_name = "ADDRESS", env = "RIDEALONG_MAIL_FROM")]
    pub mail_from: Option<String>,

    /// The name under which the DKIM key is published: SELECTOR._domainkey.DOMAIN; needs --dkim-key-file
    #[arg(long, global = true, value_name = "SELECTOR", env = "RIDEALONG_DKIM_SELECTOR")]
    pub dkim_selector: Option<String>,

    /// The DKIM key, where the relay does not sign: RSA in PKCS#1 PEM, or an Ed25519 key in base64
    #[arg(long, global = true, value_name = "FILE", env = "RIDEALONG_DKIM_KEY_FILE")]
    pub dkim_key_file: Option<PathBuf>,

    /// What `dkim_key_file` holds, once it was read
    #[arg(skip)]
    #[serde(skip)]
    pub dkim_key: Option<Secret>,

    /// A maildir that gets what is sent to the sender's address: bounces, and mails that unsubscribe
    #[arg(long, global = true, value_name = "DIR", env = "RIDEALONG_MAIL_RETURNS")]
    pub mail_returns: Option<PathBuf>,

    /// Sources crawled at once [default: 16]
    #[arg(long, global = true, value_name = "N", env = "RIDEALONG_JOBS")]
    pub jobs: Option<usize>,

    /// Work that `serve` does: web,crawl,mail,sync [default: all]
    #[arg(long, global = true, value_name = "LIST", env = "RIDEALONG_ROLES")]
    pub roles: Option<String>,

    /// An address where publishers can reach you, sent in the User-Agent
    #[arg(long, global = true, value_name = "URL", env = "RIDEALONG_CONTACT")]
    pub contact: Option<String>,

    /// How log lines look: text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT", env = "RIDEALONG_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
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

    /// Reads what stands in files of its own (secrets) into the layer.
    ///
    /// # Errors
    /// A file that cannot be read, by name.
    pub fn load_secrets(mut self) -> Result<Self, ConfigError> {
        if let Some(file) = &self.mail_file {
            let text = std::fs::read_to_string(file)
                .map_err(|error| ConfigError(format!("mail-file: {} cannot be read: {error}", file.display())))?;
            self.mail = Some(Secret::new(text.trim()));
        }
        if let Some(file) = &self.dkim_key_file {
            let text = std::fs::read_to_string(file)
                .map_err(|error| ConfigError(format!("dkim-key-file: {} cannot be read: {error}", file.display())))?;
            self.dkim_key = Some(Secret::new(text.trim()));
        }
        Ok(self)
    }

    /// This layer where it says something, the weaker one elsewhere.
    pub(super) fn over(self, weaker: Self) -> Self {
        Self {
            data: self.data.or(weaker.data),
            sources: self.sources.or(weaker.sources),
            store: self.store.or(weaker.store),
            listen: self.listen.or(weaker.listen),
            public_url: self.public_url.or(weaker.public_url),
            mail: self.mail.or(weaker.mail),
            mail_file: self.mail_file.or(weaker.mail_file),
            mail_from: self.mail_from.or(weaker.mail_from),
            dkim_selector: self.dkim_selector.or(weaker.dkim_selector),
            dkim_key_file: self.dkim_key_file.or(weaker.dkim_key_file),
            dkim_key: self.dkim_key.or(weaker.dkim_key),
            mail_returns: self.mail_returns.or(weaker.mail_returns),
            jobs: self.jobs.or(weaker.jobs),
            roles: self.roles.or(weaker.roles),
            contact: self.contact.or(weaker.contact),
            log_format: self.log_format.or(weaker.log_format),
        }
    }
}
