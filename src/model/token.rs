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
    /// The API, the MCP server and the reader sync.
    Api(ApiScope),
}

/// What an API token allows; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", from = "KeptScope")]
pub enum ApiScope {
    /// Looking at what is the rep's own to see.
    Read,
    /// Also acting as the rep.
    Write,
    /// Also what an admin may do, for as long as its rep is one.
    Admin,
}

/// A scope as it is kept: its word, or the flag of the first version.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptScope {
    Word(ScopeWord),
    Flag { write: bool },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScopeWord {
    Read,
    Write,
    Admin,
}

impl From<KeptScope> for ApiScope {
    fn from(kept: KeptScope) -> Self {
        match kept {
            KeptScope::Word(ScopeWord::Read) | KeptScope::Flag { write: false } => ApiScope::Read,
            KeptScope::Word(ScopeWord::Write) | KeptScope::Flag { write: true } => ApiScope::Write,
            KeptScope::Word(ScopeWord::Admin) => ApiScope::Admin,
        }
    }
}

impl ApiScope {
    /// Every scope, the narrowest first.
    pub const ALL: [ApiScope; 3] = [ApiScope::Read, ApiScope::Write, ApiScope::Admin];

    /// The word that forms, the command line and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            ApiScope::Read => "read",
            ApiScope::Write => "write",
            ApiScope::Admin => "admin",
        }
    }

    /// The scope with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
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
    /// Everything, with the names of deals: the rep's own choice, for a reader that nobody else sees.
    Named,
    /// The team's plays of the week.
    Plays,
    /// A saved search, the newest first.
    Search {
        /// The words, as typed.
        words: String,
        /// Only what serves this stage.
        stage: Option<Stage>,
    },
}

impl Scope {
    /// Whether a feed of this scope also shows what a feed of the other one does.
    pub fn includes(&self, other: &Scope) -> bool {
        match self {
            Scope::All | Scope::Named => !matches!(other, Scope::Named | Scope::Search { .. }) || self == other,
            _ => self == other,
        }
    }
}
