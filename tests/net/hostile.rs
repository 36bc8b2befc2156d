use crate::helpers::hostile::{FEED, Hostile};
use ridealong::config::NetSettings;
use ridealong::net::{Client, FetchError, Request, Response};
use std::time::{Duration, Instant};

fn settings() -> NetSettings {
    NetSettings {
        connect_timeout: Duration::from_secs(2),
        first_byte_timeout: Duration::from_millis(700),
        request_timeout: Duration::from_secs(20),
        rate_grace: Duration::from_millis(500),
        ..NetSettings::default()
    }
}

async fn fetch(path: &str) -> Result<Response, FetchError> {
    let server = Hostile::start().await;
    let request = Request { allow_net: vec!["127.0.0.0/8".parse().unwrap()], ..Request::get(server.url(path)) };
    Client::new(&settings()).fetch(request).await
}

#[tokio::test]
async fn compressed_bombs_are_stopped_while_they_unpack() {
    for path in ["/gzip-bomb", "/brotli-bomb", "/zstd-bomb"] {
        let error = fetch(path).await.unwrap_err();
        assert!(matches!(error, FetchError::Bomb { .. } | FetchError::TooLarge { .. }), "{path}: {error}");
    }
}

#[tokio::test]
async fn an_endless_or_huge_body_ends_at_the_limit() {
    for path in ["/endless", "/huge"] {
        assert!(matches!(fetch(path).await, Err(FetchError::TooLarge { bytes_max: 10_485_760, .. })), "{path}");
    }
}

#[tokio::test]
async fn a_dripping_stalling_or_silent_server_is_given_up_in_time() {
    for path in ["/drip", "/stall"] {
        let begun = Instant::now();
        assert!(matches!(fetch(path).await, Err(FetchError::TooSlow { bytes_per_s: 1024, .. })), "{path}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{path}");
    }
    let error = fetch("/silence").await.unwrap_err();
    assert!(matches!(error, FetchError::Timeout { what: "answer", .. }), "{error:?}");
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    for path in ["/many-headers", "/long-header", "/endless-header"] {
        let error = fetch(path).await.unwrap_err();
        assert!(matches!(error, FetchError::HeadersTooLarge { .. }), "{path}: {error:?}");
    }
}

#[tokio::test]
async fn redirects_are_followed_up_to_five_and_never_in_a_circle() {
    let five = fetch("/chain/4").await.unwrap();
    assert_eq!((five.status, five.redirects.len(), five.url.path()), (200, 5, "/feed"));
    assert!(five.redirects.iter().all(|hop| hop.is_permanent()));
    assert!(matches!(fetch("/chain/5").await, Err(FetchError::TooManyRedirects { max: 5, .. })));
    assert!(matches!(fetch("/loop").await, Err(FetchError::RedirectLoop { .. })));
    assert!(matches!(fetch("/nowhere").await, Err(FetchError::BadRedirect { .. })));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error_and_never_half_a_document() {
    for path in ["/too-short", "/reset", "/cut-gzip", "/garbage"] {
        let error = fetch(path).await.unwrap_err();
        assert!(matches!(error, FetchError::Broken { .. }), "{path}: {error:?}");
    }
}

#[tokio::test]
async fn a_content_length_that_is_too_small_ends_the_body_there() {
    assert_eq!(fetch("/too-long").await.unwrap().body, FEED.as_bytes()[..9]);
}

#[tokio::test]
async fn plain_bytes_under_the_name_of_a_coding_are_taken_as_plain() {
    assert_eq!(fetch("/plain-as-gzip").await.unwrap().body, FEED.as_bytes());
}

#[tokio::test]
async fn errors_name_the_host_and_no_secret_of_the_address() {
    for path in ["/reset?token=hunter2", "/loop?token=hunter2", "/endless?token=hunter2"] {
        if let Err(error) = fetch(path).await {
            let text = error.to_string();
            assert!(!text.contains("hunter2") && text.contains("127.0.0.1"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_dead_port_and_an_unknown_name_say_so() {
    let client = Client::new(&settings());
    let allow_net = vec!["127.0.0.0/8".parse().unwrap()];
    let dead = Request { allow_net, ..Request::get("http://127.0.0.1:9/".parse().unwrap()) };
    let error = client.fetch(dead).await.unwrap_err();
    assert!(matches!(error, FetchError::Connect { .. }), "{error:?}");
    assert!(error.may_be_ours());
    let unknown = client.fetch(Request::get("http://no-such-name.invalid/".parse().unwrap())).await.unwrap_err();
    assert!(matches!(unknown, FetchError::Dns { .. }), "{unknown:?}");
}
