use super::{DealId, Email, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A secret that opens something, stored as its SHA-256 only (or, for feeds, as a revocable id).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// The key it is found by: the hex SHA-256 of the secret, or the id of a feed token.
    pub key: String,
    /// Whose.
    pub rep: Email,
    /// What it opens.
    pub purpose: TokenPurpose,
    /// The name that the rep gave it, or the browser of a session.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// After this it opens nothing; none is for ever.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenPurpose {
    /// A one-time link that signs in.
    SignIn,
    /// A browser's session.
    Session,
    /// A feed.
    Feed(Scope),
    /// A password: its argon2id hash opens nothing by itself, but is worth stealing.
    Password {
        /// In the PHC string format.
        hash: String,
    },
    /// The API, for reading or for writing too.
    Api {
        /// Whether it may write.
        write: bool,
    },
}

/// What a feed token shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything that the rep's feeds offer.
    All,
    /// One deal.
    Deal(DealId),
    /// One stage.
    Stage(Stage),
    /// What the rep saved.
    Saved,
}
