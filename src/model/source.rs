use super::{SourceId, Stage};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// One entry of `sources.yaml`: where to look, how, and how often. Checked when it is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The stable key: letters, digits and dashes.
    pub id: SourceId,
    /// The name shown to people.
    pub name: String,
    /// How the source is read.
    pub kind: SourceKind,
    /// Where it is read; for `wiki` and `maildir` also a folder on this machine (`file:` URL or path).
    pub url: String,
    /// Where the adaptive interval starts, in seconds.
    pub check_every_s: u64,
    /// Whether articles are fetched in full where the feed gives a summary only.
    pub full_text: bool,
    /// Where the comment stream is found.
    pub comments: CommentsFrom,
    /// What kind of mentor publishes here.
    pub mentor_role: MentorRole,
    /// A prior for the tagger, never a verdict.
    pub stages: Vec<Stage>,
    /// How much the team trusts the source, 0 to 1.
    pub trust: f32,
    /// Who may see what comes from here.
    pub audience: Audience,
    /// Internal address ranges that this source alone may reach.
    pub allow_net: Vec<IpNet>,
    /// A named rate group; sources of one group share one request at a time.
    pub rate_group: Option<String>,
    /// CSS selectors, for `kind: page`.
    pub selectors: Option<Selectors>,
    /// Whether it is left alone until a person asks for it.
    #[serde(default)]
    pub paused: bool,
    /// Where the entry stands in the file, for messages.
    pub span: Option<Span>,
}

/// Line and column in a file, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

/// The running set of sources, as last loaded without an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSet {
    /// In the order of the file.
    pub sources: Vec<Source>,
}

impl SourceSet {
    /// The source with this key.
    pub fn find(&self, id: &SourceId) -> Option<&Source> {
        let finds = Source::finds();
        self.sources.iter().find(|source| &source.id == id).or_else(|| (&finds.id == id).then_some(finds))
    }
}

/// The id of the source that is in no file; `sources.yaml` may not use it.
pub const FINDS: &str = "finds";

impl Source {
    /// The source of what reps find elsewhere and hand in. Each of its posts carries its own audience.
    pub fn finds() -> &'static Source {
        static FOUND: LazyLock<Source> = LazyLock::new(|| Source {
            id: SourceId::new(FINDS),
            name: "Colleagues’ finds".to_owned(),
            kind: SourceKind::Find,
            url: String::new(),
            check_every_s: 0,
            full_text: true,
            comments: CommentsFrom::Auto,
            mentor_role: MentorRole::Peer,
            stages: Vec::new(),
            trust: 0.7,
            audience: Audience::Everyone,
            allow_net: Vec::new(),
            rate_group: None,
            selectors: None,
            paused: false,
            span: None,
        });
        &FOUND
    }
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each variant is the word that sources.yaml uses")]
pub enum SourceKind {
    Feed,
    Page,
    Wiki,
    Reddit,
    Mastodon,
    Bluesky,
    Hackernews,
    Youtube,
    Podcast,
    Maildir,
    /// What a rep handed in; never in `sources.yaml`.
    Find,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [SourceKind; 10] = [
        SourceKind::Feed,
        SourceKind::Page,
        SourceKind::Wiki,
        SourceKind::Reddit,
        SourceKind::Mastodon,
        SourceKind::Bluesky,
        SourceKind::Hackernews,
        SourceKind::Youtube,
        SourceKind::Podcast,
        SourceKind::Maildir,
    ];

    /// The word that `sources.yaml` and JSON use.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Feed => "feed",
            SourceKind::Page => "page",
            SourceKind::Wiki => "wiki",
            SourceKind::Reddit => "reddit",
            SourceKind::Mastodon => "mastodon",
            SourceKind::Bluesky => "bluesky",
            SourceKind::Hackernews => "hackernews",
            SourceKind::Youtube => "youtube",
            SourceKind::Podcast => "podcast",
            SourceKind::Maildir => "maildir",
            SourceKind::Find => "find",
        }
    }
}

/// What kind of mentor publishes in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each variant is the word that sources.yaml uses")]
pub enum MentorRole {
    Practitioner,
    Trainer,
    Analyst,
    Vendor,
    Peer,
    Wiki,
}

impl MentorRole {
    /// The word that `sources.yaml` and pages use.
    pub fn as_str(self) -> &'static str {
        match self {
            MentorRole::Practitioner => "practitioner",
            MentorRole::Trainer => "trainer",
            MentorRole::Analyst => "analyst",
            MentorRole::Vendor => "vendor",
            MentorRole::Peer => "peer",
            MentorRole::Wiki => "wiki",
        }
    }
}

/// Where a source's comment streams are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommentsFrom {
    /// Whatever the feed or the page names.
    Auto,
    /// None are fetched.
    Off,
    /// One comment feed for the whole source.
    Url(String),
}

/// Who may see something: everyone of the installation, or one team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Audience {
    /// Every rep.
    #[default]
    Everyone,
    /// The reps of this team, and admins.
    Team(String),
}

impl Audience {
    /// Whether a rep of `team` may see it.
    pub fn includes(&self, team: Option<&str>) -> bool {
        match self {
            Audience::Everyone => true,
            Audience::Team(name) => team == Some(name.as_str()),
        }
    }
}

impl From<String> for Audience {
    fn from(text: String) -> Self {
        if text.is_empty() || text == "everyone" { Audience::Everyone } else { Audience::Team(text) }
    }
}

impl From<Audience> for String {
    fn from(audience: Audience) -> Self {
        audience.to_string()
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Audience::Everyone => f.write_str("everyone"),
            Audience::Team(name) => f.write_str(name),
        }
    }
}

/// CSS selectors for a page without a feed. `items` finds the posts, the others look inside one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selectors {
    /// One element per post on the list page.
    pub items: String,
    /// The link to the post; the item's first link where absent.
    pub link: Option<String>,
    /// The title; the link's text where absent.
    pub title: Option<String>,
    /// The date, as text or in `datetime`.
    pub date: Option<String>,
    /// The body on the post's own page; found by the article extractor where absent.
    pub content: Option<String>,
    /// One element per comment on the post's own page.
    pub comments: Option<String>,
}
