use super::conditional::Told;
use super::feed_tokens::FeedKey;
use super::limits::Limits;
use super::openid::OpenId;
use super::passwords;
use crate::clock::Clock;
use crate::desk::Desk;
use crate::metrics::Metrics;
use crate::model::{Coverage, Digest, Email, IsoWeek, Post, Rep, SourceSet, Stage};
use crate::render::Links;
use crate::search::Library;
use crate::store::{self, Store};
use async_trait::async_trait;
use ipnet::IpNet;
use jiff::Timestamp;
use std::collections::HashMap;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, OnceCell, Semaphore};
use url::Url;

/// What the pages need of the rest of the program.
#[derive(Clone)]
pub struct Context {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Takes deals in and maps their stages.
    pub desk: Arc<Desk>,
    /// The full-text index.
    pub library: Arc<Library>,
    /// Builds digests.
    pub builder: Arc<dyn Builder>,
    /// Sends sign-in links; none where no mail is set up.
    pub mailer: Option<Arc<dyn LinkMailer>>,
    /// The sender of every mail.
    pub mail_from: Email,
    /// Notified when a page has taken down a wish for a mail, so that it does not wait for the mail job's next round.
    pub mail_asked: Arc<Notify>,
    /// What the process counts.
    pub metrics: Arc<Metrics>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The address under which people reach the pages; `https` makes cookies Secure.
    pub public_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Internal ranges that webhooks may lead to.
    pub hook_allow_net: Vec<IpNet>,
    /// The company's provider, at which reps may sign in; none where none is set up.
    pub openid: Option<Arc<OpenId>>,
    /// The folder of playbook pages; they are downloaded where there is none.
    pub playbook: Option<PathBuf>,
}

/// What the pages ask of the place that knows all posts. Nothing here waits for the network.
#[async_trait]
pub trait Builder: Send + Sync + 'static {
    /// The digest of a rep and week from what is known now. Saves nothing.
    async fn build(&self, rep: &Rep, week: IsoWeek) -> store::Result<Digest>;

    /// The best posts of a stage that this rep may see, best first, at most `max`.
    async fn library(&self, stage: Stage, rep: &Rep, max: usize) -> store::Result<Vec<Post>>;

    /// How much a team has to read for each stage, in pipeline order.
    fn coverage(&self, team: Option<&str>) -> Vec<Coverage>;

    /// Grows whenever a post that it knows changes; none where it does not tell.
    fn version(&self) -> Option<u64> {
        None
    }

    /// The running set of sources.
    fn sources(&self) -> Arc<SourceSet>;
}

/// Sends a sign-in link to its rep.
#[async_trait]
pub trait LinkMailer: Send + Sync + 'static {
    /// Hands the link over for sending; the page does not wait for the relay and does not tell whether it worked.
    async fn send_link(&self, rep: &Rep, link: &str, expires_at: Timestamp);
}

/// The weeks before the named one that have a digest, newest first.
type Earlier = (IsoWeek, Arc<[IsoWeek]>);

/// The state that handlers share.
pub(super) struct App {
    pub(super) context: Context,
    pub(super) links: Links,
    /// Turns of hashing a password.
    pub(super) hashing: Semaphore,
    /// Turns of searching: more at once than there are cores would only keep each other waiting.
    pub(super) searching: Semaphore,
    /// By rep.
    earlier: Mutex<HashMap<Email, Earlier>>,
    /// What feed readers were told last.
    pub(super) told: Told,
    feed_key: OnceCell<FeedKey>,
}

impl App {
    pub(super) fn new(context: Context) -> Self {
        Self {
            links: Links::new(&context.public_url),
            hashing: Semaphore::new(passwords::AT_ONCE),
            searching: Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)),
            earlier: Mutex::default(),
            told: Told::default(),
            feed_key: OnceCell::new(),
            context,
        }
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.context.store.as_ref()
    }

    /// How often who may do what, as of now.
    pub(super) fn limits(&self) -> Limits<'_> {
        Limits { store: self.store(), now: self.now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// Whether people reach us by https, so that cookies are for https alone.
    pub(super) fn is_https(&self) -> bool {
        self.context.public_url.scheme() == "https"
    }

    /// The secret behind the addresses of feeds; made and saved once per installation.
    pub(super) async fn feed_key(&self) -> store::Result<&FeedKey> {
        self.feed_key.get_or_try_init(|| FeedKey::load(self.store())).await
    }

    /// The weeks between `after` and `week` that have a digest of this rep, newest first. No digest is ever added to
    /// a week that is over, so this is read from the store once a week and rep: a digest is large.
    pub(super) async fn earlier(&self, rep: &Email, week: IsoWeek, after: IsoWeek) -> store::Result<Arc<[IsoWeek]>> {
        /// Reps remembered before all are forgotten.
        const REPS_MAX: usize = 20_000;
        let known = self.earlier.lock().unwrap_or_else(PoisonError::into_inner).get(rep).cloned();
        if let Some((_, weeks)) = known.filter(|(of, _)| *of == week) {
            return Ok(weeks);
        }
        let digests = self.store().list_digests(rep, Some(after)).await?;
        let weeks: Arc<[IsoWeek]> =
            digests.iter().rev().map(|digest| digest.week).filter(|found| *found < week).collect();
        let mut remembered = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REPS_MAX {
            remembered.clear();
        }
        remembered.insert(rep.clone(), (week, Arc::clone(&weeks)));
        Ok(weeks)
    }

    /// The rep with this address.
    pub(super) async fn find_rep(&self, email: &Email) -> store::Result<Option<Rep>> {
        self.store().find_rep(email).await
    }
}
