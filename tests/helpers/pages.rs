//! The pages over a store in memory, asked without a network.

use super::make;
use super::stores;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use ridealong::clock::{Clock, FixedClock};
use ridealong::desk::Desk;
use ridealong::model::*;
use ridealong::search::Library;
use ridealong::sources::Running;
use ridealong::store::{self, CrawlBatch, KeyedPost, Record, Store};
use ridealong::web::{Builder, Context, LinkMailer, OpenId, make_api_token, router, sign_in_link};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// A builder that gives out one prepared digest and library, and counts.
pub struct Prepared {
    pub digest: Mutex<Digest>,
    pub library: Mutex<Vec<Post>>,
    pub sources: Arc<SourceSet>,
    pub builds: AtomicUsize,
}

#[async_trait]
impl Builder for Prepared {
    async fn build(&self, rep: &Rep, week: IsoWeek) -> store::Result<Digest> {
        self.builds.fetch_add(1, Ordering::SeqCst);
        let prepared = self.digest.lock().unwrap().clone();
        if prepared.rep == rep.email { Ok(Digest { week, ..prepared }) } else { Ok(empty_digest(rep)) }
    }

    async fn library(&self, _: Stage, _: &Rep, max: usize) -> store::Result<Vec<Post>> {
        Ok(self.library.lock().unwrap().iter().take(max).cloned().collect())
    }

    fn coverage(&self, _: Option<&str>) -> Vec<Coverage> {
        let line = |stage| Coverage { stage, posts: 3, wiki: 1 };
        Stage::OF_A_DEAL.into_iter().map(line).collect()
    }

    fn sources(&self) -> Arc<SourceSet> {
        Arc::clone(&self.sources)
    }
}

/// Keeps the links that would have been mailed.
#[derive(Default)]
pub struct KeptLinks(pub Mutex<Vec<(Email, String)>>);

#[async_trait]
impl LinkMailer for KeptLinks {
    async fn send_link(&self, rep: &Rep, link: &str, _: Timestamp) {
        self.0.lock().unwrap().push((rep.email.clone(), link.to_owned()));
    }
}

/// Maya's week: one deal with two picks, a comment and a note on the first, and one deal without a pick.
pub fn digest() -> Digest {
    let (first, second) = (
        make::post("flinch", "When the CFO says it’s too expensive", Stage::Negotiation),
        make::post("ladder", "A ladder of concessions", Stage::Closing),
    );
    let deal = make::deal("Sundby Pharma");
    let pick = |post: &Post, score: f32, why: &str| Pick {
        post_id: post.id.clone(),
        comment_id: None,
        deal_id: deal.id.clone(),
        stage: post.tagged.primary.unwrap(),
        score,
        why: why.to_owned(),
        reasons: vec![Reason { term: "stage".to_owned(), weight: 2.0, text: "The deal is in negotiation.".to_owned() }],
        explores: false,
    };
    let comment = make::comment(&first, "1", "Ask what it costs them to wait until March. It worked twice.");
    let note = Note {
        id: "00000000000000aa".to_owned(),
        rep: make::email("rafael@example.com"),
        rep_name: "Rafael Duarte".to_owned(),
        post: first.id.clone(),
        text: "Used it at Polarlager.".to_owned(),
        written_at: make::days_ago(9),
        audience: Audience::Everyone,
    };
    Digest {
        deals: vec![
            DigestDeal {
                stage: Some(Stage::Closing),
                signals: vec![],
                picks: vec![
                    pick(
                        &first,
                        5.0,
                        "Your notes on Sundby Pharma say “CFO asks for a discount”; the post answers “too expensive”.",
                    ),
                    pick(&second, 4.0, "The deal is in closing."),
                ],
                nothing_because: None,
                deal: deal.clone(),
            },
            DigestDeal {
                deal: make::deal("Polarlager"),
                stage: Some(Stage::Closing),
                signals: vec![],
                picks: vec![],
                nothing_because: Some("Nothing new fits this deal this week.".to_owned()),
            },
        ],
        pipeline: vec![PipelineCheck {
            deal_name: deal.name.clone(),
            deal_id: deal.id.clone(),
            url: Some("https://crm.example/deals/1".to_owned()),
            signal: Signal {
                kind: SignalKind::PastCloseDate,
                sentence: "Close date passed 12 days ago (11 Nov).".to_owned(),
            },
        }],
        posts: vec![first, second],
        comments: vec![comment],
        notes: vec![note],
        source_names: vec![("blog".to_owned(), "The Cold Open".to_owned())],
        deals_imported_at: Some(make::days_ago(1)),
        ..empty_digest(&make::rep())
    }
}

/// A week with nothing in it.
pub fn empty_digest(rep: &Rep) -> Digest {
    Digest {
        rep: rep.email.clone(),
        rep_name: rep.name.clone(),
        zone: rep.zone.clone(),
        week: "2026-W48".parse().unwrap(),
        built_at: make::now(),
        commitments: vec![],
        play: None,
        pipeline: vec![],
        deals: vec![],
        posts: vec![],
        comments: vec![],
        notes: vec![],
        source_names: vec![],
        deals_imported_at: None,
    }
}

/// The source of `make::post`.
pub fn source() -> Source {
    Source {
        id: SourceId::new("blog"),
        name: "The Cold Open".to_owned(),
        kind: SourceKind::Feed,
        url: "https://blog.example/feed".to_owned(),
        check_every_s: 3600,
        full_text: true,
        comments: CommentsFrom::Auto,
        mentor_role: MentorRole::Practitioner,
        stages: vec![],
        trust: 0.8,
        audience: Audience::Everyone,
        allow_net: vec![],
        rate_group: None,
        selectors: None,
        paused: false,
        span: None,
    }
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header as text; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    /// What stands between two marks, the first time.
    pub fn between(&self, from: &str, to: &str) -> String {
        let rest = self.body.split_once(from).unwrap_or_else(|| panic!("{from:?} is not in\n{}", self.body)).1;
        rest.split_once(to).unwrap().0.to_owned()
    }
}

/// The pages with Maya, her deals and her week.
pub struct Site {
    pub router: Router,
    pub store: Arc<dyn Store>,
    pub clock: Arc<FixedClock>,
    pub builder: Arc<Prepared>,
    pub desk: Arc<Desk>,
    pub mailed: Arc<KeptLinks>,
    pub public_url: url::Url,
    pub running: Arc<Running>,
}

impl Site {
    /// The pages under plain http.
    pub async fn new() -> Self {
        Self::under("http://127.0.0.1:8080").await
    }

    /// The pages under this public URL.
    pub async fn under(public_url: &str) -> Self {
        Self::over(public_url, Running::new(SourceSet { sources: vec![source()] }), None).await
    }

    /// The pages under plain http, with a provider at which reps may sign in.
    pub async fn with_openid(provider: &super::provider::Provider) -> Self {
        let running = Running::new(SourceSet { sources: vec![source()] });
        Self::over("http://127.0.0.1:8080", running, Some(provider.asked())).await
    }

    /// The pages over a file of sources, which is read first.
    pub async fn of_file(file: &std::path::Path) -> Self {
        let set = ridealong::sources::parse(&std::fs::read_to_string(file).unwrap(), "sources.yaml").unwrap();
        Self::over("http://127.0.0.1:8080", Running::of_file(file.to_path_buf(), set), None).await
    }

    async fn over(public_url: &str, running: Running, openid: Option<Arc<OpenId>>) -> Self {
        let running = Arc::new(running);
        let public_url: url::Url = public_url.parse().unwrap();
        let store = stores::fresh().await;
        let clock = Arc::new(FixedClock::new(make::now()));
        let digest = digest();
        store.save(Record::Rep(make::rep())).await.unwrap();
        for entry in &digest.deals {
            store.save(Record::Deal(Box::new(entry.deal.clone()))).await.unwrap();
        }
        let posts = digest.posts.iter().map(|post| KeyedPost { post: post.clone(), keys: vec![] }).collect();
        let comments = digest.comments.clone();
        store.save_crawl(CrawlBatch { lease: None, state: None, posts, comments }).await.unwrap();
        let found = digest.posts.clone();
        let builder = Arc::new(Prepared {
            library: Mutex::new(digest.posts.clone()),
            digest: Mutex::new(digest),
            sources: running.set(),
            builds: AtomicUsize::new(0),
        });
        let library = Library::in_memory().unwrap();
        for post in &found {
            library.upsert(post, &[]).unwrap();
        }
        library.commit().unwrap();
        let mailed = Arc::new(KeptLinks::default());
        let desk = Arc::new(Desk::new(Arc::clone(&store), clock.clone(), Arc::clone(&running), None));
        let mail_asked = Arc::new(tokio::sync::Notify::new());
        let context = Context {
            store: Arc::clone(&store),
            desk: Arc::clone(&desk),
            library: Arc::new(library),
            builder: builder.clone(),
            mailer: Some(mailed.clone()),
            mail_from: make::email("ride@sales.example"),
            mail_asked: mail_asked.clone(),
            metrics: Arc::new(ridealong::metrics::Metrics::new("test", "test")),
            clock: clock.clone(),
            public_url: public_url.clone(),
            trusted_proxies: vec![],
            hook_allow_net: vec![],
            openid,
            playbook: None,
        };
        Self { router: router(context), store, clock, builder, desk, mailed, public_url, running }
    }

    /// Saves one more post.
    pub async fn add_post(&self, post: &Post) {
        let posts = vec![KeyedPost { post: post.clone(), keys: vec![] }];
        self.store.save_crawl(CrawlBatch { lease: None, state: None, posts, comments: vec![] }).await.unwrap();
    }

    /// A fresh sign-in link's path.
    pub async fn link(&self, rep: &Email) -> String {
        let hour = SignedDuration::from_hours(1);
        let link = sign_in_link(&*self.store, &self.public_url, rep, make::now(), hour).await.unwrap();
        link.parse::<url::Url>().unwrap().path().to_owned()
    }

    /// Signs a rep in and returns the cookie.
    pub async fn sign_in(&self, rep: &Rep) -> String {
        self.store.save(Record::Rep(rep.clone())).await.unwrap();
        let path = self.link(&rep.email).await;
        let answer = self.post(&path, "", "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// Maya's cookie.
    pub async fn maya(&self) -> String {
        self.sign_in(&make::rep()).await
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &str, cookie: &str) -> Answer {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// A fresh token of the API of a rep who is there.
    pub async fn token(&self, rep: &Rep, scope: ApiScope) -> String {
        make_api_token(self.store.as_ref(), &rep.email, "test", scope, self.clock.now(), None).await.unwrap()
    }

    /// Asks the API; an empty body is none.
    pub async fn api(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let request = if body.is_empty() { request } else { request.header("content-type", "application/json") };
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Sends a request as it is.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }
}
