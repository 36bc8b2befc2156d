use crate::model::{CommentId, DealId, IsoWeek, PostId, Stage};
use url::Url;

/// Makes the absolute addresses that mail, feeds and text carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    base: String,
}

impl Links {
    /// Addresses below the installation's public URL.
    pub fn new(public_url: &Url) -> Self {
        Self { base: public_url.as_str().trim_end_matches('/').to_owned() }
    }

    /// The address of a root-relative path.
    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The page of a post.
    pub fn post(&self, id: &PostId) -> String {
        self.to(&format!("/posts/{id}"))
    }

    /// A comment on the page of its post.
    pub fn comment(&self, post: &PostId, id: &CommentId) -> String {
        self.to(&format!("/posts/{post}#comment-{id}"))
    }

    /// The page of a deal.
    pub fn deal(&self, id: &DealId) -> String {
        self.to(&format!("/deals/{id}"))
    }

    /// The library of a stage.
    pub fn stage(&self, stage: Stage) -> String {
        self.to(&format!("/stages/{stage}"))
    }

    /// The digest of a week.
    pub fn digest(&self, week: IsoWeek) -> String {
        self.to(&format!("/digest/{week}"))
    }

    /// The public URL itself, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }
}

/// The address where it leads to a web page or file: `http` and `https` only, never `javascript:` or `data:`.
pub fn outside(url: &str) -> Option<&str> {
    let scheme = url.split_once("://")?.0;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(url)
}
