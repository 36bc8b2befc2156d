//! What a receiver of webhooks gets over the wire, and what becomes of it when the receiver misbehaves.

use crate::helpers::hostile::Hostile;
use crate::helpers::make;
use crate::helpers::pages::{self, Site};
use crate::helpers::telling::{THIS_MACHINE, hook, key, telling};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::render::hook::secret;
use ridealong::store::Record;
use serde_json::Value;
use std::time::Duration;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A site whose rep has a digest this week.
async fn with_digest() -> Site {
    let site = Site::new().await;
    site.store.save(Record::Rep(make::rep())).await.unwrap();
    site.store.save(Record::Digest(Box::new(pages::digest()))).await.unwrap();
    site
}

/// A receiver that answers so, one after the other, the last for ever.
async fn receiver(statuses: &[u16]) -> MockServer {
    let server = MockServer::start().await;
    let last = statuses.len() - 1;
    for (at, status) in statuses.iter().enumerate() {
        let mock = Mock::given(method("POST")).and(path("/hook")).respond_with(ResponseTemplate::new(*status));
        if at == last { mock.mount(&server).await } else { mock.up_to_n_times(1).mount(&server).await }
    }
    server
}

fn url(server: &MockServer) -> String {
    format!("{}/hook", server.uri())
}

async fn taken(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers[name].to_str().unwrap()
}

/// Checks a delivery as a receiver does that was given the secret of the settings page.
fn is_ours(request: &Request, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut code = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    code.update(format!("{}.{}.", header(request, "webhook-id"), header(request, "webhook-timestamp")).as_bytes());
    code.update(&request.body);
    let given = header(request, "webhook-signature").strip_prefix("v1,").unwrap();
    code.verify_slice(&STANDARD.decode(given).unwrap()).is_ok()
}

async fn webhook(site: &Site, id: &str) -> Webhook {
    let hooks = site.store.list_webhooks(None).await.unwrap();
    hooks.into_iter().find(|hook| hook.id == id).unwrap()
}

#[tokio::test]
async fn a_program_gets_the_digest_once_and_can_prove_that_it_is_ours() {
    let (site, server) = (with_digest().await, receiver(&[200]).await);
    let hook = hook(&site, &make::rep(), &url(&server), Tells::DigestReady).await;
    let job = telling(&site, THIS_MACHINE);
    assert_eq!(job.run(&SourceSet::default()).await.unwrap(), 1);
    for hours in 1..30 {
        site.clock.set(make::now() + SignedDuration::from_hours(hours));
        assert_eq!(job.run(&SourceSet::default()).await.unwrap(), 0);
    }
    let requests = taken(&server).await;
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(header(request, "content-type"), "application/json");
    assert_eq!(header(request, "webhook-timestamp"), make::now().as_second().to_string());
    assert!(is_ours(request, &secret(&key(), &hook.id)));
    let mut forged = request.clone();
    forged.body.push(b' ');
    assert!(!is_ours(&forged, &secret(&key(), &hook.id)) && !is_ours(request, &secret(&key(), "00000000000000cc")));
    let told: Value = request.body_json().unwrap();
    assert_eq!((&told["type"], &told["data"]["week"]), (&"digest.ready".into(), &"2026-W48".into()));
    assert_eq!((&told["data"]["rep"], &told["data"]["picks"]), (&"maya@example.com".into(), &2.into()));
    assert_eq!(webhook(&site, &hook.id).await.taken_at, Some(make::now()));
}

#[tokio::test]
async fn what_a_receiver_cannot_take_now_comes_again_later_under_the_same_id() {
    let (site, server) = (with_digest().await, receiver(&[503, 429, 204]).await);
    let hook = hook(&site, &make::rep(), &url(&server), Tells::DigestReady).await;
    let job = telling(&site, THIS_MACHINE);
    let mut counts = Vec::new();
    for minute in 0..12 {
        site.clock.set(make::now() + SignedDuration::from_mins(minute));
        job.run(&SourceSet::default()).await.unwrap();
        counts.push(taken(&server).await.len());
    }
    assert_eq!(counts, [1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3], "after one minute, then after five");
    let requests = taken(&server).await;
    assert!(requests.iter().all(|request| is_ours(request, &secret(&key(), &hook.id))));
    assert!(requests.iter().all(|request| header(request, "webhook-id") == header(&requests[0], "webhook-id")));
    let hook = webhook(&site, &hook.id).await;
    assert_eq!((hook.taken_at, hook.stopped_because), (Some(make::now() + SignedDuration::from_mins(6)), None));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_asked_once_and_never_again() {
    let (site, server) = (with_digest().await, receiver(&[410]).await);
    let hook = hook(&site, &make::rep(), &url(&server), Tells::DigestReady).await;
    let job = telling(&site, THIS_MACHINE);
    for hours in 0..40 {
        site.clock.set(make::now() + SignedDuration::from_hours(hours));
        job.run(&SourceSet::default()).await.unwrap();
    }
    assert_eq!(taken(&server).await.len(), 1);
    let stopped = webhook(&site, &hook.id).await.stopped_because.unwrap();
    assert!(stopped.contains("wants nothing more") && stopped.contains("410"), "{stopped}");
    site.clock.set(make::now());
    let cookie = site.maya().await;
    assert!(site.get("/settings", &cookie).await.body.contains("wants nothing more"), "the rep is told");
}

#[tokio::test]
async fn a_redirect_is_no_delivery_and_leads_nowhere() {
    let (site, hostile) = (with_digest().await, Hostile::start().await);
    let metadata = hostile.url("/to/http://169.254.169.254/");
    let inside = hook(&site, &make::rep(), metadata.as_str(), Tells::DigestReady).await;
    let other = hook(&site, &make::rep(), hostile.url("/to//feed").as_str(), Tells::DigestReady).await;
    telling(&site, THIS_MACHINE).run(&SourceSet::default()).await.unwrap();
    let paths: Vec<_> = hostile.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths.len(), 2, "nobody followed: {paths:?}");
    for delivery in site.store.list_deliveries().await.unwrap() {
        let cause = delivery.cause.unwrap();
        assert!(cause.contains("302") && delivery.next_at.is_some(), "{cause}");
    }
    assert_eq!((webhook(&site, &inside.id).await.taken_at, webhook(&site, &other.id).await.taken_at), (None, None));
}

#[tokio::test]
async fn only_ranges_that_the_operator_named_are_reached_and_the_others_see_nothing() {
    let (site, server) = (with_digest().await, receiver(&[200]).await);
    hook(&site, &make::rep(), &url(&server), Tells::DigestReady).await;
    for ranges in [&[][..], &["10.0.0.0/8"]] {
        site.clock.set(make::now() + SignedDuration::from_hours(ranges.len() as i64));
        assert_eq!(telling(&site, ranges).run(&SourceSet::default()).await.unwrap(), 0);
    }
    assert!(taken(&server).await.is_empty());
    let cause = site.store.list_deliveries().await.unwrap().remove(0).cause.unwrap();
    assert!(cause.contains("127.0.0.1"), "{cause}");
    site.clock.set(make::now() + SignedDuration::from_hours(2));
    assert_eq!(telling(&site, THIS_MACHINE).run(&SourceSet::default()).await.unwrap(), 1, "and then it is allowed");
}

#[tokio::test]
async fn receivers_that_hang_up_hang_or_answer_without_end_keep_nobody_waiting() {
    let (site, server, hostile) = (with_digest().await, receiver(&[200]).await, Hostile::start().await);
    for trick in ["/reset", "/silence", "/stall", "/endless", "/garbage", "/gzip-bomb", "/drip"] {
        hook(&site, &make::rep(), hostile.url(trick).as_str(), Tells::DigestReady).await;
    }
    let good = hook(&site, &make::rep(), &url(&server), Tells::DigestReady).await;
    let started = std::time::Instant::now();
    telling(&site, THIS_MACHINE).run(&SourceSet::default()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert_eq!(taken(&server).await.len(), 1);
    assert!(webhook(&site, &good.id).await.taken_at.is_some());
    let deliveries = site.store.list_deliveries().await.unwrap();
    let again = deliveries.iter().filter(|delivery| delivery.next_at.is_some());
    let silent = again.filter(|delivery| delivery.cause.as_deref().is_some_and(|cause| !cause.is_empty())).count();
    assert!(silent >= 3, "those that gave no whole answer are tried again: {deliveries:#?}");
}

#[tokio::test]
async fn two_processes_tell_it_once_and_what_was_removed_meanwhile_stays_removed() {
    let (site, server) = (with_digest().await, MockServer::start().await);
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_millis(300));
    Mock::given(method("POST")).respond_with(slow).mount(&server).await;
    let hook = hook(&site, &make::rep(), &url(&server), Tells::DigestReady).await;
    let (one, two) = (telling(&site, THIS_MACHINE), telling(&site, THIS_MACHINE));
    let none = SourceSet::default();
    let remove = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        site.store.save_records(vec![], vec![Record::Webhook(hook.clone()).key()]).await.unwrap();
    };
    let (one, two, ()) = tokio::join!(one.run(&none), two.run(&none), remove);
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(taken(&server).await.len(), 1);
    assert!(site.store.list_webhooks(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn slack_and_teams_get_the_week_at_the_hour_of_the_mail_once() {
    let (site, slack, teams) = (with_digest().await, receiver(&[200]).await, receiver(&[202]).await);
    hook(&site, &make::rep(), &url(&slack), Tells::Slack).await;
    hook(&site, &make::rep(), &url(&teams), Tells::Teams).await;
    let job = telling(&site, THIS_MACHINE);
    for minutes in [0, 29, 31, 32, 90, 60 * 23, 60 * 48] {
        site.clock.set(make::now() + SignedDuration::from_mins(minutes));
        job.run(&SourceSet::default()).await.unwrap();
        let expected = usize::from(minutes > 30);
        assert_eq!((taken(&slack).await.len(), taken(&teams).await.len()), (expected, expected), "{minutes} min");
    }
    let message: Value = taken(&slack).await[0].body_json().unwrap();
    assert!(message["text"].as_str().unwrap().contains("2026-W48"), "what a notification shows: {message}");
    let blocks = message["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 2, "a heading, and the one pick of a source that the mail carries");
    for block in blocks {
        assert_eq!((&block["type"], &block["text"]["type"]), (&"section".into(), &"mrkdwn".into()));
        assert!(block["text"]["text"].as_str().unwrap().chars().count() <= 3_000, "the most that Slack takes");
    }
    let card: Value = taken(&teams).await[0].body_json().unwrap();
    assert_eq!(card["type"], "message");
    let attachment = &card["attachments"][0];
    assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
    assert!(attachment["content"]["body"].as_array().unwrap().len() >= 3);
    for told in [message.to_string(), card.to_string()] {
        assert!(told.contains("When the CFO says") && !told.contains("Sundby"), "names of deals stay out: {told}");
    }
}

#[tokio::test]
async fn a_broken_source_is_told_to_a_program_of_an_admin() {
    let (site, server) = (with_digest().await, receiver(&[200]).await);
    let admin = Rep { role: Role::Admin, ..Rep::new(make::email("boss@example.com"), "Boss") };
    hook(&site, &admin, &url(&server), Tells::SourceBroken).await;
    let mut state = SourceState::new(SourceId::new("blog"));
    (state.health, state.failures, state.cause) = (Health::Gone, 3, Some("the server answered 410".to_owned()));
    let batch = ridealong::store::CrawlBatch { lease: None, state: Some(state), posts: vec![], comments: vec![] };
    site.store.save_crawl(batch).await.unwrap();
    let set = SourceSet { sources: vec![pages::source()] };
    assert_eq!(telling(&site, THIS_MACHINE).run(&set).await.unwrap(), 1);
    let told: Value = taken(&server).await[0].body_json().unwrap();
    assert_eq!((&told["type"], &told["data"]["source"]), (&"source.broken".into(), &"blog".into()));
    assert_eq!(told["data"]["cause"], "the server answered 410");
}

#[tokio::test]
async fn an_operator_lets_reps_name_a_receiver_inside() {
    let settings = |text: &str| {
        let layer = ridealong::config::Layer::parse(text, std::path::Path::new("c.yaml")).unwrap();
        ridealong::config::Settings::from_layers([layer])
    };
    let set = settings("hook-allow-net: 10.2.0.0/16\n").unwrap();
    assert_eq!(set.hook_allow_net, ["10.2.0.0/16".parse().unwrap()]);
    assert!(settings("hook-allow-net: here\n").unwrap_err().to_string().starts_with("hook-allow-net: "));
    let site = Site::new().await;
    let cookie = site.maya().await;
    let form = "name=x&url=http%3A%2F%2F10.2.0.7%2Fhook&tells=digest_ready";
    let refused = site.post("/settings/webhooks", form, &cookie).await;
    assert!(refused.status.is_client_error() && refused.body.contains("hook-allow-net"), "{}", refused.body);
}
