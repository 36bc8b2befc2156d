use crate::helpers::hostile::{FEED, Hostile, answer};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use ridealong::config::NetSettings;
use ridealong::model::Validators;
use ridealong::net::{ACCEPT_FEED, Client, Request};
use std::io::Write;
use url::Url;

fn request(url: Url) -> Request {
    Request { accept: ACCEPT_FEED, allow_net: vec!["127.0.0.0/8".parse().unwrap()], ..Request::get(url) }
}

#[tokio::test]
async fn validators_go_back_byte_for_byte() {
    let server = Hostile::start().await;
    let client = Client::new(&NetSettings::default());
    for etag in ["W/\"a b\"", "\"5f-1\"", "unquoted", "\"with \\\"quotes\\\" in it\"", "\"\u{e9}\u{ff}\""] {
        let date = "Mon, 23 nov 2026 07:00:00 +0000 (sic)";
        let head = format!(
            "HTTP/1.1 200 OK\r\nETag: {etag}\r\nLast-Modified: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        // Bytes above 127 stand for themselves, as some servers send them.
        let raw: Vec<u8> = head.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        server.answers("/v", [raw]);
        let first = client.fetch(request(server.url("/v"))).await.unwrap();
        let again = Request { validators: first.validators.clone(), ..request(server.url("/v")) };
        client.fetch(again).await.unwrap();
        let seen = server.seen();
        let last = seen.last().unwrap();
        assert_eq!((last.header("if-none-match"), last.header("if-modified-since")), (Some(etag), Some(date)));
    }
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_that_follows_people() {
    let server = Hostile::start().await;
    server.answers("/first", [answer("200 OK", "Set-Cookie: id=1; Path=/\r\n", "")]);
    let client = Client::new(&NetSettings::default());
    client.fetch(request(server.url("/first"))).await.unwrap();
    client.fetch(request(server.url("/to//feed"))).await.unwrap();
    for seen in server.seen() {
        let agent = seen.header("user-agent").unwrap();
        assert!(agent.starts_with("Ridealong/") && agent.contains("(+https://"), "{agent}");
        assert_eq!(seen.header("accept-encoding"), Some("gzip, br, zstd, deflate"));
        for absent in ["cookie", "referer", "if-none-match", "if-modified-since", "from", "authorization"] {
            assert_eq!(seen.header(absent), None, "{absent}");
        }
        assert!(!seen.path.contains('?'));
    }
}

#[tokio::test]
async fn every_coding_that_is_offered_is_understood() {
    let server = Hostile::start().await;
    let client = Client::new(&NetSettings::default());
    let bytes = FEED.as_bytes();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(bytes).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(bytes).unwrap();
    let mut br = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
    br.write_all(bytes).unwrap();
    let zstd = zstd::stream::encode_all(bytes, 3).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut padded = gzip.clone();
    padded.extend_from_slice(&[0; 16]);
    let bodies = [
        ("gzip", gzip),
        ("x-gzip", padded),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("br", br.into_inner()),
        ("zstd", zstd),
        ("identity", bytes.to_vec()),
    ];
    for (coding, body) in bodies {
        server.answers("/coded", [answer("200 OK", &format!("Content-Encoding: {coding}\r\n"), body)]);
        let response = client.fetch(request(server.url("/coded"))).await.unwrap_or_else(|e| panic!("{coding}: {e}"));
        assert_eq!(response.body, bytes, "{coding}");
    }
}

#[tokio::test]
async fn headers_with_secrets_stay_with_the_origin_they_were_meant_for() {
    let (server, other) = (Hostile::start().await, Hostile::start().await);
    let client = Client::new(&NetSettings::default());
    let secret = |url| Request { headers: vec![("Authorization".to_owned(), "Bearer key".to_owned())], ..request(url) };
    client.fetch(secret(server.url("/to//feed"))).await.unwrap();
    assert!(server.seen().iter().all(|seen| seen.header("authorization") == Some("Bearer key")));
    client.fetch(secret(server.url(&format!("/to/{}", other.url("/feed"))))).await.unwrap();
    assert_eq!(other.seen()[0].header("authorization"), None);
}

#[tokio::test]
async fn a_post_becomes_a_get_where_the_redirect_says_so_and_stays_one_where_it_must() {
    let server = Hostile::start().await;
    let client = Client::new(&NetSettings::default());
    server.answers("/see-other", [answer("303 See Other", "Location: /feed\r\n", "")]);
    server.answers("/again", [answer("307 Temporary Redirect", "Location: /feed\r\n", "")]);
    for (path, method) in [("/see-other", "GET"), ("/again", "POST")] {
        let allow_net = vec!["127.0.0.0/8".parse().unwrap()];
        let post = Request { allow_net, ..Request::post(server.url(path), "text/plain", b"hello".to_vec()) };
        client.fetch(post).await.unwrap();
        assert!(server.seen().last().unwrap().head.starts_with(&format!("{method} /feed ")), "{path}");
    }
}

#[tokio::test]
async fn not_modified_brings_no_body_and_may_bring_new_validators() {
    let server = Hostile::start().await;
    server.answers("/same", ["HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\nConnection: close\r\n\r\n"]);
    let validators = Validators { etag: Some("\"1\"".to_owned()), last_modified: None };
    let asked = Request { validators, ..request(server.url("/same")) };
    let response = Client::new(&NetSettings::default()).fetch(asked).await.unwrap();
    assert!(response.is_not_modified() && response.body.is_empty());
    assert_eq!(response.validators.etag.as_deref(), Some("\"2\""));
}
