use crate::helpers::{make, pages, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ridealong::model::*;
use ridealong::render::Links;
use ridealong::render::edition::{Format, of_digests, render};

fn links() -> Links {
    Links::new(&"https://advice.example".parse().unwrap())
}

async fn address(site: &Site, cookie: &str) -> String {
    let page = site.get("/settings", cookie).await;
    format!("/feeds/{}", page.between("href=\"/feeds/", "/digest.rss\""))
}

#[tokio::test]
async fn a_rep_s_feeds_stand_in_the_settings_from_the_start_and_need_no_sign_in() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let page = site.get("/settings", &cookie).await;
    for format in Format::ALL {
        let path = format!("{}/digest.{}", address(&site, &cookie).await, format.extension());
        assert!(page.body.contains(&format!("href=\"{path}\"")), "{path}");
        let feed = site.get(&path, "").await;
        assert_eq!((feed.status, feed.header("content-type")), (StatusCode::OK, format.mime()));
        assert!(feed.body.contains("When the CFO says it’s too expensive"));
    }
}

#[test]
fn the_reason_comes_first_and_deals_have_no_names() {
    for format in Format::ALL {
        let text = render(&of_digests(&[pages::digest()], None, &links(), false), format);
        assert!(!text.contains("Sundby") && !text.contains("48,000"), "{text}");
        assert!(text.contains("Dana Whitlock"));
        let why = text.find("Why this").unwrap();
        assert!(why < text.find("Ask what it costs them to wait").unwrap());
    }
    let named = render(&of_digests(&[pages::digest()], None, &links(), true), Format::Rss);
    assert!(named.contains("Sundby Pharma: When the CFO"));
}

#[test]
fn a_feed_reads_the_same_however_often_it_is_rendered() {
    let later = Digest { built_at: make::now() + jiff::SignedDuration::from_hours(50), ..pages::digest() };
    for format in Format::ALL {
        let first = render(&of_digests(&[pages::digest()], None, &links(), false), format);
        let second = render(&of_digests(std::slice::from_ref(&later), None, &links(), false), format);
        assert_eq!(first, second);
    }
}

#[test]
fn the_three_formats_are_what_people_get() {
    let edition = of_digests(&[pages::digest()], None, &links(), false);
    insta::assert_snapshot!("rss", render(&edition, Format::Rss));
    insta::assert_snapshot!("atom", render(&edition, Format::Atom));
    insta::assert_snapshot!("json", render(&edition, Format::Json));
}

#[test]
fn whatever_the_content_the_feeds_parse() {
    let mut digest = pages::digest();
    let hostile = [
        "]]>&amp;<b>",
        "\u{0}\u{8}\u{b}\u{1f}\u{7f}\u{fffe}",
        "👩‍🚀 émoji",
        "\u{202e}مرحبا بكم",
        "",
        "-->",
        &"long ".repeat(200_000),
    ];
    let template = digest.posts[0].clone();
    let pick = digest.deals[0].picks[0].clone();
    digest.posts.clear();
    digest.deals[0].picks.clear();
    for (number, text) in hostile.iter().enumerate() {
        let id = PostId::new(format!("{number:016x}"));
        digest.posts.push(Post {
            id: id.clone(),
            title: (*text).to_owned(),
            excerpt: (*text).to_owned(),
            mentor: Some((*text).to_owned()),
            ..template.clone()
        });
        digest.deals[0].picks.push(Pick { post_id: id, why: (*text).to_owned(), ..pick.clone() });
    }
    let edition = of_digests(&[digest], None, &links(), false);
    for format in Format::ALL {
        let text = render(&edition, format);
        let feed = feed_rs::parser::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{format:?}: {error}"));
        assert_eq!(feed.entries.len(), hostile.len(), "{format:?}");
        assert!(feed.entries.iter().all(|entry| entry.title.as_ref().is_some_and(|title| !title.content.is_empty())));
    }
    let rss = render(&edition, Format::Rss);
    let channel = rss::Channel::read_from(rss.as_bytes()).unwrap();
    assert!(channel.items().iter().all(|item| !item.guid().unwrap().is_permalink()));
    render(&edition, Format::Atom).parse::<atom_syndication::Feed>().unwrap();
}

#[tokio::test]
async fn a_reader_that_has_it_already_gets_304() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let base = address(&site, &cookie).await;
    let deal = &pages::digest().deals[0].deal.id;
    for path in [
        "digest.rss".to_owned(),
        format!("deals/{deal}.atom"),
        "stages/closing.json".to_owned(),
        "saved.rss".to_owned(),
    ] {
        let path = format!("{base}/{path}");
        let first = site.get(&path, "").await;
        assert_eq!(first.status, StatusCode::OK, "{path}: {}", first.body);
        assert!(first.header("cache-control").contains("private"));
        for (name, value) in
            [("if-none-match", first.header("etag")), ("if-modified-since", first.header("last-modified"))]
        {
            let again = Request::get(&path).header(name, value).body(Body::empty()).unwrap();
            let again = site.ask(again).await;
            assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {name}");
            assert_eq!(again.header("etag"), first.header("etag"));
        }
        let stale = Request::get(&path).header("if-none-match", "\"other\"").body(Body::empty()).unwrap();
        assert_eq!(site.ask(stale).await.status, StatusCode::OK);
        let head = site.ask(Request::head(&path).body(Body::empty()).unwrap()).await;
        assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    }
}

#[tokio::test]
async fn only_addresses_that_we_made_open_anything() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let base = address(&site, &cookie).await;
    let token = base.rsplit('/').next().unwrap();
    let id = &token[..16];
    let flipped = if token.ends_with('0') { "1" } else { "0" };
    for wrong in [
        id.to_owned(),
        format!("{id}{}", "0".repeat(32)),
        format!("{}{flipped}", &token[..47]),
        token[..47].to_owned(),
        token.to_uppercase().replace(|c: char| c.is_ascii_digit(), "é"),
        "..%2f..".to_owned(),
        "%00".to_owned(),
    ] {
        assert_eq!(site.get(&format!("/feeds/{wrong}/digest.rss"), "").await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    for wrong in ["digest.exe", "digest", "other.rss", "deals/0011223344556677.rss", "stages/nonsense.rss"] {
        assert_eq!(site.get(&format!("{base}/{wrong}"), "").await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn a_replaced_address_opens_nothing_any_more_and_the_new_one_does() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let old = address(&site, &cookie).await;
    let id = site.get("/settings", &cookie).await.between("/settings/feeds/", "/replace");
    site.post(&format!("/settings/feeds/{id}/replace"), "", &cookie).await;
    let new = address(&site, &cookie).await;
    assert_eq!(site.get(&format!("{old}/digest.rss"), "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get(&format!("{new}/digest.rss"), "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_narrow_feed_shows_what_it_is_for_and_nothing_else() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    site.post("/settings/feeds", "name=Phone&scope=stage:closing", &cookie).await;
    let page = site.get("/settings", &cookie).await;
    let path = page
        .body
        .split("href=\"")
        .map(|rest| rest.split('"').next().unwrap())
        .find(|href| href.ends_with("/stages/closing.rss"));
    let path = path.unwrap();
    assert_eq!(site.get(path, "").await.status, StatusCode::OK);
    for other in ["digest.rss", "saved.rss", "stages/discovery.rss"] {
        let other = path.replace("stages/closing.rss", other);
        assert_eq!(site.get(&other, "").await.status, StatusCode::NOT_FOUND, "{other}");
    }
}

#[tokio::test]
async fn a_stolen_store_opens_no_feed_of_another_installation() {
    let (ours, theirs) = (Site::new().await, Site::new().await);
    let cookie = ours.maya().await;
    let path = format!("{}/digest.rss", address(&ours, &cookie).await);
    for token in ours.store.list_tokens(&make::rep().email).await.unwrap() {
        theirs.store.save_token(token).await.unwrap();
    }
    assert_eq!(theirs.get(&path, "").await.status, StatusCode::NOT_FOUND);
}

fn paths(page: &crate::helpers::pages::Answer, ending: &str) -> String {
    let all = page.body.split("href=\"").map(|rest| rest.split('"').next().unwrap());
    all.filter(|href| href.starts_with("/feeds/")).find(|href| href.ends_with(ending)).unwrap().to_owned()
}

#[tokio::test]
async fn a_rep_makes_feeds_of_one_deal_a_search_the_plays_and_with_names() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let deal = pages::digest().deals[0].deal.id.clone();
    let post = pages::digest().posts[0].clone();
    let play = Play {
        post: post.id.clone(),
        note: "Read the second half.".to_owned(),
        by: make::email("noor@example.com"),
        by_name: "Noor".to_owned(),
        pinned_at: make::now(),
    };
    site.builder.digest.lock().unwrap().play = Some(play.clone());
    site.store
        .save(ridealong::store::Record::Digest(Box::new(Digest { play: Some(play), ..pages::digest() })))
        .await
        .unwrap();
    for (scope, ending, there, not_there) in [
        (format!("deal:{deal}"), format!("deals/{deal}.rss"), "too expensive", "Sundby"),
        (
            "search&words=too+expensive".to_owned(),
            "search.rss".to_owned(),
            "When the CFO says",
            "A ladder of concessions",
        ),
        ("plays".to_owned(), "plays.rss".to_owned(), "Noor pinned it for the team", "A ladder of concessions"),
    ] {
        let made = site.post("/settings/feeds", &format!("name=N&scope={scope}"), &cookie).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let path = paths(&site.get("/settings", &cookie).await, &ending);
        let feed = site.get(&path, "").await;
        assert_eq!(feed.status, StatusCode::OK, "{path}");
        assert!(feed.body.contains(there) && !feed.body.contains(not_there), "{ending}: {}", feed.body);
        let other = path.replace(&ending, "stages/closing.rss");
        assert_eq!(site.get(&other, "").await.status, StatusCode::NOT_FOUND, "{ending} opens nothing else");
    }
    assert_eq!(site.post("/settings/feeds", "name=N&scope=search&words=", &cookie).await.status, 422);
    assert_eq!(site.post("/settings/feeds", "name=N&scope=deal:0000000000000000", &cookie).await.status, 404);
    let before: Vec<_> = site.store.list_tokens(&make::rep().email).await.unwrap();
    site.post("/settings/feeds", "name=Own&scope=named", &cookie).await;
    let after = site.store.list_tokens(&make::rep().email).await.unwrap();
    let new = after.iter().find(|token| !before.iter().any(|known| known.key == token.key)).unwrap();
    let page = site.get("/settings", &cookie).await.body;
    let named = page.split("href=\"").map(|rest| rest.split('"').next().unwrap());
    let named = named.filter(|href| href.contains(&new.key)).find(|href| href.ends_with("digest.rss")).unwrap();
    assert!(site.get(named, "").await.body.contains("Sundby Pharma: When the CFO"));
}

#[tokio::test]
async fn pages_name_the_rep_s_own_feeds_for_programs_that_look_for_them() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let deal = pages::digest().deals[0].deal.id.clone();
    for (page, ending) in [
        ("/".to_owned(), "digest.atom".to_owned()),
        ("/stages/closing".to_owned(), "stages/closing.atom".to_owned()),
        ("/saved".to_owned(), "saved.atom".to_owned()),
        (format!("/deals/{deal}"), format!("deals/{deal}.atom")),
    ] {
        let shown = site.get(&page, &cookie).await;
        let link = shown.between("<link rel=\"alternate\" type=\"application/atom+xml\"", ">");
        let path = link.split("href=\"").nth(1).unwrap().trim_end_matches('"');
        assert!(path.ends_with(&ending), "{page}: {path}");
        assert_eq!(site.get(path, "").await.status, StatusCode::OK);
    }
    assert!(!site.get("/sign-in", "").await.body.contains("rel=\"alternate\""));
}

#[tokio::test]
async fn feeds_travel_compressed_where_the_reader_takes_that() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let path = format!("{}/digest.rss", address(&site, &cookie).await);
    for (accepted, coding) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("br, gzip;q=0", "br"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("br;q=1.0, gzip;q=0.8", "gzip"),
    ] {
        let request = Request::get(&path).header("accept-encoding", accepted).body(Body::empty()).unwrap();
        let answer = site.ask(request).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (StatusCode::OK, coding));
    }
}

#[tokio::test]
async fn of_ten_thousand_tokens_each_opens_its_own() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let base = address(&site, &cookie).await;
    let token = |n: usize| Token {
        key: format!("{n:016x}"),
        rep: make::email(&format!("rep{n}@example.com")),
        purpose: TokenPurpose::Feed(Scope::All),
        name: String::new(),
        made_at: make::now(),
        expires_at: None,
        used_at: None,
    };
    site.store.save_tokens((0..10_000).map(token).collect()).await.unwrap();
    assert_eq!(site.get(&format!("{base}/digest.rss"), "").await.status, StatusCode::OK);
    let id = format!("{:016x}", 5);
    assert_eq!(site.get(&format!("/feeds/{id}{}/digest.rss", "0".repeat(32)), "").await.status, StatusCode::NOT_FOUND);
    let token = site.token(&make::rep(), ApiScope::Read).await;
    assert_eq!(site.api("GET", "/api/v1/me", &token, "").await.status, StatusCode::OK);
    let own = site.store.list_tokens(&make::rep().email).await.unwrap();
    assert_eq!(own.len(), 3, "a session, a feed and a token of the API");
}

#[tokio::test]
async fn how_much_of_an_address_is_right_does_not_show_in_the_answer() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let base = address(&site, &cookie).await;
    let token = base.rsplit('/').next().unwrap().to_owned();
    let flip = |at: usize| {
        let other = if token.as_bytes()[at] == b'0' { '1' } else { '0' };
        format!("{}{other}{}", &token[..at], &token[at + 1..])
    };
    let mut answers = Vec::new();
    // Wrong in the first, a middle and the last digit of the proof, and in the id.
    for at in [0, 16, 32, 47] {
        let answer = site.get(&format!("/feeds/{}/digest.rss", flip(at)), "").await;
        let mut headers: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        headers.sort();
        let body = answer.body.split("Request").next().unwrap().to_owned();
        answers.push((answer.status, headers, body));
    }
    assert_eq!(answers[0].0, StatusCode::NOT_FOUND);
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:#?}");
}

/// Secrets are never compared: what is sent is hashed, and the hash looked up. So how long an answer takes cannot depend
/// on how much of a secret was right; a difference in time could only speak of hashes, from which no secret follows.
/// (The proof in a feed's address is compared by `Mac::verify_truncated_left`, which takes the same time for all.)
#[tokio::test]
async fn of_secrets_only_hashes_are_kept_and_a_hash_opens_nothing() {
    use sha2::Digest as _;
    let site = Site::new().await;
    let cookie = site.maya().await;
    let session = cookie.split('=').nth(1).unwrap();
    let token = site.token(&make::rep(), ApiScope::Write).await;
    let link = site.link(&make::rep().email).await;
    let link = link.rsplit('/').next().unwrap();
    let feed = address(&site, &cookie).await;
    let feed = feed.rsplit('/').next().unwrap();
    let kept = site.store.list_tokens(&make::rep().email).await.unwrap();
    for secret in [session, &token, link] {
        let hash: String = sha2::Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(kept.iter().any(|token| token.key == hash), "kept by the hash of its secret");
        assert!(!format!("{kept:?}").contains(secret), "the secret itself is not kept");
        let cookie = format!("{}={hash}", cookie.split('=').next().unwrap());
        assert_ne!(site.get("/settings", &cookie).await.status, StatusCode::OK);
        assert_eq!(site.api("GET", "/api/v1/me", &hash, "").await.status, StatusCode::UNAUTHORIZED);
        assert_ne!(site.post(&format!("/sign-in/{hash}"), "", "").await.status, StatusCode::SEE_OTHER);
    }
    assert!(!format!("{kept:?}").contains(&feed[16..]), "of a feed the id alone");
}
