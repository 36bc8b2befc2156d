use super::Email;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The salesperson served. The address is the identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rep {
    /// Address and identity.
    pub email: Email,
    /// The name shown to people.
    pub name: String,
    /// Names under which the CRM knows the rep as an owner of deals.
    pub owners: Vec<String>,
    /// What the rep may do.
    pub role: Role,
    /// The team, where there are several.
    pub team: Option<String>,
    /// IANA zone, for example `Europe/Berlin`; checked when set.
    pub zone: String,
    /// When and whether the weekly mail comes.
    pub mail: MailSettings,
}

impl Rep {
    /// A rep with the defaults: role rep, UTC, mail on Monday 07:30.
    pub fn new(email: Email, name: impl Into<String>) -> Self {
        Self {
            email,
            name: name.into(),
            owners: Vec::new(),
            role: Role::Rep,
            team: None,
            zone: "UTC".to_owned(),
            mail: MailSettings::default(),
        }
    }

    /// The rep's time zone; UTC where the name is no longer known.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Whether deals of this CRM owner are this rep's: the address, the name or an alias, in any case.
    pub fn owns(&self, owner: &str) -> bool {
        let owner = owner.trim().to_lowercase();
        !owner.is_empty()
            && (owner == self.email.as_str()
                || owner == self.name.trim().to_lowercase()
                || self.owners.iter().any(|alias| alias.trim().to_lowercase() == owner))
    }
}

/// What a rep may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees what is theirs.
    #[default]
    Rep,
    /// Also sees the team's coverage.
    Manager,
    /// Also changes sources, reps, mappings and imports.
    Admin,
}

impl Role {
    /// The word that the command line and pages use.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Rep => "rep",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }
}

/// When and whether the weekly mail comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailSettings {
    /// Off after an unsubscribe or a hard bounce.
    pub enabled: bool,
    /// Local weekday.
    #[serde(with = "weekday_name")]
    pub weekday: Weekday,
    /// Local time.
    pub at: Time,
    /// First and last day without mail (out of office).
    pub away: Option<(Date, Date)>,
    /// Single days without mail.
    pub holidays: Vec<Date>,
    /// Whether the subject may name deals.
    pub subject_names_deals: bool,
    /// Why mail is off, where it was not the rep's own wish.
    pub stopped_because: Option<String>,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            weekday: Weekday::Monday,
            at: jiff::civil::time(7, 30, 0, 0),
            away: None,
            holidays: Vec::new(),
            subject_names_deals: false,
            stopped_because: None,
        }
    }
}

/// Weekdays as lower-case English names.
mod weekday_name {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];

    pub(super) fn serialize<S: Serializer>(day: &Weekday, serializer: S) -> Result<S::Ok, S::Error> {
        let name = NAMES.iter().find(|(_, known)| known == day).map_or("monday", |(name, _)| name);
        serializer.serialize_str(name)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weekday, D::Error> {
        let text = String::deserialize(deserializer)?;
        NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, day)| *day)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is not a weekday; write monday to sunday")))
    }
}
