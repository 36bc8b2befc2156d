//! What somebody else sees of a rep's things. The list of routes is read out of the router itself, so that a new
//! route is tried before anybody remembers to.

use crate::helpers::eventually;
use crate::helpers::{make, pages, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ridealong::model::*;
use ridealong::store::{ActRecord, Record};
use url::form_urlencoded;

/// Everything that needs no sign-in: its own secret opens it, or it holds nothing of anybody's.
const OPEN: &[&str] = &[
    "/sign-in",
    "/feeds/",
    "/act/",
    "/u/",
    "/assets/",
    "/manifest.webmanifest",
    "/worker.js",
    "/robots.txt",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api",
    "/websub/",
    "/hub/",
];

struct Route {
    path: String,
    gets: bool,
    posts: bool,
}

/// The routes of the router's own file. A handler is `get(...)`, `post(...)` or both.
fn routes() -> Vec<Route> {
    let text = include_str!("../../src/web/router.rs");
    let found = text.split(".route(").skip(1).filter_map(|rest| {
        let path = rest.trim_start().strip_prefix('"')?.split('"').next()?.to_owned();
        let handlers = rest.split("\n        .").next()?;
        Some(Route { path, gets: handlers.contains("get("), posts: handlers.contains("post(") })
    });
    found.collect()
}

fn closed() -> impl Iterator<Item = Route> {
    routes().into_iter().filter(|route| !OPEN.iter().any(|open| route.path.starts_with(open)))
}

#[test]
fn the_router_can_be_read() {
    let routes = routes();
    assert!(routes.len() > 60, "{}", routes.len());
    assert!(routes.iter().all(|route| route.gets || route.posts || route.path.starts_with("/api")));
    assert!(routes.iter().any(|route| route.path == "/admin/deals/import" && route.posts));
}

/// Every form's fields at once, filled with what belongs to Maya.
fn form() -> String {
    let digest = pages::digest();
    let (deal, post) = (&digest.deals[0].deal.id, &digest.posts[0].id);
    format!(
        "deal={deal}&weeks=2&stage=closing&due=2026-11-30&note=x&state=done&result=x&text=x&mentor=x&key=save:{post}\
         &email=maya@example.com&name=x&role=admin&zone=UTC&sure=yes&own=&file=&team=&share=yes&enabled=yes\
         &weekday=monday&at=07:30&scope=all&url=https://blog.example/x&title=x&id=blog&kind=feed&current=&new="
    )
}

async fn ask(site: &Site, path: &str, posts: bool, cookie: &str) -> pages::Answer {
    if posts { site.post(path, &form(), cookie).await } else { site.get(path, cookie).await }
}

#[tokio::test]
async fn nobody_gets_past_the_sign_in_on_any_route() {
    let site = Site::new().await;
    let mut tried = 0;
    for route in closed() {
        let path = route.path.replace("{week}", "2026-W48").replace("{stage}", "closing");
        let path = path.replace("{id}", "00000000000000aa").replace("{note}", "00000000000000aa");
        for posts in [false, true].into_iter().filter(|posts| if *posts { route.posts } else { route.gets }) {
            for cookie in ["", "ridealong=0011", "ridealong=", "__Host-ridealong=x"] {
                let answer = ask(&site, &path, posts, cookie).await;
                let led = (answer.status, answer.header("location").to_owned());
                let wanted = form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
                let asks = if posts || path == "/" { "/sign-in".to_owned() } else { format!("/sign-in?back={wanted}") };
                assert_eq!(led, (StatusCode::SEE_OTHER, asks), "{path} {posts} {cookie}");
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

#[tokio::test]
async fn a_rep_gets_into_nothing_of_admins_and_managers() {
    let site = Site::new().await;
    let maya = site.maya().await;
    let above = |path: &str| path.starts_with("/admin") || path.starts_with("/team") || path.ends_with("/play");
    for route in closed().filter(|route| above(&route.path)) {
        let path = route.path.replace("{id}", pages::digest().posts[0].id.as_str());
        for posts in [false, true].into_iter().filter(|posts| if *posts { route.posts } else { route.gets }) {
            let answer = ask(&site, &path, posts, &maya).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {posts}");
        }
    }
    let rep = site.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    assert_eq!((rep.role, rep.name.as_str()), (Role::Rep, "Maya Lindqvist"));
}

/// Maya's things: a commitment, a saved post, a feed, a session, a post of her team with a note of hers.
async fn maya_s(site: &Site) -> (Post, Commitment) {
    let maya = Rep { team: Some("north".to_owned()), ..make::rep() };
    site.sign_in(&maya).await;
    let post =
        Post { audience: Audience::Team("north".to_owned()), ..make::post("north", "Sundby secrets", Stage::Closing) };
    site.add_post(&post).await;
    let digest = pages::digest();
    let commitment = Commitment {
        id: "0011223344556677".to_owned(),
        rep: maya.email.clone(),
        post: post.id.clone(),
        title: post.title.clone(),
        deal: digest.deals[0].deal.id.clone(),
        deal_name: "Sundby Pharma".to_owned(),
        note: String::new(),
        made_at: make::now(),
        due_on: jiff::civil::date(2026, 11, 30),
        state: CommitmentState::Open,
        result: None,
        misses: 0,
    };
    let note = Note { post: post.id.clone(), rep: maya.email.clone(), ..digest.notes[0].clone() };
    let act = Record::Act(ActRecord { rep: maya.email, at: make::now(), act: Act::Save { post: post.id.clone() } });
    let records = vec![Record::Commitment(commitment.clone()), Record::Note(note), act];
    site.store.save_records(records, vec![]).await.unwrap();
    (post, commitment)
}

/// Everything of Maya's in words, to see whether it changed.
async fn snapshot(site: &Site, post: &PostId) -> String {
    let maya = make::rep().email;
    let store = &site.store;
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        store.find_rep(&maya).await.unwrap(),
        store.list_acts(&maya).await.unwrap(),
        store.list_commitments(&maya).await.unwrap(),
        store.list_deals(Some(&maya)).await.unwrap(),
        store.list_tokens(&maya).await.unwrap(),
        store.list_notes(post).await.unwrap(),
    )
}

#[tokio::test]
async fn other_people_s_ids_open_and_change_nothing_on_any_route() {
    let site = Site::new().await;
    let (post, commitment) = maya_s(&site).await;
    let olga = site
        .sign_in(&Rep { team: Some("south".to_owned()), ..Rep::new(make::email("olga@example.com"), "Olga") })
        .await;
    let maya = make::rep().email;
    let tokens = site.store.list_tokens(&maya).await.unwrap();
    let of =
        |wanted: fn(&TokenPurpose) -> bool| tokens.iter().find(|token| wanted(&token.purpose)).unwrap().key.clone();
    let feed = of(|purpose| matches!(purpose, TokenPurpose::Feed(_)));
    let session = of(|purpose| *purpose == TokenPurpose::Session)[..16].to_owned();
    let before = snapshot(&site, &post.id).await;
    let deal = pages::digest().deals[0].deal.id.clone();
    for route in closed().filter(|route| !route.path.starts_with("/sign-out")) {
        let id = match route.path.split('/').nth(1).unwrap() {
            "posts" => post.id.as_str(),
            "deals" => deal.as_str(),
            "commitments" => commitment.id.as_str(),
            _ if route.path.contains("/feeds/") => feed.as_str(),
            _ if route.path.contains("/sessions/") => session.as_str(),
            _ => "00000000000000bb",
        };
        let path = route.path.replace("{id}", id).replace("{note}", "00000000000000aa");
        let path = path.replace("{stage}", "closing").replace("{week}", "2026-W48");
        let names_something =
            ["/posts/{id}", "/deals/{id}", "/commitments/{id}", "/settings/feeds/{id}", "/settings/sessions/{id}"]
                .iter()
                .any(|named| route.path.starts_with(named));
        for posts in [false, true].into_iter().filter(|posts| if *posts { route.posts } else { route.gets }) {
            let answer = ask(&site, &path, posts, &olga).await;
            if names_something && !route.path.ends_with("/play") {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {posts}: {}", answer.body);
            }
            assert!(!answer.body.contains("Sundby") && !answer.body.contains(&commitment.id), "{path} {posts}");
        }
    }
    assert_eq!(snapshot(&site, &post.id).await, before);
}

/// Every operation of the API's own description: method and path.
fn operations() -> Vec<(String, String)> {
    let document: serde_json::Value = serde_json::from_str(&ridealong::web::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &serde_json::Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[tokio::test]
async fn other_people_s_ids_open_and_change_nothing_on_any_operation_of_the_api() {
    let site = Site::new().await;
    let (post, commitment) = maya_s(&site).await;
    let olga = Rep { team: Some("south".to_owned()), ..Rep::new(make::email("olga@example.com"), "Olga") };
    site.sign_in(&olga).await;
    // A token may carry more than its rep: the rep's role still counts.
    let token = site.token(&olga, ApiScope::Admin).await;
    let before = snapshot(&site, &post.id).await;
    let deal = pages::digest().deals[0].deal.id.to_string();
    let body = format!(
        r#"{{"kind":"useful","post":"{0}","deal":"{deal}","text":"x","state":"done","due_on":"2026-12-01"}}"#,
        post.id
    );
    let operations = operations();
    assert!(operations.len() > 30, "{operations:?}");
    for (method, path) in operations {
        let id = match path.split('/').nth(3).unwrap_or_default() {
            "posts" => post.id.as_str(),
            "deals" => &deal,
            "commitments" => &commitment.id,
            "reps" => "maya@example.com",
            "feedback" => "save:x",
            _ => "00000000000000bb",
        };
        let named = path.split('/').skip(4).any(|part| part.starts_with('{'));
        let filled: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
        let filled = filled.join("/");
        let bare = site.api(&method, &filled, "", &body).await;
        assert_eq!(bare.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        let answer = site.api(&method, &filled, &token, &body).await;
        let theirs = ["posts", "deals", "commitments", "reps"].contains(&path.split('/').nth(3).unwrap_or_default());
        assert!(
            !(named && theirs) || answer.status.is_client_error(),
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
        assert!(
            !answer.body.contains("Sundby") && !answer.body.contains(&commitment.id),
            "{method} {path}: {}",
            answer.body
        );
    }
    assert_eq!(snapshot(&site, &post.id).await, before);
}

#[tokio::test]
async fn a_removed_rep_s_link_and_session_open_nothing() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let link = site.link(&make::rep().email).await;
    assert!(site.store.remove_rep(&make::rep().email).await.unwrap());
    assert_eq!(site.get("/", &cookie).await.header("location"), "/sign-in");
    assert_eq!(site.post(&link, "", "").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn what_a_request_says_of_its_host_gets_into_no_link() {
    let site = Site::under("https://advice.example").await;
    site.store.save(Record::Rep(make::rep())).await.unwrap();
    let request = Request::post("/sign-in")
        .header(header::HOST, "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-for", "evil, 1.2.3.4")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = site.ask(request.body(Body::from("email=maya@example.com")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    eventually("the link is mailed", || async { !site.mailed.0.lock().unwrap().is_empty() }).await;
    let mailed = site.mailed.0.lock().unwrap().clone();
    assert!(mailed[0].1.starts_with("https://advice.example/sign-in/"), "{mailed:?}");
    assert!(!answer.body.contains("evil"));
}

#[tokio::test]
async fn a_browser_s_name_and_a_team_s_name_are_text() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    let site = Site::new().await;
    let admin = Rep {
        role: Role::Admin,
        team: Some(SCRIPT.to_owned()),
        owners: vec![SCRIPT.to_owned()],
        ..Rep::new(make::email("ada@example.com"), SCRIPT)
    };
    site.store.save(Record::Rep(admin.clone())).await.unwrap();
    let link = site.link(&admin.email).await;
    let request = Request::post(&link).header(header::USER_AGENT, SCRIPT).body(Body::empty()).unwrap();
    let cookie = site.ask(request).await.header("set-cookie").split(';').next().unwrap().to_owned();
    for path in [
        "/settings",
        "/team",
        "/admin/reps",
        "/admin/log",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E&mentor=%22%3E%3Cscript%3Ealert(1)",
    ] {
        let page = site.get(path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
    }
}
