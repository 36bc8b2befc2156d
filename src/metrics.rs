//! What a process counts, for `/metrics` in the text form of OpenMetrics.
//!
//! One value, made by `cli` and handed to whoever counts; nothing is global. Labels are bounded: routes as they are
//! declared, names of jobs, stages, outcomes; never a rep, a source, a deal or an address.

mod process;

use crate::model::Stage;
use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;

/// The type of what [`Metrics::text`] gives.
pub const MIME: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper ends of the buckets of requests, in seconds.
const REQUEST_BUCKETS: [f64; 8] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];
/// Upper ends of the buckets of jobs, in seconds.
const JOB_BUCKETS: [f64; 7] = [0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3_600.0];

type Word = &'static str;
type By<const N: usize, M> = Family<[(Word, String); N], M>;
type Timed<const N: usize> = Family<[(Word, String); N], Histogram, fn() -> Histogram>;

/// How a run of a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// As it should.
    Done,
    /// With an error that was logged.
    Failed,
    /// By a panic that was caught.
    Panicked,
}

/// What one round of crawling brought.
#[derive(Clone, Copy, Debug, Default)]
pub struct Round {
    /// Sources that were read and had something.
    pub read: u64,
    /// Sources that had nothing new.
    pub unchanged: u64,
    /// Sources that could not be read.
    pub failed: u64,
    /// Posts that nobody had before.
    pub posts_new: u64,
    /// Posts whose content changed.
    pub posts_updated: u64,
    /// Comments that nobody had before.
    pub comments_new: u64,
}

/// The counters of a process.
pub struct Metrics {
    registry: Registry,
    requests: By<3, Counter>,
    request_seconds: Timed<1>,
    job_runs: By<2, Counter>,
    job_seconds: Timed<1>,
    crawled: By<1, Counter>,
    posts: By<1, Counter>,
    comments: Counter,
    tagged: By<1, Gauge>,
    digests: Counter,
    picks: Gauge,
    mails: By<1, Counter>,
    asked_mails: Counter,
    store_bytes: Gauge,
    store_faults: Gauge,
    backup_at: Gauge,
    backup_bytes: Gauge,
    pruned: Counter,
    process: process::Gauges,
}

impl Metrics {
    /// Counters that stand at zero, for this version and commit.
    pub fn new(version: &'static str, commit: &'static str) -> Self {
        let mut made = Self {
            registry: Registry::with_prefix("ridealong"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(|| Histogram::new(REQUEST_BUCKETS)),
            job_runs: Family::default(),
            job_seconds: Family::new_with_constructor(|| Histogram::new(JOB_BUCKETS)),
            crawled: Family::default(),
            posts: Family::default(),
            comments: Counter::default(),
            tagged: Family::default(),
            digests: Counter::default(),
            picks: Gauge::default(),
            mails: Family::default(),
            asked_mails: Counter::default(),
            store_bytes: Gauge::default(),
            store_faults: Gauge::default(),
            backup_at: Gauge::default(),
            backup_bytes: Gauge::default(),
            pruned: Counter::default(),
            process: process::Gauges::default(),
        };
        made.register(version, commit);
        made
    }

    fn register(&mut self, version: &'static str, commit: &'static str) {
        let registry = &mut self.registry;
        registry.register("build", "Version and commit", Info::new([("version", version), ("commit", commit)]));
        registry.register("requests", "Requests answered, by route, method and class of status", self.requests.clone());
        registry.register_with_unit("request_duration", "Time to answer", Unit::Seconds, self.request_seconds.clone());
        registry.register("job_runs", "Runs of jobs by how they ended", self.job_runs.clone());
        registry.register_with_unit(
            "job_duration",
            "Time that a run of a job took",
            Unit::Seconds,
            self.job_seconds.clone(),
        );
        registry.register("crawled_sources", "Sources asked, by what came of it", self.crawled.clone());
        registry.register("crawled_posts", "Posts taken in, new or updated", self.posts.clone());
        registry.register("crawled_comments", "Comments taken in that nobody had before", self.comments.clone());
        registry.register("pickable_posts", "Posts that can be picked, by primary stage", self.tagged.clone());
        registry.register("digests_written", "Digests built anew and saved", self.digests.clone());
        registry.register("picks", "Picks in the digests of this week", self.picks.clone());
        registry.register("mails", "Weekly mails by what came of them", self.mails.clone());
        registry.register("asked_mails", "Mails that somebody asked for", self.asked_mails.clone());
        registry.register_with_unit("store", "Size of the store on disk", Unit::Bytes, self.store_bytes.clone());
        registry.register("store_faults", "What the last check of the store found", self.store_faults.clone());
        registry.register(
            "last_backup_timestamp_seconds",
            "When the last good backup was made",
            self.backup_at.clone(),
        );
        registry.register_with_unit(
            "last_backup",
            "Size of the last good backup",
            Unit::Bytes,
            self.backup_bytes.clone(),
        );
        registry.register("pruned_posts", "Posts removed because they were old", self.pruned.clone());
        self.process.register(registry);
    }

    /// Everything as text; the process looks at itself now.
    pub fn text(&self) -> String {
        self.process.look();
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// A request was answered. `route` is the pattern as it is declared.
    pub fn request(&self, route: &str, method: &str, status: u16, seconds: f64) {
        let method =
            if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH") { method } else { "other" };
        let class = format!("{}xx", status / 100);
        let labels = [("route", route.to_owned()), ("method", method.to_owned()), ("status", class)];
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.get_or_create(&[("route", route.to_owned())]).observe(seconds);
    }

    /// A run of a job ended.
    pub fn job(&self, job: &'static str, end: JobEnd, seconds: f64) {
        let end = match end {
            JobEnd::Done => "done",
            JobEnd::Failed => "failed",
            JobEnd::Panicked => "panicked",
        };
        self.job_runs.get_or_create(&[("job", job.to_owned()), ("end", end.to_owned())]).inc();
        self.job_seconds.get_or_create(&[("job", job.to_owned())]).observe(seconds);
    }

    /// A round of crawling ended.
    pub fn crawled(&self, round: Round) {
        for (word, count) in [("read", round.read), ("unchanged", round.unchanged), ("failed", round.failed)] {
            self.crawled.get_or_create(&[("outcome", word.to_owned())]).inc_by(count);
        }
        for (word, count) in [("new", round.posts_new), ("updated", round.posts_updated)] {
            self.posts.get_or_create(&[("kind", word.to_owned())]).inc_by(count);
        }
        self.comments.inc_by(round.comments_new);
    }

    /// The posts that can be picked now.
    pub fn tagged(&self, by_stage: &[(Stage, usize)]) {
        for (stage, posts) in by_stage {
            self.tagged.get_or_create(&[("stage", stage.as_str().to_owned())]).set(gauge(*posts as u64));
        }
    }

    /// The digests of this week were looked through.
    pub fn digests(&self, written: u64, picks: u64) {
        self.digests.inc_by(written);
        self.picks.set(gauge(picks));
    }

    /// A weekly mail came to this outcome.
    pub fn mail(&self, outcome: &'static str) {
        self.mails.get_or_create(&[("outcome", outcome.to_owned())]).inc();
    }

    /// So many wishes for mails were fulfilled.
    pub fn asked_mails(&self, count: u64) {
        self.asked_mails.inc_by(count);
    }

    /// The store was looked at.
    pub fn store(&self, bytes: u64, faults: u64) {
        self.store_bytes.set(gauge(bytes));
        self.store_faults.set(gauge(faults));
    }

    /// A good backup was made.
    pub fn backup(&self, at: Timestamp, bytes: u64) {
        self.backup_at.set(at.as_second());
        self.backup_bytes.set(gauge(bytes));
    }

    /// Old posts were removed.
    pub fn pruned(&self, posts: u64) {
        self.pruned.inc_by(posts);
    }
}

fn gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A gauge of seconds with parts.
type Seconds = Gauge<f64, AtomicU64>;
