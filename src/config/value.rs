//! The kinds of values that settings have: how each is written, read and shown.

use super::{ConfigError, LogFormat, Secret, secret};
use serde::{Deserialize, Deserializer, de};
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// What every kind of value can do.
pub(super) trait Value {
    /// How `ridealong config` shows it; never a secret.
    fn shown(&self) -> String;

    /// Reads what stands in a file of its own.
    ///
    /// # Errors
    /// The file cannot be read; `key` names the setting.
    fn load(&mut self, _key: &str) -> Result<(), ConfigError> {
        Ok(())
    }
}

/// A length of time: `500ms`, `20s`, `30m`, `1h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A number of bytes: `10MiB`, `64KiB`, `4096`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub usize);

/// Several words: with commas between them, or in the config file as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

/// A file whose content is the setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    file: PathBuf,
    text: Option<Secret>,
}

impl FileText {
    /// What the file holds; none before it was read.
    pub(super) fn text(&self) -> Option<&Secret> {
        self.text.as_ref()
    }
}

/// A file whose content is a secret and that nobody but its owner may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateText(FileText);

impl PrivateText {
    /// What the file holds; none before it was read.
    pub(super) fn text(&self) -> Option<&Secret> {
        self.0.text()
    }
}

impl FromStr for PrivateText {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        text.parse().map(Self)
    }
}

impl Value for PrivateText {
    fn shown(&self) -> String {
        self.0.shown()
    }

    fn load(&mut self, key: &str) -> Result<(), ConfigError> {
        /// Permissions of the group and of everybody.
        const OTHERS: u32 = 0o077;
        let file = self.0.file.display();
        let mode = std::fs::metadata(&self.0.file)
            .map_err(|error| ConfigError(format!("{key}: {file} cannot be read: {error}")))?
            .permissions()
            .mode();
        if mode & OTHERS != 0 {
            return Err(ConfigError(format!(
                "{key}: {file} holds a secret that others on this machine can read (mode {:o}); make it private with `chmod 600 {file}`",
                mode & 0o777
            )));
        }
        self.0.load(key)
    }
}

/// Units of time in milliseconds, largest first.
const SPAN_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of bytes, largest first.
const BYTE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)];

/// A whole number and its unit.
fn measured(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that leaves a whole number.
fn told(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = units.iter().find(|(_, factor)| amount >= *factor && amount.is_multiple_of(*factor));
    let (unit, factor) = fits.or(units.iter().find(|(unit, _)| *unit == "s")).copied().unwrap_or(("", 1));
    format!("{}{unit}", amount / factor)
}

impl FromStr for Span {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse =
            || ConfigError(format!("{text:?} is not a length of time; write it like 500ms, 20s, 30m, 1h or 7d"));
        measured(text, &SPAN_UNITS).map(|ms| Self(Duration::from_millis(ms))).ok_or_else(refuse)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&told(u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), &SPAN_UNITS))
    }
}

impl FromStr for Bytes {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let bytes = measured(text, &BYTE_UNITS).and_then(|bytes| usize::try_from(bytes).ok());
        bytes
            .map(Self)
            .ok_or_else(|| ConfigError(format!("{text:?} is not a size; write it like 10MiB, 64KiB or 4096")))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&told(self.0 as u64, &BYTE_UNITS))
    }
}

impl FromStr for Words {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Ok(Self(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()))
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl FromStr for FileText {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Ok(Self { file: PathBuf::from(text), text: None })
    }
}

/// Deserializes by `FromStr`, so that the file takes what a flag takes.
macro_rules! read_as_text {
    ($($kind:ty),+) => {$(
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}
read_as_text!(Span, Bytes, FileText, PrivateText);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            List(Vec<String>),
        }
        match Written::deserialize(deserializer)? {
            Written::Text(text) => text.parse().map_err(de::Error::custom),
            Written::List(words) => Ok(Self(words)),
        }
    }
}

macro_rules! shown_as_it_displays {
    ($($kind:ty),+) => {$(
        impl Value for $kind {
            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
shown_as_it_displays!(String, u64, usize, bool, LogFormat, Span, Bytes, Words);

impl Value for PathBuf {
    fn shown(&self) -> String {
        self.display().to_string()
    }
}

impl Value for Secret {
    fn shown(&self) -> String {
        secret::without_password(self.expose())
    }
}

impl Value for FileText {
    fn shown(&self) -> String {
        self.file.display().to_string()
    }

    fn load(&mut self, key: &str) -> Result<(), ConfigError> {
        self.text = Some(read(&self.file, key)?);
        Ok(())
    }
}

fn read(file: &Path, key: &str) -> Result<Secret, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError(format!("{key}: {} cannot be read: {error}", file.display())))?;
    Ok(Secret::new(text.trim()))
}

/// A value between two others, both included; the sentence names the setting otherwise.
pub(super) fn within<T: PartialOrd + fmt::Display>(key: &str, value: T, least: T, most: T) -> Result<T, ConfigError> {
    if value < least || value > most {
        return Err(ConfigError(format!("{key}: {value} is not between {least} and {most}")));
    }
    Ok(value)
}
