use crate::model::{DealId, Email, PostId};
use crate::render::signed::{ANSWER_LIFE, LinkClaim, LinkKey, Offer, sign};
use jiff::Timestamp;
use url::Url;

/// Makes the addresses in one rep's mail: pages, and signed links that act after a confirmation.
#[derive(Clone, Debug)]
pub struct MailLinks {
    base: String,
    key: LinkKey,
    rep: Email,
    now: Timestamp,
}

impl MailLinks {
    /// Addresses below the installation's public URL for this rep's mail, written at `now`.
    pub fn new(public_url: &Url, key: &LinkKey, rep: &Email, now: Timestamp) -> Self {
        let base = public_url.as_str().trim_end_matches('/').to_owned();
        Self { base, key: key.clone(), rep: rep.clone(), now }
    }

    /// A page of the rep's own.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The page of a post.
    pub fn post(&self, id: &PostId) -> String {
        self.page(&format!("/posts/{id}"))
    }

    /// The page of a deal.
    pub fn deal(&self, id: &DealId) -> String {
        self.page(&format!("/deals/{id}"))
    }

    /// A page that asks once more and then acts by POST.
    pub fn act(&self, offer: Offer) -> String {
        let expires_at = self.now.checked_add(ANSWER_LIFE).ok();
        self.page(&format!("/act/{}", sign(&self.key, &LinkClaim { rep: self.rep.clone(), offer, expires_at })))
    }

    /// The text of the signed link that unsubscribes; it never expires, because old mails must keep their word.
    pub fn unsubscribe_token(&self) -> String {
        sign(&self.key, &LinkClaim { rep: self.rep.clone(), offer: Offer::Unsubscribe, expires_at: None })
    }

    /// Unsubscribes by POST without sign-in; GET shows a button.
    pub fn unsubscribe(&self) -> String {
        self.page(&format!("/u/{}", self.unsubscribe_token()))
    }
}
