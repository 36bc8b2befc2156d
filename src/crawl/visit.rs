//! Pages and comment streams of single posts: asked under the same gates, and only where robots.txt allows it.

use super::article::{self, Wall};
use super::crawler::{Crawler, host_of};
use super::health::{self, Trouble};
use super::page::PageReader;
use super::parse::{self, Feed, FeedEntry};
use super::politeness::{HeldBack, group_of};
use super::robots::Known;
use super::{comments, finds, links, post, text, threads, transcript};
use crate::model::{Comment, Health, Post, Source, SourceKind, Thread};
use crate::net::{self, Request, Response, guard};
use jiff::{SignedDuration, Timestamp};
use url::Url;

/// What one fetch of a post's comments brings.
#[derive(Clone, Debug)]
pub struct ThreadCrawled {
    /// The thread, with what was found and when it is due again.
    pub thread: Thread,
    /// Its comments; none where nothing moved or the stream could not be read.
    pub comments: Vec<Comment>,
    /// Why it could not be read.
    pub cause: Option<String>,
}

/// What the full page of a post brings.
#[derive(Clone, Debug)]
pub struct ArticleCrawled {
    /// The post in full.
    pub post: Post,
    /// The comments on the page.
    pub comments: Vec<Comment>,
}

/// Fewer words than this may be a summary of an article that stands on the post's own page.
const FULL_TEXT_WORDS_MIN: u32 = 120;

/// Posts that are older than this many days keep what the feed gives.
const FULL_TEXT_DAYS_MAX: i32 = 90;

/// Whether more of a post is worth a visit, and the team wants full texts: its transcript, or its own page where the
/// feed gives little.
pub fn wants_article(source: &Source, post: &Post, now: Timestamp) -> bool {
    let page = matches!(post.kind, SourceKind::Feed | SourceKind::Page)
        && post.words < FULL_TEXT_WORDS_MIN
        && post.enclosures.is_empty()
        && !post.url.is_empty();
    source.full_text
        && (page || transcript::of(post).is_some())
        && now.duration_since(post.dated_at()) < SignedDuration::from_hours(24) * FULL_TEXT_DAYS_MAX
}

impl Crawler {
    /// Fetches the comments of a post, where their published count moved. Never fails: a stream that cannot be read
    /// is tried again on the next of its days.
    pub async fn crawl_thread(&self, source: &Source, post: &Post) -> ThreadCrawled {
        let passed_over = |cause| {
            let thread = threads::passed_over(post, self.now());
            ThreadCrawled { thread, comments: Vec::new(), cause }
        };
        if !threads::count_moved(&post.thread) {
            return passed_over(None);
        }
        let Some(address) = post.thread.feed_url.as_deref().or(post.thread.url.as_deref()) else {
            return passed_over(None);
        };
        let Ok(url) = Url::parse(address) else {
            return passed_over(Some(format!("{address} is no address")));
        };
        let is_feed = post.thread.feed_url.is_some();
        let accept = if is_feed { net::ACCEPT_FEED } else { net::ACCEPT_PAGE };
        let found = match self.visit(source, &url, accept).await {
            Ok(response) => self.comments_of(&response, post),
            Err(trouble) => Err(trouble.cause),
        };
        match found {
            Ok(comments) => {
                let thread = threads::fetched(post, comments.len(), self.now());
                ThreadCrawled { thread, comments, cause: None }
            }
            Err(cause) => passed_over(Some(cause)),
        }
    }

    fn comments_of(&self, response: &Response, post: &Post) -> Result<Vec<Comment>, String> {
        let content_type = response.header("content-type");
        match comments::from_document(&response.body, content_type, &response.url, post, self.now()) {
            Ok(comments) => Ok(comments),
            // A page of comments alone has no text of its own.
            Err(Wall::NoText) => Ok(Vec::new()),
            Err(wall) => Err(wall.to_string()),
        }
    }

    /// The comments on these posts in the one comment feed that the team has named for the whole source.
    pub(super) async fn comments_of_site(&self, source: &Source, address: &str, posts: &[Post]) -> Vec<Comment> {
        let Ok(url) = Url::parse(address) else { return Vec::new() };
        let Ok(response) = self.visit_listed(source, &url, net::ACCEPT_FEED).await else { return Vec::new() };
        let content_type = response.header("content-type");
        let Ok(feed) = parse::parse(&response.body, content_type, Some(&response.url), self.now()) else {
            return Vec::new();
        };
        let of_post = |post: &Post| {
            // Only an address with an anchor says which post a comment of a whole site stands below.
            let named = |entry: &&FeedEntry| entry.url.as_deref().is_some_and(|url| url.contains('#'));
            let entries = feed.entries.iter().filter(named).filter(|entry| comments::belongs(entry, post));
            comments::from_feed(&Feed { entries: entries.cloned().collect(), ..Feed::default() }, post)
        };
        posts.iter().flat_map(of_post).collect()
    }

    /// Fetches the full article of a post that the feed gives in part, with the comments that stand below it.
    ///
    /// # Errors
    /// One sentence: why the post stays as the feed gives it.
    pub async fn crawl_article(&self, source: &Source, post: &Post) -> Result<ArticleCrawled, String> {
        if let Some(address) = transcript::of(post) {
            return self.crawl_transcript(source, post, address).await;
        }
        let url = Url::parse(&post.url).map_err(|_| format!("{} is no address", post.url))?;
        let response = self.visit(source, &url, net::ACCEPT_PAGE).await.map_err(|trouble| trouble.cause)?;
        let now = self.now();
        let content_type = response.header("content-type");
        let own = source.selectors.as_ref().and_then(|selectors| PageReader::new(selectors).ok());
        let article = match own {
            Some(reader) => reader.article(&response.body, content_type, &response.url, now),
            None => article::extract(&response.body, content_type, &response.url, now),
        };
        let article = article.map_err(|wall| wall.to_string())?;
        let comments = comments::from_page(&article.comments, post);
        let mut full = post.clone();
        full.mentor = full.mentor.or(article.mentor);
        full.published_at = full.published_at.or(article.published_at);
        if post.kind == SourceKind::Find && finds::has_made_title(post) && !article.title.is_empty() {
            full.title = article.title;
        }
        if text::words(&article.text) > post.words {
            post::set_body(&mut full, article.content_html, article.text);
            full.language = full.language.or(article.language);
        }
        take_canonical(&mut full, &article.url);
        full.changed_at = now;
        Ok(ArticleCrawled { post: full, comments })
    }

    /// Fetches what was said in an episode, and puts it behind the notes on it.
    async fn crawl_transcript(&self, source: &Source, post: &Post, address: &str) -> Result<ArticleCrawled, String> {
        let url = Url::parse(address).map_err(|_| format!("{address} is no address"))?;
        let response = self.visit(source, &url, net::ACCEPT_PAGE).await.map_err(|trouble| trouble.cause)?;
        let now = self.now();
        let said = transcript::read(&response.body, response.header("content-type"), &response.url, now);
        let said = said.ok_or_else(|| format!("nothing is said in the transcript {address}"))?;
        let html = format!("{}<h2>Transcript</h2>{said}", post.html);
        let mut full = post.clone();
        let plain = text::plain(&html);
        post::set_body(&mut full, html, plain);
        full.changed_at = now;
        Ok(ArticleCrawled { post: full, comments: Vec::new() })
    }

    /// Fetches one page or comment stream that is not a source itself.
    ///
    /// # Errors
    /// robots.txt forbids it, the host is held back, or there is no good answer.
    async fn visit(&self, source: &Source, url: &Url, accept: &'static str) -> Result<Response, Trouble> {
        self.visit_where(source, url, accept, Known::allow).await
    }

    /// The same for an address that a person has given: only a robots.txt that names us stops it.
    pub(super) async fn visit_listed(
        &self,
        source: &Source,
        url: &Url,
        accept: &'static str,
    ) -> Result<Response, Trouble> {
        self.visit_where(source, url, accept, |robots, url| !robots.forbid_feed(url)).await
    }

    /// Sends a request to a WebSub hub that the feed of this source names, under the same gates and guard.
    ///
    /// # Errors
    /// One sentence: why the hub did not take it.
    pub async fn ask_hub(&self, source: &Source, request: Request) -> Result<(), String> {
        let inner = &self.0;
        let group = group_of(&request.url, source, &inner.settings);
        let _pass = inner.gates.enter(&group).await.map_err(|held| held_back(held).cause)?;
        let _flying = inner.in_flight.acquire().await;
        let host = host_of(&request.url);
        let request = Request { allow_net: source.allow_net.clone(), ..request };
        let response = inner.client.fetch(request).await.map_err(|error| error.to_string())?;
        if response.is_success() { Ok(()) } else { Err(format!("{host} answers with an error ({})", response.status)) }
    }

    async fn visit_where(
        &self,
        source: &Source,
        url: &Url,
        accept: &'static str,
        allowed: impl Fn(&Known, &Url) -> bool,
    ) -> Result<Response, Trouble> {
        let inner = &self.0;
        let mut pass = inner.gates.enter(&group_of(url, source, &inner.settings)).await.map_err(held_back)?;
        let _flying = inner.in_flight.acquire().await;
        guard::judge(url, &source.allow_net).map_err(|refusal| health::of_error(&refusal.into()))?;
        let robots = inner.robots.ask(&inner.client, url, &source.allow_net, inner.clock.as_ref()).await;
        if !allowed(&robots, url) {
            let host = host_of(url);
            let cause = format!("robots.txt of {host} forbids this page, or could not be asked; it is looked at again");
            return Err(Trouble::new(Health::Blocked, cause));
        }
        let request = Request { accept, allow_net: source.allow_net.clone(), ..Request::get(url.clone()) };
        let response = inner.client.fetch(request).await.map_err(|error| health::of_error(&error))?;
        match health::of_answer(&response, source.kind, self.now()) {
            None => Ok(response),
            Some(trouble) => {
                if trouble.health == Health::SlowDown {
                    pass.hold_back(trouble.patience());
                }
                Err(trouble)
            }
        }
    }
}

/// Takes the address that the page names as its own, where it is of the same site. The listed one stays known.
fn take_canonical(post: &mut Post, canonical: &str) {
    let (Ok(listed), Ok(own)) = (Url::parse(&post.url), Url::parse(canonical)) else { return };
    if listed != own && links::same_site(&listed, &own) {
        post.listed_url = Some(std::mem::replace(&mut post.url, canonical.to_owned()));
    }
}

fn held_back(held: HeldBack) -> Trouble {
    let wait = SignedDuration::try_from(held.wait).ok();
    let trouble = Trouble::new(
        Health::SlowDown,
        "the host has asked for fewer requests and is left alone for a while; try again later",
    );
    Trouble { retry_after: wait, ..trouble }
}
