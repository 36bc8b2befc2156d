use crate::helpers::make::now;
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use ridealong::crawl::websub::{Subscription, SubscriptionState, Verification};
use ridealong::model::SourceState;
use sha2::Sha256;
use url::Url;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const TOPIC: &str = "https://blog.example/feed";

fn offered() -> Subscription {
    let state = SourceState {
        hub: Some("https://hub.example/".to_owned()),
        topic: Some(TOPIC.to_owned()),
        ..SourceState::default()
    };
    let subscription = Subscription::offered(&state, "0123456789abcdef0123456789abcdef".to_owned()).unwrap();
    assert!(subscription.is_of(&state));
    subscription
}

fn callback() -> Url {
    Url::parse("https://ridealong.example/websub/abc").unwrap()
}

fn question(mode: &str, topic: &str) -> Verification {
    let lease_seconds = Some(864_000);
    Verification { mode: mode.to_owned(), topic: topic.to_owned(), challenge: "echo me".to_owned(), lease_seconds }
}

#[test]
fn a_subscription_is_asked_for_verified_and_renewed_before_its_lease_ends() {
    let mut subscription = offered();
    assert!(subscription.is_due(now()));
    let request = subscription.ask(&callback(), now()).unwrap();
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(request.body.as_ref().unwrap()).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://hub.example/"));
    assert_eq!((field("hub.mode"), field("hub.topic")), (Some("subscribe"), Some(TOPIC)));
    assert_eq!(field("hub.callback"), Some(callback().as_str()));
    assert_eq!(field("hub.secret").map(str::len), Some(32));
    assert!(!subscription.is_due(now() + HOUR) && !subscription.is_active(now()));
    assert_eq!(subscription.verify(&question("subscribe", TOPIC), now()).as_deref(), Some("echo me"));
    assert!(subscription.is_active(now() + HOUR * 24 * 9) && !subscription.is_due(now() + HOUR * 24 * 6));
    assert!(subscription.is_due(now() + HOUR * 24 * 7), "two thirds of ten days");
    assert!(!subscription.is_active(now() + HOUR * 24 * 11));
}

#[test]
fn only_what_we_asked_for_is_confirmed() {
    let mut never_asked = offered();
    assert_eq!(never_asked.verify(&question("subscribe", TOPIC), now()), None);
    let mut subscription = offered();
    subscription.ask(&callback(), now()).unwrap();
    assert_eq!(subscription.verify(&question("subscribe", "https://evil.example/"), now()), None);
    assert_eq!(subscription.verify(&question("unsubscribe", TOPIC), now()), None);
    assert_eq!(subscription.verify(&question("", TOPIC), now()), None);
    assert_eq!(subscription.state, SubscriptionState::Pending);
    subscription.leave(&callback()).unwrap();
    assert_eq!(subscription.verify(&question("unsubscribe", TOPIC), now()).as_deref(), Some("echo me"));
}

#[test]
fn a_hub_that_says_no_is_asked_again_after_a_week_and_a_silent_one_after_a_day() {
    let mut subscription = offered();
    subscription.ask(&callback(), now()).unwrap();
    assert!(subscription.is_due(now() + HOUR * 24), "it was never verified");
    subscription.verify(&question("denied", TOPIC), now());
    assert!(!subscription.is_due(now() + HOUR * 24 * 6) && subscription.is_due(now() + HOUR * 24 * 7));
}

#[test]
fn a_push_counts_only_with_the_signature_of_the_hub() {
    let subscription = offered();
    let body = b"<rss/>";
    let mut mac = Hmac::<Sha256>::new_from_slice(subscription.secret.as_bytes()).unwrap();
    mac.update(body);
    let good: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(subscription.is_authentic(Some(&format!("sha256={good}")), body));
    assert!(subscription.is_authentic(Some(&format!("SHA256={}", good.to_uppercase())), body));
    // HMAC-SHA1 of the same, made with another program.
    assert!(subscription.is_authentic(Some("sha1=7966e2e6d9820333ecb1a7931bc8a64a38f03e9a"), body));
    for bad in [
        None,
        Some(""),
        Some("sha256="),
        Some("md5=00"),
        Some(good.as_str()),
        Some("sha256=0000000000000000000000000000000000000000000000000000000000000000"),
    ] {
        assert!(!subscription.is_authentic(bad, body), "{bad:?}");
    }
    assert!(!subscription.is_authentic(Some(&format!("sha256={good}")), b"<rss></rss>"));
}
