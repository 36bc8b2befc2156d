use crate::helpers::{make, pages, pages::Site};
use axum::http::StatusCode;
use ridealong::model::*;
use ridealong::render::{Links, digest_html, digest_text};
use std::sync::atomic::Ordering;

fn links() -> Links {
    Links::new(&"https://advice.example".parse().unwrap())
}

#[tokio::test]
async fn the_digest_shows_each_pick_with_its_reason_and_its_original() {
    let site = Site::new().await;
    let page = site.get("/", &site.maya().await).await;
    assert_eq!(page.status, StatusCode::OK);
    let id = &pages::digest().posts[0].id;
    let pick = page.between("<article class=\"pick\"", "</article>");
    assert!(pick.contains(&format!("<a href=\"/posts/{id}\">When the CFO says it’s too expensive</a>")));
    assert!(pick.contains("<b>Why this</b> Your notes on Sundby Pharma say “CFO asks for a discount”"));
    assert!(pick.contains("href=\"https://blog.example/flinch\""));
    assert!(pick.contains("Dana Whitlock, practitioner"));
    assert!(pick.contains("Ask what it costs them to wait until March."));
    assert!(pick.contains("Rafael Duarte notes"));
    assert!(page.body.contains("2 picks for 1 deal: 2 minutes to read."));
    assert!(page.body.contains("Nothing new fits this deal this week."));
    assert!(page.body.contains("Close date passed 12 days ago (11 Nov)."));
}

#[tokio::test]
async fn reading_builds_in_memory_and_saves_nothing() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let week = "2026-W48".parse().unwrap();
    let stored = site.store.find_digest(&make::rep().email, week).await.unwrap();
    assert!(stored.is_some(), "signing in builds the first digest");
    let later: IsoWeek = "2026-W49".parse().unwrap();
    site.clock.set(make::now() + jiff::SignedDuration::from_hours(7 * 24));
    assert_eq!(site.get("/", &cookie).await.status, StatusCode::OK);
    assert_eq!(site.store.find_digest(&make::rep().email, later).await.unwrap(), None);
    assert_eq!(site.builder.builds.load(Ordering::SeqCst), 2);
    let past = site.get("/digest/2026-W48", &cookie).await;
    assert!(past.body.contains("to this week"));
    assert_eq!(site.get("/digest/2026-W40", &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/digest/nonsense", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rep_without_deals_is_told_what_to_do() {
    let site = Site::new().await;
    let rep = Rep::new(make::email("new@example.com"), "Noor");
    let page = site.get("/", &site.sign_in(&rep).await).await;
    assert!(page.body.contains("No deals yet"));
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") };
    let page = site.get("/", &site.sign_in(&admin).await).await;
    assert!(page.body.contains("href=\"/admin/deals\""));
}

#[tokio::test]
async fn every_page_opens_and_links_stay_on_this_site() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let digest = pages::digest();
    let paths = [
        "/".to_owned(),
        "/deals".to_owned(),
        format!("/deals/{}", digest.deals[0].deal.id),
        format!("/posts/{}", digest.posts[0].id),
        "/stages".to_owned(),
        "/stages/negotiation".to_owned(),
        "/saved".to_owned(),
        "/commitments".to_owned(),
        "/sources".to_owned(),
        "/settings".to_owned(),
        "/search?q=ladder".to_owned(),
    ];
    for path in paths {
        let page = site.get(&path, &cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
        for href in page.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(href.starts_with(['/', '#']) || href.starts_with("https://"), "{path}: {href}");
        }
        for src in page.body.split("src=\"").skip(1) {
            assert!(src.starts_with("/assets/"), "{path}: {src:.60}");
        }
        assert!(!page.body.contains(" style=") && !page.body.contains("<style") && !page.body.contains("onclick"));
    }
}

#[test]
fn the_text_is_complete() {
    insta::assert_snapshot!(digest_text(&pages::digest(), &links()));
}

#[test]
fn the_document_stands_alone() {
    let html = digest_html(&pages::digest(), &links());
    assert!(html.contains("href=\"https://advice.example/posts/"));
    assert!(!html.contains("<script") && !html.contains("<link"));
    assert!(html.contains("Why this"));
}

#[tokio::test]
async fn times_are_the_reader_s_own() {
    let site = Site::new().await;
    let rep = Rep { zone: "Pacific/Kiritimati".to_owned(), ..make::rep() };
    let cookie = site.sign_in(&rep).await;
    // 23:30 on Sunday in UTC is Monday of the next week on Kiritimati.
    site.clock.set("2026-11-29T23:30:00Z".parse().unwrap());
    let page = site.get("/", &cookie).await;
    assert!(page.body.contains("Week 49"), "{}", page.body);
}

#[tokio::test]
async fn a_commitment_comes_back_on_its_day() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let digest = pages::digest();
    let (post, deal) = (&digest.posts[0].id, &digest.deals[0].deal.id);
    let form = format!("deal={deal}&note=Ask+about+March&due=2026-11-30&back=/%23x");
    let made = site.post(&format!("/posts/{post}/commit"), &form, &cookie).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/#x"));
    assert!(!site.get("/", &cookie).await.body.contains("You said you would try"));
    site.clock.set("2026-11-30T09:00:00Z".parse().unwrap());
    let page = site.get("/", &cookie).await;
    assert!(page.body.contains("You said you would try") && page.body.contains("Ask about March"));
    let id = page.between("action=\"/commitments/", "\"");
    site.post(&format!("/commitments/{id}"), "state=not_yet", &cookie).await;
    site.post(&format!("/commitments/{id}"), "state=not_yet", &cookie).await;
    let page = site.get("/commitments", &cookie).await;
    assert!(page.body.contains("in 7 days") && page.body.contains("it was not the right moment"), "{}", page.body);
    site.post(&format!("/commitments/{id}"), "state=done&result=He+moved", &cookie).await;
    let page = site.get("/commitments", &cookie).await;
    assert!(page.body.contains("Did it") && page.body.contains("He moved"));
    let csv = site.get("/commitments.csv", &cookie).await;
    assert!(csv.body.contains("2026-11-23,") && csv.body.contains("done,He moved"));
}

#[tokio::test]
async fn each_act_is_kept_shown_and_taken_back() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let digest = pages::digest();
    let (post, deal) = (&digest.posts[0].id, &digest.deals[0].deal.id);
    let acts = [
        (format!("/posts/{post}/useful"), format!("deal={deal}"), format!("vote:{post}")),
        (format!("/posts/{post}/not-for-me"), String::new(), format!("vote:{post}")),
        (format!("/posts/{post}/save"), String::new(), format!("save:{post}")),
        (format!("/posts/{post}/stage"), "stage=closing".to_owned(), format!("restage:{post}")),
        ("/sources/blog/mute".to_owned(), String::new(), "mute-source:blog".to_owned()),
        ("/mentors/mute".to_owned(), "mentor=Dana+Whitlock".to_owned(), "mute-mentor:dana whitlock".to_owned()),
        (format!("/deals/{deal}/snooze"), "weeks=2".to_owned(), format!("snooze-deal:{deal}")),
        ("/stages/closing/snooze".to_owned(), "weeks=4".to_owned(), "snooze-stage:closing".to_owned()),
    ];
    for (path, form, key) in acts {
        let done = site.post(&path, &form, &cookie).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{path}: {}", done.body);
        let kept = site.store.list_acts(&make::rep().email).await.unwrap();
        assert!(kept.acts.iter().any(|(_, act)| act.key() == key), "{path}");
        let key = key.replace(' ', "+");
        site.post("/acts/undo", &format!("key={key}"), &cookie).await;
        assert_eq!(site.store.list_acts(&make::rep().email).await.unwrap().acts, [], "{path}");
    }
}

#[tokio::test]
async fn muting_builds_the_digest_anew() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let before = site.builder.builds.load(Ordering::SeqCst);
    site.post("/sources/blog/mute", "", &cookie).await;
    assert_eq!(site.builder.builds.load(Ordering::SeqCst), before + 1);
    let settings = site.get("/settings", &cookie).await;
    assert!(settings.body.contains("The Cold Open is muted"));
}

#[tokio::test]
async fn saved_posts_wait_on_their_page() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let post = &pages::digest().posts[1];
    site.post(&format!("/posts/{}/save", post.id), "", &cookie).await;
    let page = site.get("/saved", &cookie).await;
    assert!(page.body.contains("A ladder of concessions") && page.body.contains("Saved ✓"));
}

#[tokio::test]
async fn comments_stand_in_threads_with_the_useful_ones_first() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let post = make::post("talk", "Much discussed", Stage::Closing);
    site.add_post(&post).await;
    let one = |id: &str, text: &str| make::comment(&post, id, text);
    let thin = Comment { worth: CommentWorth::Thin, ..one("1", "Great post!") };
    let spam = Comment { worth: CommentWorth::Spam, ..one("2", "Cheap watches") };
    let useful = one("3", "We do it the other way round");
    let answer = Comment { parent_id: Some(useful.id.clone()), ..one("4", "Why is that") };
    let (a, b) = (one("5", "I answer you"), one("6", "And I you"));
    let circle =
        [Comment { parent_id: Some(b.id.clone()), ..a.clone() }, Comment { parent_id: Some(a.id.clone()), ..b }];
    let comments = [vec![thin, spam, useful, answer], circle.to_vec()].concat();
    let batch = ridealong::store::CrawlBatch { lease: None, state: None, posts: vec![], comments };
    site.store.save_crawl(batch).await.unwrap();
    let page = site.get(&format!("/posts/{}", post.id), &cookie).await;
    let at = |text: &str| page.body.find(text).unwrap_or_else(|| panic!("{text} is not shown"));
    assert!(at("the other way round") < at("Why is that") && at("Why is that") < at("Great post!"));
    assert!(page.body.contains("I answer you") && page.body.contains("And I you"));
    assert!(!page.body.contains("Cheap watches"));
    assert!(page.body.contains("depth-1"));
}

#[tokio::test]
async fn a_note_is_for_everyone_or_for_the_team() {
    let site = Site::new().await;
    let team = |name: &str, email: &str| Rep { team: Some(name.to_owned()), ..Rep::new(make::email(email), "R") };
    let north = site.sign_in(&team("north", "n@example.com")).await;
    let south = site.sign_in(&team("south", "s@example.com")).await;
    let post = pages::digest().posts[0].id.clone();
    let path = format!("/posts/{post}");
    site.post(&format!("{path}/notes"), "text=For+all+of+us", &north).await;
    site.post(&format!("{path}/notes"), "text=North+only&team_only=yes", &north).await;
    let (for_north, for_south) = (site.get(&path, &north).await.body, site.get(&path, &south).await.body);
    assert!(for_north.contains("North only") && for_south.contains("For all of us"));
    assert!(!for_south.contains("North only"));
    let note = site.store.list_notes(&post).await.unwrap().remove(0);
    let remove = format!("{path}/notes/{}/remove", note.id);
    assert_eq!(site.post(&remove, "", &south).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post(&remove, "", &north).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.store.list_notes(&post).await.unwrap().len(), 1);
}

#[tokio::test]
async fn mail_settings_are_checked_before_they_are_saved() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let good = "enabled=yes&weekday=tuesday&at=08:15&zone=Europe/Stockholm&away_from=2026-12-20&away_to=2027-01-03";
    assert_eq!(site.post("/settings/mail", good, &cookie).await.status, StatusCode::SEE_OTHER);
    let rep = site.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    assert_eq!((rep.zone.as_str(), rep.mail.at.to_string().as_str()), ("Europe/Stockholm", "08:15:00"));
    for (wrong, word) in [
        ("weekday=someday&at=08:15&zone=UTC", "weekday"),
        ("weekday=monday&at=late&zone=UTC", "07:30"),
        ("weekday=monday&at=08:15&zone=Mars/Base", "time zone"),
        ("weekday=monday&at=08:15&zone=UTC&away_from=2026-12-20", "Give the last day away"),
    ] {
        let answer = site.post("/settings/mail", wrong, &cookie).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(word), "{wrong}: {}", answer.body);
    }
    assert_eq!(site.store.find_rep(&make::rep().email).await.unwrap().unwrap(), rep);
}

#[tokio::test]
async fn a_search_marks_what_it_found_and_keeps_what_was_typed() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let page = site.get("/search?q=ladder&stage=closing", &cookie).await;
    assert!(page.body.contains("A <mark>ladder</mark> of concessions"), "{}", page.body);
    assert!(page.body.contains("value=\"ladder\"") && page.body.contains("value=\"closing\" selected"));
    assert!(site.get("/search?q=zebra", &cookie).await.body.contains("Nothing was found"));
    let typed = site.get("/search?q=%22%3E%3Cscript%3E", &cookie).await;
    assert_eq!(typed.status, StatusCode::OK);
    assert!(!typed.body.contains("\"><script>"));
}
