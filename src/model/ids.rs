use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps an id that was made by this program or read back from the store.
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }

            /// The id as text; safe in an address for ids that `of` made.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// The stable key of a Source: letters, digits and dashes, as in `sources.yaml`.
    SourceId
);
id!(
    /// The stable identity of a Post: 24 hexadecimal digits, never changed by edits or new GUIDs. The first eight
    /// stand for the source that published it first, so that a source's posts lie together in every store.
    PostId
);
id!(
    /// The stable identity of a Comment: 16 hexadecimal digits.
    CommentId
);
id!(
    /// The identity of a Deal: 16 hexadecimal digits made of the CRM's name and its own id.
    DealId
);

/// 16 hexadecimal digits of a hash over the parts; a NUL between them keeps `("a","bc")` apart from `("ab","c")`.
fn digits(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl PostId {
    /// The id of the post that a source first published under this identity (guid, canonical URL, or a hash).
    pub fn of(source: &SourceId, identity: &str) -> Self {
        let own = digits(&["post", source.as_str(), identity]);
        Self(format!("{}{own}", Self::prefix_of(source)).into())
    }

    /// What the ids of a source's posts begin with. Two sources may share it, so it narrows and never proves.
    pub fn prefix_of(source: &SourceId) -> String {
        digits(&["source", source.as_str()])[..8].to_owned()
    }
}

impl CommentId {
    /// The id of a comment below a post, from the identity that its own stream gives it.
    pub fn of(post: &PostId, identity: &str) -> Self {
        Self(digits(&["comment", post.as_str(), identity]).into())
    }
}

impl DealId {
    /// The id of the deal that a CRM knows under `external_id`.
    pub fn of(crm: super::Crm, external_id: &str) -> Self {
        Self(digits(&["deal", crm.as_str(), external_id]).into())
    }
}

/// The address of a rep, lower-cased; also the rep's identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// A text that is not a usable mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEmail(pub String);

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a mail address; write it like name@example.com", self.0)
    }
}

impl std::error::Error for InvalidEmail {}

impl Email {
    /// The longest address taken, in bytes (RFC 5321, section 4.5.3.1.3: 256 with the angle brackets).
    pub const BYTES_MAX: usize = 254;

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for this rep in logs, which never hold addresses: `rep-` and eight hexadecimal digits.
    /// `ridealong reps list` tells whose it is.
    pub fn log_id(&self) -> String {
        format!("rep-{}", &digits(&["rep", &self.0])[..8])
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    /// Accepts one `local@domain` without spaces, control characters, quotes or angle brackets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let refuse = || InvalidEmail(text.chars().take(80).collect());
        let (local, domain) = text.rsplit_once('@').ok_or_else(refuse)?;
        let fits = text.len() <= Self::BYTES_MAX
            && !local.is_empty()
            && !domain.is_empty()
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..")
            && domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        if fits { Ok(Self(text.to_lowercase())) } else { Err(refuse()) }
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
