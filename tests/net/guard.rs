use crate::helpers::data::data_lines;
use crate::helpers::hostile::{Hostile, Scripted};
use ridealong::config::NetSettings;
use ridealong::net::{Client, FetchError, Refusal, Request, guard, is_global};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

fn judge(text: &str) -> Result<(), Refusal> {
    guard::judge(&Url::parse(text).expect("a good URL"), &[])
}

fn quick() -> NetSettings {
    NetSettings { connect_timeout: Duration::from_millis(300), ..NetSettings::default() }
}

#[test]
fn every_address_of_the_corpus_is_judged_as_it_says() {
    for case in data_lines("addresses.jsonl") {
        let (text, want) = (case["url"].as_str().expect("a URL"), case["want"].as_str().expect("a verdict"));
        let Ok(url) = Url::parse(text) else {
            assert_eq!(want, "invalid", "{text} does not parse");
            continue;
        };
        let allowed = guard::judge(&url, &[]).is_ok();
        match want {
            "deny" => assert!(!allowed, "{text} is let through"),
            "public" | "name" | "deny-after-dns" => assert!(allowed, "{text} is refused"),
            other => panic!("{text} is {other}, but it parses as {url}"),
        }
    }
}

#[tokio::test]
async fn every_address_of_the_corpus_meets_the_client_as_it_says() {
    // Names lead where their corpus says that they lead; nothing of it leaves this machine.
    let resolver = Scripted::default().with("169.254.169.254.nip.io", &[&["169.254.169.254"]]);
    let client = Client::with_lookup(&quick(), Arc::new(resolver.clone()));
    let cases = data_lines("addresses.jsonl").into_iter().filter_map(|case| {
        let want = case["want"].as_str().expect("a verdict").to_owned();
        Some((Url::parse(case["url"].as_str().expect("a URL")).ok()?, want))
    });
    let asked = cases.map(|(url, want)| {
        let client = client.clone();
        async move { (url.clone(), want, client.fetch(Request::get(url)).await) }
    });
    for (url, want, answer) in futures::future::join_all(asked).await {
        let refused = matches!(answer, Err(FetchError::Refused(_)));
        assert_eq!(refused, want.starts_with("deny"), "{url} is {want}: {answer:?}");
    }
    assert!(resolver.asked().len() < 60, "what is judged by its address alone reaches no resolver");
}

#[test]
fn every_way_to_write_an_inner_address_is_refused() {
    for text in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://198.18.0.1/",
        "http://203.0.113.9/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[ff02::1]/",
        "http://[2001:db8::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://wiki.corp.internal/",
        "ftp://example.com/",
        "file:///etc/passwd",
    ] {
        assert!(judge(text).is_err(), "{text} is let through");
    }
    for text in
        ["https://example.com/feed", "http://8.8.8.8/", "http://[2606:4700:4700::1111]/", "http://[2002:808:808::]/"]
    {
        assert!(judge(text).is_ok(), "{text} is refused");
    }
}

#[test]
fn the_internal_wiki_is_reached_by_its_own_range_and_nothing_else_is() {
    let allow = ["10.2.0.0/16".parse().unwrap()];
    let judge = |text: &str| guard::judge(&Url::parse(text).unwrap(), &allow);
    assert!(judge("http://10.2.3.4/wiki").is_ok());
    assert!(judge("http://[::ffff:10.2.3.4]/wiki").is_ok());
    assert!(judge("http://wiki.corp.internal/").is_ok(), "the name is judged again when it is resolved");
    assert!(judge("http://10.3.0.1/").is_err());
    assert!(judge("http://127.0.0.1/").is_err());
}

#[test]
fn addresses_wrapped_in_others_are_judged_by_what_is_inside() {
    let global = |text: &str| is_global(text.parse::<IpAddr>().unwrap());
    assert!(global("64:ff9b::808:808"));
    assert!(!global("64:ff9b::a00:1"));
    assert!(global("::ffff:9.9.9.9"));
    assert!(!global("::ffff:169.254.169.254"));
    assert!(!global("64:ff9b:1::808:808"), "a local NAT64 prefix leads inside");
    assert!(!global("fec0::1"));
}

#[tokio::test]
async fn a_name_that_turns_inwards_after_it_was_judged_reaches_nothing() {
    let server = Hostile::start().await;
    // The first answer is one that may be dialled (and where nobody is), the second is this machine.
    let resolver = Scripted::default().with("turn.test", &[&["192.0.2.7"], &["127.0.0.1"]]);
    let client = Client::with_lookup(&quick(), Arc::new(resolver.clone()));
    let request = Request {
        allow_net: vec!["192.0.2.0/24".parse().unwrap()],
        ..Request::get(server.named("turn.test", "/feed"))
    };
    assert!(client.fetch(request.clone()).await.is_err());
    assert_eq!(resolver.asked().len(), 1, "what was judged is dialled, the name is not asked a second time");
    let second = client.fetch(request).await;
    assert!(matches!(second, Err(FetchError::Refused(Refusal::InternalAddress { .. }))), "{second:?}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn of_many_addresses_only_those_on_the_open_internet_are_dialled() {
    let server = Hostile::start().await;
    let resolver = Scripted::default().with("mixed.test", &[&["127.0.0.1", "10.0.0.1", "169.254.169.254"]]);
    let client = Client::with_lookup(&quick(), Arc::new(resolver));
    let error = client.fetch(Request::get(server.named("mixed.test", "/feed"))).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "mixed.test leads to 127.0.0.1, which is not on the open internet; where the source is internal by design, give it `allow_net` with its range"
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_source_that_may_reach_the_inside_lends_its_way_to_no_other() {
    let server = Hostile::start().await;
    let resolver = Scripted::default().with("wiki.test", &[&["127.0.0.1"]]);
    let client = Client::with_lookup(&quick(), Arc::new(resolver));
    let url = server.named("wiki.test", "/feed");
    let inside = Request { allow_net: vec!["127.0.0.0/8".parse().unwrap()], ..Request::get(url.clone()) };
    assert_eq!(client.fetch(inside).await.unwrap().status, 200);
    assert!(matches!(client.fetch(Request::get(url)).await, Err(FetchError::Refused(_))));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_to_an_inner_address_is_refused_on_that_hop() {
    let server = Hostile::start().await;
    let client = Client::new(&quick());
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:1/",
        "http://2852039166/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/_MAIL",
    ] {
        let request = Request {
            allow_net: vec!["127.0.0.1/32".parse().unwrap()],
            ..Request::get(server.url(&format!("/to/{target}")))
        };
        let error = client.fetch(request).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{target}: {error}");
    }
}
