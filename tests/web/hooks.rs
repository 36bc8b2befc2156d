//! Webhooks: signed, told once, tried again, and never to the inside.

use crate::helpers::make;
use crate::helpers::pages::{self, Site};
use crate::helpers::telling::{NOWHERE, hook, telling};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::render::Links;
use ridealong::render::hook as told;
use ridealong::render::signed::LinkKey;
use ridealong::store::Record;

#[tokio::test]
async fn a_digest_is_told_once_and_tried_again_until_it_is_given_up() {
    let site = Site::new().await;
    hook(&site, &make::rep(), NOWHERE, Tells::DigestReady).await;
    site.store.save(Record::Digest(Box::new(pages::digest()))).await.unwrap();
    let job = telling(&site, &[]);
    for hours in 0..40 {
        site.clock.set(make::now() + SignedDuration::from_hours(hours));
        assert_eq!(job.run(&SourceSet::default()).await.unwrap(), 0);
        assert_eq!(site.store.list_deliveries().await.unwrap().len(), 1, "it happened once");
    }
    let delivery = site.store.list_deliveries().await.unwrap().remove(0);
    assert!(delivery.next_at.is_none() && delivery.attempt >= 5, "{delivery:?}");
    assert_eq!(delivery.event, "digest-2026-W48");
    assert!(!delivery.body.contains("Sundby"), "names of deals stay out: {}", delivery.body);
}

#[tokio::test]
async fn no_webhook_reaches_this_machine_or_its_network() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    for inside in ["http://127.0.0.1/", "http://169.254.169.254/latest", "http://10.0.0.1/", "ftp://example.com/", "x"]
    {
        let answer = site.post("/settings/webhooks", &format!("name=x&url={inside}&tells=slack"), &cookie).await;
        assert!(answer.status.is_client_error(), "{inside}");
    }
    let made =
        site.post("/settings/webhooks", "name=x&url=https%3A%2F%2Fhooks.example%2Fs3cret&tells=slack", &cookie).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let page = site.get("/settings", &cookie).await.body;
    assert!(page.contains("the weekly digest in Slack") && !page.contains("s3cret"), "its address is a secret");
    let refused =
        site.post("/settings/webhooks", "name=x&url=https%3A%2F%2Fa.example&tells=source_broken", &cookie).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "broken sources are told to admins");
}

#[tokio::test]
async fn a_broken_source_is_told_to_admins_once_an_outage() {
    let site = Site::new().await;
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("boss@example.com"), "Boss") };
    hook(&site, &admin, NOWHERE, Tells::SourceBroken).await;
    let mut state = SourceState::new(SourceId::new("blog"));
    let set = SourceSet { sources: vec![pages::source()] };
    let job = telling(&site, &[]);
    let told = async |state: &SourceState| {
        let batch =
            ridealong::store::CrawlBatch { lease: None, state: Some(state.clone()), posts: vec![], comments: vec![] };
        site.store.save_crawl(batch).await.unwrap();
        job.run(&set).await.unwrap();
        site.store.list_deliveries().await.unwrap().len()
    };
    (state.health, state.failures) = (Health::Unreachable, 1);
    assert_eq!(told(&state).await, 0, "one failure is no outage");
    state.failures = 3;
    assert_eq!(told(&state).await, 1);
    state.failures = 4;
    assert_eq!(told(&state).await, 1, "the same outage");
    (state.health, state.failures, state.last_good_at) = (Health::Ok, 0, Some(make::now()));
    assert_eq!(told(&state).await, 1);
    (state.health, state.failures) = (Health::Gone, 3);
    assert_eq!(told(&state).await, 2, "another outage");
}

#[tokio::test]
async fn a_channel_gets_the_week_at_the_hour_of_the_mail_and_an_empty_week_says_nothing() {
    let site = Site::new().await;
    hook(&site, &make::rep(), NOWHERE, Tells::Slack).await;
    let job = telling(&site, &[]);
    job.run(&SourceSet::default()).await.unwrap();
    assert!(site.store.list_deliveries().await.unwrap().is_empty(), "it is 07:00, the mail comes at 07:30");
    site.clock.set(make::now() + SignedDuration::from_mins(31));
    job.run(&SourceSet::default()).await.unwrap();
    let told = site.store.list_deliveries().await.unwrap();
    assert_eq!((told.len(), told[0].event.as_str()), (1, "weekly-2026-W48"));
    assert!(!told[0].body.contains("Sundby"));
    let empty = pages::empty_digest(&make::rep());
    let links = Links::new(&site.public_url);
    assert_eq!((told::slack(&empty, &links), told::teams(&empty, &links)), (None, None));
}

#[test]
fn messages_for_channels_are_what_slack_and_teams_read_whatever_a_title_holds() {
    let mut digest = pages::digest();
    digest.posts[0].title = "<!channel> [click](https://evil.example) & *bold*".to_owned();
    let links = Links::new(&"https://ride.example".parse().unwrap());
    let slack: serde_json::Value = serde_json::from_str(&told::slack(&digest, &links).unwrap()).unwrap();
    let text = slack["blocks"][1]["text"]["text"].as_str().unwrap();
    assert!(text.contains("&lt;!channel&gt;") && text.starts_with("<https://ride.example/posts/"), "{text}");
    let teams: serde_json::Value = serde_json::from_str(&told::teams(&digest, &links).unwrap()).unwrap();
    let card = &teams["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["version"]), (&"AdaptiveCard".into(), &"1.4".into()));
    let title = card["body"][1]["text"].as_str().unwrap();
    assert!(title.contains("\\[click\\]"), "{title}");
    digest.posts[0].title = "<&>\u{0}\u{202e}".repeat(10_000);
    digest.deals[0].picks[0].why = "<why>".repeat(10_000);
    for told in [told::slack(&digest, &links).unwrap(), told::teams(&digest, &links).unwrap()] {
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let blocks = told["blocks"].as_array().or(told["attachments"][0]["content"]["body"].as_array()).unwrap();
        for block in blocks {
            let text = block["text"]["text"].as_str().or(block["text"].as_str()).unwrap();
            assert!(text.chars().count() <= 3_000, "Slack takes no longer block: {} characters", text.chars().count());
        }
    }
}

#[test]
fn a_receiver_can_check_that_a_delivery_is_ours() {
    let key = LinkKey::new("key");
    let secret = told::secret(&key, "00000000000000cc");
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!(bytes.len() >= 24);
    let mut code = Hmac::<sha2::Sha256>::new_from_slice(&bytes).unwrap();
    code.update(format!("id.{}.body", make::now().as_second()).as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(code.finalize().into_bytes()));
    assert_eq!(told::signature(&key, "00000000000000cc", "id", make::now(), "body"), expected);
    assert_ne!(told::secret(&key, "00000000000000cd"), secret);
}
