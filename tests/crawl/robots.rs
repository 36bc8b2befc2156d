use crate::helpers::data::data_lines;
use ridealong::crawl::robots::{Known, Rules};
use url::Url;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a good URL")
}

fn allow(robots: &str, agent: &str, address: &str) -> bool {
    Rules::parse(robots.as_bytes(), agent).allow(&url(address))
}

/// The path with its query as the case writes it: some cases give one that is not percent-encoded.
fn raw_path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split('#').next().unwrap_or("/")
}

#[test]
fn every_rfc_9309_case_of_the_corpus_is_judged_as_it_says() {
    // One search engine takes /index.html for the folder, which is not in RFC 9309.
    let cases = data_lines("robots.jsonl").into_iter().filter(|case| case["test"] != "GoogleOnly_IndexHTMLisDirectory");
    for case in cases {
        let text = |key: &str| case[key].as_str().expect("a text").to_owned();
        let got = Rules::parse(text("robots").as_bytes(), &text("agent")).allow_path(raw_path(&text("url")));
        assert_eq!(Some(got), case["allow"].as_bool(), "{case}");
    }
}

#[test]
fn the_longest_matching_rule_wins_and_of_two_as_long_the_one_that_allows() {
    let robots = "User-agent: *\nDisallow: /shop\nAllow: /shop/blog\nDisallow: /a\nAllow: /a\n";
    assert!(!allow(robots, "Ridealong", "https://example.com/shop/cart"));
    assert!(allow(robots, "Ridealong", "https://example.com/shop/blog/post-1"));
    assert!(allow(robots, "Ridealong", "https://example.com/a"));
}

#[test]
fn wildcards_and_the_end_sign_work_and_encoded_letters_are_compared_encoded() {
    let robots = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?print=\nDisallow: /caf\u{e9}\n";
    assert!(!allow(robots, "Ridealong", "https://example.com/files/a.pdf"));
    assert!(allow(robots, "Ridealong", "https://example.com/files/a.pdf.html"));
    assert!(!allow(robots, "Ridealong", "https://example.com/post?print=1"));
    assert!(!allow(robots, "Ridealong", "https://example.com/caf%c3%a9/menu"));
}

#[test]
fn a_group_that_names_us_replaces_the_one_for_everybody() {
    let robots = "User-agent: *\nDisallow: /\n\nUser-agent: ridealong/2.0\nUser-agent: other\nDisallow: /private\n";
    assert!(allow(robots, "Ridealong", "https://example.com/feed"));
    assert!(!allow(robots, "Ridealong", "https://example.com/private/x"));
}

#[test]
fn a_feed_listed_by_hand_is_fetched_unless_we_are_named() {
    let feed = url("https://example.com/feed");
    let everybody = Known::of_answer(200, b"User-agent: *\nDisallow: /\n");
    assert!(!everybody.forbid_feed(&feed));
    assert!(!everybody.allow(&feed), "pages and comment pages do follow it");
    let named = Known::of_answer(200, b"User-agent: Ridealong\nDisallow: /\n");
    assert!(named.forbid_feed(&feed));
}

#[test]
fn no_robots_txt_allows_everything_and_an_unreachable_one_forbids_pages_for_a_while() {
    let page = url("https://example.com/post");
    assert!(Known::of_answer(404, b"").allow(&page));
    assert!(Known::of_answer(403, b"").allow(&page));
    for status in [429, 500, 503] {
        let known = Known::of_answer(status, b"");
        assert!(!known.allow(&page));
        assert!(!known.forbid_feed(&page));
    }
}

#[test]
fn a_robots_txt_of_any_bytes_and_size_is_read_without_harm() {
    let mut bytes = b"\xEF\xBB\xBFUser-agent: *\r\nDisallow: /first\r".to_vec();
    bytes.extend_from_slice(&[0xff, 0xfe, 0x00, b'\n']);
    bytes.extend(std::iter::repeat_n("disallow: /\u{1F600}*", 60_000).flat_map(str::bytes));
    bytes.extend_from_slice(b"\nDisallow: /last\n");
    let rules = Rules::parse(&bytes, "Ridealong");
    assert!(!rules.allow(&url("https://example.com/first")));
    assert!(rules.allow(&url("https://example.com/last")), "what stands behind the first 512 KiB is not read");
}
