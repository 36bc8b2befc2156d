//! A month of 2,000 sources in seconds: real gates, real schedule, a clock that jumps, and servers made of numbers.

use crate::helpers::crawling::feed;
use crate::helpers::make::now as begin;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use ridealong::config::CrawlSettings;
use ridealong::crawl::asking::{self, Leisure};
use ridealong::crawl::health::Trouble;
use ridealong::crawl::politeness::{Gates, HeldBack, group_of};
use ridealong::crawl::schedule::{self, Bounds, Leave};
use ridealong::model::{Health, Source, SourceId, SourceState, Validators};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};
use url::Url;

const SOURCES: usize = 2_000;
const DAYS: i64 = 30;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How the server of a source behaves.
#[derive(Clone, Copy)]
enum Server {
    /// Answers; a post every so many hours.
    Good { post_every_h: i64 },
    /// Never answers.
    Dead,
    /// 410.
    Gone,
    /// Answers 429 now and then.
    Touchy,
}

/// What was seen of the traffic.
#[derive(Default)]
struct Traffic {
    in_flight: HashMap<String, usize>,
    in_flight_max: usize,
    together: usize,
    together_max: usize,
    last_end: HashMap<String, Instant>,
    gap_least_ms: HashMap<String, u128>,
    per_minute: Vec<u32>,
    asked_at: Vec<Vec<Timestamp>>,
}

impl Traffic {
    fn start(&mut self, group: &str, source: usize, elapsed: Duration, at: Timestamp) {
        let flying = self.in_flight.entry(group.to_owned()).or_default();
        *flying += 1;
        self.in_flight_max = self.in_flight_max.max(*flying);
        self.together += 1;
        self.together_max = self.together_max.max(self.together);
        if let Some(end) = self.last_end.get(group) {
            let gap = end.elapsed().as_millis();
            let least = self.gap_least_ms.entry(group.to_owned()).or_insert(gap);
            *least = gap.min(*least);
        }
        let minute = usize::try_from(elapsed.as_secs() / 60).unwrap();
        if self.per_minute.len() <= minute {
            self.per_minute.resize(minute + 1, 0);
        }
        self.per_minute[minute] += 1;
        self.asked_at[source].push(at);
    }

    fn end(&mut self, group: &str) {
        if let Some(flying) = self.in_flight.get_mut(group) {
            *flying -= 1;
        }
        self.together -= 1;
        self.last_end.insert(group.to_owned(), Instant::now());
    }
}

/// Most have a host of their own; 200 share one, and 20 are of a platform that wants one request a minute.
fn source(n: usize, random: &mut StdRng) -> (Source, Server) {
    let url = match n {
        0..200 => format!("https://hub.example/feed/{n}"),
        200..220 => format!("https://www.reddit.com/r/sales{n}/.rss"),
        _ => format!("https://host{n}.example/feed"),
    };
    let server = match random.random_range(0..100) {
        0..3 => Server::Dead,
        3..4 => Server::Gone,
        4..8 => Server::Touchy,
        8..30 => Server::Good { post_every_h: random.random_range(4..24) },
        _ => Server::Good { post_every_h: random.random_range(24..400) },
    };
    (Source { id: SourceId::new(format!("source-{n}")), ..feed(&url) }, server)
}

struct World {
    started: Instant,
    gates: Gates,
    settings: CrawlSettings,
    sources: Vec<(Source, Server)>,
    traffic: RefCell<Traffic>,
    states: RefCell<Vec<SourceState>>,
    random: RefCell<StdRng>,
}

impl World {
    fn now(&self) -> Timestamp {
        begin() + SignedDuration::try_from(self.started.elapsed()).unwrap()
    }

    /// One check of one source, in the order in which the crawler does it.
    async fn check(&self, n: usize) {
        let (source, server) = &self.sources[n];
        let mut state = self.states.borrow()[n].clone();
        if let Leave::NotBefore(from) = schedule::leave(&state, Bounds::default(), self.now()) {
            state.next_check_at = Some(state.next_check_at.map_or(from, |next| next.max(from)));
            self.states.borrow_mut()[n] = state;
            return;
        }
        let group = group_of(&Url::parse(&source.url).unwrap(), source, &self.settings);
        let mut pass = match self.gates.enter(&group).await {
            Ok(pass) => pass,
            Err(HeldBack { wait }) => {
                let wait = SignedDuration::try_from(wait).unwrap();
                state.next_check_at = Some(schedule::after(wait, self.now(), schedule::jitter(&source.id, self.now())));
                self.states.borrow_mut()[n] = state;
                return;
            }
        };
        self.traffic.borrow_mut().start(&group.key, n, self.started.elapsed(), self.now());
        let (latency_ms, luck) = {
            let mut random = self.random.borrow_mut();
            (random.random_range(50..3_000), random.random_range(0..100))
        };
        sleep(Duration::from_millis(latency_ms)).await;
        self.traffic.borrow_mut().end(&group.key);
        let now = self.now();
        let trouble = match server {
            Server::Dead => Some(Trouble::new(Health::Unreachable, "no answer")),
            Server::Gone => Some(Trouble::new(Health::Gone, "gone")),
            Server::Touchy if luck < 20 => {
                let trouble = Trouble::new(Health::SlowDown, "429");
                pass.hold_back(trouble.patience());
                Some(trouble)
            }
            Server::Good { .. } if luck == 0 => Some(Trouble::new(Health::Unreachable, "503")),
            _ => None,
        };
        drop(pass);
        state.checked_at = Some(now);
        match trouble {
            Some(trouble) => asking::fail(&mut state, source, &trouble, now),
            None => {
                let every = if let Server::Good { post_every_h } = server { *post_every_h } else { 12 };
                let newest = now.as_second() / (every * 3600) * (every * 3600);
                state.recent_at = (0..20).map(|k| Timestamp::from_second(newest - k * every * 3600).unwrap()).collect();
                state.validators = Validators { etag: Some("\"v\"".to_owned()), last_modified: None };
                asking::succeed(&mut state, source, None, None, Leisure::default(), now);
            }
        }
        self.states.borrow_mut()[n] = state;
    }
}

#[tokio::test(start_paused = true)]
async fn a_month_of_2000_sources_has_no_burst_no_lock_step_and_no_forgotten_source() {
    let mut random = StdRng::seed_from_u64(7);
    let sources: Vec<_> = (0..SOURCES).map(|n| source(n, &mut random)).collect();
    let world = Rc::new(World {
        started: Instant::now(),
        gates: Gates::default(),
        settings: CrawlSettings::default(),
        states: RefCell::new(sources.iter().map(|(source, _)| SourceState::new(source.id.clone())).collect()),
        traffic: RefCell::new(Traffic { asked_at: vec![Vec::new(); SOURCES], ..Traffic::default() }),
        random: RefCell::new(random),
        sources,
    });
    let end = begin() + HOUR * 24 * i32::try_from(DAYS).unwrap();
    LocalSet::new()
        .run_until(async {
            // The earliest first; a source is out of the queue while it is being asked.
            let queue: BinaryHeap<Reverse<(Timestamp, usize)>> = (0..SOURCES).map(|n| Reverse((begin(), n))).collect();
            let queue = Rc::new(RefCell::new(queue));
            while world.now() < end {
                let now = world.now();
                loop {
                    let next = queue.borrow().peek().copied();
                    let Some(Reverse((_, n))) = next.filter(|Reverse((at, _))| *at <= now) else { break };
                    queue.borrow_mut().pop();
                    let (world, queue) = (world.clone(), queue.clone());
                    tokio::task::spawn_local(async move {
                        world.check(n).await;
                        let next = world.states.borrow()[n].next_check_at.unwrap_or(begin());
                        queue.borrow_mut().push(Reverse((next, n)));
                    });
                }
                sleep(Duration::from_secs(30)).await;
            }
        })
        .await;
    let traffic = world.traffic.borrow();
    let requests: usize = traffic.asked_at.iter().map(Vec::len).sum();
    // The first three days settle; after that the load has to be even, though all sources began in the same second.
    let settled = &traffic.per_minute[3 * 24 * 60..];
    let mean = f64::from(settled.iter().sum::<u32>()) / settled.len() as f64;
    let busiest = settled.iter().copied().max().unwrap_or_default();
    let longest = |n: usize| {
        let asked = &traffic.asked_at[n];
        let ends = [asked.last().copied().unwrap_or(begin()), end];
        let gaps = asked.windows(2).map(|pair| pair[1].duration_since(pair[0]));
        gaps.chain([ends[1].duration_since(ends[0])]).max().unwrap_or_default()
    };
    let silence = |wanted: fn(&Server) -> bool| {
        (0..SOURCES).filter(|n| wanted(&world.sources[*n].1)).map(longest).max().unwrap_or_default()
    };
    let good = silence(|server| matches!(server, Server::Good { .. }));
    let dead = silence(|server| matches!(server, Server::Dead | Server::Gone));
    let least_gap = |group: &str| traffic.gap_least_ms.get(group).copied().unwrap_or_default();
    println!(
        "{SOURCES} sources, {DAYS} days: {requests} requests ({:.1} a source and day); at most {} at once for a host, \
         {} over all; {mean:.1} a minute on average, {busiest} in the busiest after day 3; longest silence of a good \
         source {} h, of a dead one {} h; least gap on the shared host {} ms, on the one-a-minute platform {} ms",
        requests as f64 / SOURCES as f64 / DAYS as f64,
        traffic.in_flight_max,
        traffic.together_max,
        good.as_hours(),
        dead.as_hours(),
        least_gap("host hub.example"),
        least_gap("group reddit"),
    );
    assert_eq!(traffic.in_flight_max, 1, "one request at a time for a host");
    assert!(least_gap("host hub.example") >= 1_000 && least_gap("group reddit") >= 60_000);
    assert!(f64::from(busiest) <= mean * 5.0 + 10.0, "{busiest} in one minute, {mean:.1} on average");
    assert!(traffic.asked_at.iter().all(|asked| !asked.is_empty()), "every source is asked");
    assert!(good <= HOUR * 30, "{good}");
    assert!(dead <= HOUR * 24 * 9, "{dead}");
    let hasty = (0..SOURCES).find(|n| traffic.asked_at[*n].windows(2).any(|two| two[1].duration_since(two[0]) < HOUR));
    assert_eq!(hasty, None, "nobody is asked twice within an hour");
}
