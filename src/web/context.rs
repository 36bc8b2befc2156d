use super::feed_tokens::FeedKey;
use super::limits::Limits;
use super::openid::OpenId;
use super::passwords;
use crate::clock::Clock;
use crate::desk::Desk;
use crate::model::{Coverage, Digest, Email, IsoWeek, Post, Rep, SourceSet, Stage};
use crate::render::Links;
use crate::search::Library;
use crate::store::{self, Store};
use async_trait::async_trait;
use ipnet::IpNet;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};
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
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The address under which people reach the pages; `https` makes cookies Secure.
    pub public_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The company's provider, at which reps may sign in; none where none is set up.
    pub openid: Option<Arc<OpenId>>,
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

    /// The running set of sources.
    fn sources(&self) -> Arc<SourceSet>;
}

/// Sends a sign-in link to its rep.
#[async_trait]
pub trait LinkMailer: Send + Sync + 'static {
    /// Hands the link over for sending; the page does not wait for the relay and does not tell whether it worked.
    async fn send_link(&self, rep: &Rep, link: &str, expires_at: Timestamp);
}

/// The state that handlers share.
pub(super) struct App {
    pub(super) context: Context,
    pub(super) links: Links,
    pub(super) limits: Limits,
    /// Turns of hashing a password.
    pub(super) hashing: Semaphore,
    feed_key: OnceCell<FeedKey>,
}

impl App {
    pub(super) fn new(context: Context) -> Self {
        Self {
            links: Links::new(&context.public_url),
            limits: Limits::new(Arc::clone(&context.clock)),
            hashing: Semaphore::new(passwords::AT_ONCE),
            feed_key: OnceCell::new(),
            context,
        }
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.context.store.as_ref()
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

    /// The rep with this address.
    pub(super) async fn find_rep(&self, email: &Email) -> store::Result<Option<Rep>> {
        self.store().find_rep(email).await
    }
}
