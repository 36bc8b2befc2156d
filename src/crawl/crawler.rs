//! The crawler: asks a source with all manners, reads what comes, and says what to keep.

use super::asking::{self, Leisure};
use super::health::{self, Trouble};
use super::places::{self, Place};
use super::politeness::{Gates, HeldBack, group_of};
use super::reading::{self, Reading};
use super::robots::{Known, Robots};
use super::round::{Slot, Slots};
use super::schedule::{self, Bounds, Leave, ROBOTS, plus};
use super::social;
use crate::clock::Clock;
use crate::config::CrawlSettings;
use crate::model::{Comment, CommentsFrom, Health, Post, Source, SourceKind, SourceState, Validators};
use crate::net::{self, Client, Request, Response};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::Semaphore;
use url::Url;

/// Bodies above this many bytes are parsed off the threads that serve the network.
const PARSE_ASIDE_BYTES: usize = 256 * 1024;

/// How a source is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// A person asks: now, whatever the schedule says. Still conditionally where that is possible.
    pub asked: bool,
    /// A WebSub hub says that there is something new.
    pub pushed: bool,
    /// A WebSub subscription is active: polling is only the net below it.
    pub subscribed: bool,
}

/// What came of asking a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing has changed.
    Unchanged,
    /// The document was read.
    Read,
    /// It could not be read; the state says why.
    Failed,
    /// It was not asked: manners forbid it until `next_check_at`.
    NotYet,
}

/// What one crawl of one source brings.
#[derive(Clone, Debug)]
pub struct Crawled {
    /// What to remember, always.
    pub state: SourceState,
    /// What the document shows, untagged, oldest and newest alike: [`settle`](super::identity::settle) them.
    pub posts: Vec<Post>,
    /// Comments on those posts.
    pub comments: Vec<Comment>,
    /// The identities of everything that the source holds, where it tells: what is not among them was deleted there.
    pub present: Option<HashSet<String>>,
    /// What came of it.
    pub outcome: Outcome,
    /// The host that was asked.
    pub host: String,
    /// Whether it stayed silent, so that it may be our own network that fails.
    pub silent: bool,
}

/// Crawls sources. Cheap to clone; clones share rate groups and what robots.txt files say.
#[derive(Clone)]
pub struct Crawler(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub client: Client,
    pub settings: CrawlSettings,
    pub clock: Arc<dyn Clock>,
    pub gates: Gates,
    pub robots: Robots,
    /// Requests in flight, over all hosts.
    pub in_flight: Semaphore,
}

/// What asking brought, before it is read.
enum Answer {
    Unchanged(Response),
    Document(Response),
    Trouble(Trouble),
}

impl Crawler {
    /// A crawler that goes out through this client.
    pub fn new(client: Client, settings: CrawlSettings, clock: Arc<dyn Clock>) -> Self {
        Self::through(Gates::default(), client, settings, clock)
    }

    /// The same with gates of its own, of a process that is not the only one to crawl, say.
    pub fn through(gates: Gates, client: Client, settings: CrawlSettings, clock: Arc<dyn Clock>) -> Self {
        let in_flight = Semaphore::new(settings.in_flight_max.max(1));
        Self(Arc::new(Inner { client, settings, clock, gates, robots: Robots::default(), in_flight }))
    }

    /// Asks one source, and reads what comes. Never fails: the state says what went wrong.
    pub async fn crawl(&self, source: &Source, state: &SourceState, how: How) -> Crawled {
        self.crawl_within(source, state, how, &Slots::default()).await.0
    }

    /// The same within the workers of a round; the worker stays taken until what was read has been handed over.
    pub(super) async fn crawl_within(
        &self,
        source: &Source,
        state: &SourceState,
        how: How,
        slots: &Slots,
    ) -> (Crawled, Slot) {
        let mut state = asking::begin(source, state);
        state.source_id = source.id.clone();
        if let Some(place) = places::of_source(source) {
            let slot = slots.take().await;
            if !slots.may_ask(&source.id).await {
                return (Crawled::of(state, Outcome::NotYet, String::new()), slot);
            }
            return (self.crawl_place(source, state, place).await, slot);
        }
        let listed = social::address(source).filter(|_| state.url.is_none());
        let url = match listed.map_or_else(|| Url::parse(asking::address(source, &state)), Ok) {
            Ok(url) => url,
            Err(error) => {
                let cause = format!("{} is no address ({error}); correct it in sources.yaml", source.url);
                let crawled = self.failed(state, source, Trouble::new(Health::Unreachable, cause), String::new());
                return (crawled, Slot::default());
            }
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        if !how.asked
            && !how.pushed
            && let Leave::NotBefore(from) = schedule::leave(&state, self.bounds(), self.now())
        {
            state.next_check_at = Some(state.next_check_at.map_or(from, |next| next.max(from)));
            return (Crawled::of(state, Outcome::NotYet, host), Slot::default());
        }
        let mut pass = match self.0.gates.enter(&group_of(&url, source, &self.0.settings)).await {
            Ok(pass) => pass,
            Err(HeldBack { wait }) => {
                let wait = SignedDuration::try_from(wait).unwrap_or(schedule::SLOW_DOWN_MAX);
                state.next_check_at = Some(schedule::after(wait, self.now(), schedule::jitter(&source.id, self.now())));
                return (Crawled::of(state, Outcome::NotYet, host), Slot::default());
            }
        };
        let mut slot = slots.take().await;
        if !slots.may_ask(&source.id).await {
            return (Crawled::of(state, Outcome::NotYet, host), slot);
        }
        let answer = slot.while_waiting(self.ask(source, &mut state, &url)).await;
        if let Answer::Trouble(trouble) = &answer
            && trouble.health == Health::SlowDown
        {
            pass.hold_back(trouble.patience());
        }
        let answer = slot.while_waiting(self.ask_robots(source, &mut state, &url, answer)).await;
        drop(pass);
        slot.retake(slots).await;
        let mut crawled = self.conclude(source, state, &url, answer, how).await;
        if let CommentsFrom::Url(address) = &source.comments
            && crawled.outcome == Outcome::Read
        {
            crawled.comments.extend(self.comments_of_site(source, address, &crawled.posts).await);
        }
        (crawled, slot)
    }

    /// A source that is no single document: a wiki, a folder of mail.
    async fn crawl_place(&self, source: &Source, mut state: SourceState, place: Place) -> Crawled {
        let host = Url::parse(&source.url).map(|url| host_of(&url)).unwrap_or_default();
        let at_hand = matches!(place, Place::Folder(_) | Place::Mails(_));
        let read = self.read_place(source, &mut state, place).await;
        let now = self.now();
        let mut crawled = Crawled::of(SourceState::default(), Outcome::Unchanged, host);
        match read {
            Err(trouble) => return self.failed(state, source, trouble, crawled.host),
            Ok(None) => {}
            Ok(Some(Reading { told, posts, comments, present })) => {
                asking::remember_told(&mut state, told, now);
                crawled.present = present;
                (crawled.posts, crawled.comments, crawled.outcome) = (posts, comments, Outcome::Read);
            }
        }
        state.checked_at = Some(now);
        asking::succeed(&mut state, source, None, None, Leisure { pushed: false, at_hand, bounds: self.bounds() }, now);
        crawled.state = state;
        crawled
    }

    /// One request, conditional where possible.
    async fn ask(&self, source: &Source, state: &mut SourceState, url: &Url) -> Answer {
        let now = self.now();
        let first = source.kind == SourceKind::Page || state.robots_forbid;
        if first && net::guard::judge(url, &source.allow_net).is_ok() {
            // A page is asked for only after its robots.txt; of a feed that the team has listed it is asked behind it.
            self.learn_robots(source, state, url).await;
        }
        if state.robots_forbid {
            return Answer::Trouble(forbidden(url));
        }
        let request = Request {
            validators: state.validators.clone(),
            accept: if source.kind == SourceKind::Page { net::ACCEPT_PAGE } else { net::ACCEPT_FEED },
            allow_net: source.allow_net.clone(),
            ..Request::get(url.clone())
        };
        let conditional = request.validators != Validators::default();
        let _flying = self.0.in_flight.acquire().await;
        let response = match self.0.client.fetch(request).await {
            Ok(response) => response,
            Err(error) => return Answer::Trouble(health::of_error(&error)),
        };
        if let Some(trouble) = health::of_answer(&response, source.kind, now) {
            return Answer::Trouble(trouble);
        }
        if response.is_not_modified() {
            if conditional {
                return Answer::Unchanged(response);
            }
            let cause = format!(
                "{} says \"not modified\" though we asked without a condition; tell the publisher",
                host_of(url)
            );
            return Answer::Trouble(Trouble::new(Health::Unreachable, cause));
        }
        if !conditional {
            state.unconditional_at = Some(now);
        }
        Answer::Document(response)
    }

    /// Asks robots.txt once a day, right after a good answer and within the same pass.
    async fn ask_robots(&self, source: &Source, state: &mut SourceState, url: &Url, answer: Answer) -> Answer {
        if matches!(answer, Answer::Trouble(_)) {
            return answer;
        }
        self.learn_robots(source, state, url).await;
        if state.robots_forbid { Answer::Trouble(forbidden(url)) } else { answer }
    }

    async fn learn_robots(&self, source: &Source, state: &mut SourceState, url: &Url) {
        let now = self.now();
        if state.robots_checked_at.is_some_and(|at| plus(at, ROBOTS) > now) {
            return;
        }
        let robots = self.0.robots.ask(&self.0.client, url, &source.allow_net, self.0.clock.as_ref()).await;
        state.robots_forbid = match source.kind {
            SourceKind::Page => !robots.allow(url),
            _ => robots.forbid_feed(url),
        };
        // One that could not be asked is asked again with the next check, not tomorrow.
        state.robots_checked_at = (robots != Known::Unreachable).then_some(now).or(state.robots_checked_at);
    }

    /// Reads the answer and ends the check.
    async fn conclude(&self, source: &Source, mut state: SourceState, url: &Url, answer: Answer, how: How) -> Crawled {
        let now = self.now();
        let host = host_of(url);
        let (response, document) = match answer {
            Answer::Trouble(trouble) => return self.failed(state, source, trouble, host),
            Answer::Unchanged(response) => (response, false),
            Answer::Document(response) => (response, true),
        };
        let max_age_s = health::max_age_s(&response, now);
        let retry_after = health::retry_after(&response, now);
        let hash = document.then(|| body_hash(&response.body));
        let mut crawled = Crawled::of(SourceState::default(), Outcome::Unchanged, host);
        if document && state.body_hash == hash && hash.is_some() {
            asking::remember_validators(&mut state, &response);
            asking::remember_move(&mut state, url, &response, now);
        } else if document {
            asking::remember_move(&mut state, url, &response, now);
            let validators = response.validators.clone();
            match read_aside(source, response, now).await {
                Ok(Reading { told, posts, comments, .. }) => {
                    asking::remember_told(&mut state, told, now);
                    // Only now: validators stand for what has been read, and a login page must not become "unchanged".
                    (state.validators, state.body_hash) = (validators, hash);
                    (crawled.posts, crawled.comments, crawled.outcome) = (posts, comments, Outcome::Read);
                }
                Err(trouble) => return self.failed(state, source, trouble, crawled.host),
            }
        } else {
            asking::remember_validators(&mut state, &response);
            asking::remember_move(&mut state, url, &response, now);
        }
        state.checked_at = Some(now);
        let leisure = Leisure { pushed: how.subscribed, at_hand: false, bounds: self.bounds() };
        asking::succeed(&mut state, source, max_age_s, retry_after, leisure, now);
        crawled.state = state;
        crawled
    }

    fn failed(&self, mut state: SourceState, source: &Source, trouble: Trouble, host: String) -> Crawled {
        let now = self.now();
        state.checked_at = Some(now);
        asking::fail(&mut state, source, &trouble, now);
        Crawled { silent: trouble.may_be_ours, ..Crawled::of(state, Outcome::Failed, host) }
    }

    fn bounds(&self) -> Bounds {
        Bounds::of(&self.0.settings)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl Crawled {
    fn of(state: SourceState, outcome: Outcome, host: String) -> Self {
        Self { state, posts: Vec::new(), comments: Vec::new(), present: None, outcome, host, silent: false }
    }
}

/// Reads a document; a large one off the threads that serve the network.
async fn read_aside(source: &Source, response: Response, now: Timestamp) -> Result<Reading, Trouble> {
    if response.body.len() <= PARSE_ASIDE_BYTES {
        return reading::read(source, &response, now);
    }
    let source = source.clone();
    let reading = tokio::task::spawn_blocking(move || reading::read(&source, &response, now)).await;
    // The reading itself cannot fail; only a runtime that is shutting down takes the task away.
    reading.unwrap_or_else(|_| Err(Trouble::new(Health::Unreachable, "the program was stopped while reading it")))
}

fn forbidden(url: &Url) -> Trouble {
    let host = host_of(url);
    Trouble::new(
        Health::Blocked,
        format!("robots.txt of {host} does not let us read this address; ask the publisher, it is looked at daily"),
    )
}

pub(super) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// A fingerprint of a body, to know it again; no secret and no protection.
fn body_hash(body: &[u8]) -> String {
    format!("{:016x}", twox_hash::XxHash3_64::oneshot(body))
}
