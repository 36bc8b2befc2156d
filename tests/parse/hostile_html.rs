//! Hostile HTML: after cleaning nothing runs, navigates or fetches.

use crate::helpers::{browser, data};
use ridealong::crawl::clean;

/// Tricks in our own words, so that the promise is kept without any corpus.
const OWN: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<p onclick=\"alert(1)\" style=\"background:url(/fetched)\">x</p>",
    "<a href=\"java\tscript:alert(1)\">x</a><a href=\" javascript:alert(1)\">y</a>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe><iframe src=\"/fetched\"></iframe>",
    "<meta http-equiv=refresh content=\"0;url=/gone\"><base href=\"/elsewhere/\">",
    "<link rel=stylesheet href=\"/fetched.css\"><style>@import '/fetched.css'</style>",
    "<form action=\"/gone\"><input autofocus onfocus=alert(1)><button formaction=\"javascript:alert(1)\">x</button></form>",
    "<video src=\"/fetched\" autoplay onplay=alert(1)></video><audio src=/fetched autoplay></audio>",
    "<object data=\"/fetched\"></object><embed src=\"/fetched\">",
    "<img srcset=\"/fetched 1x\" src=\"/fetched\">",
    "<details open ontoggle=alert(1)>x</details>",
    "<a title='\"><img src=x onerror=alert(1)>'>x</a><!--><img src=x onerror=alert(1)>-->",
    "<p title=\"a\" title='\"><script>alert(1)</script>'>x</p><//script><script/x>alert(1)</script>",
    "<![CDATA[<img src=x onerror=alert(1)>]]><?xml <img src=x onerror=alert(1)>?>",
    "<template><img src=x onerror=alert(1)></template><xmp><img src=x onerror=alert(1)></xmp>",
    "<table background=\"/fetched\"><tr><td background=\"/fetched\">x</table>",
];

fn snippets() -> Vec<String> {
    let corpus = data::data_lines("xss.jsonl");
    let theirs = corpus.iter().map(|line| line["html"].as_str().expect("a snippet").to_owned());
    OWN.iter().map(|own| (*own).to_owned()).chain(theirs).collect()
}

const WATCH: &str = "<script>for (const name of ['alert','confirm','prompt','print','open','eval'])\
    window[name] = () => document.documentElement.setAttribute('data-ran', name);</script>";

fn page(body: &str) -> String {
    format!("<!doctype html><html><head><meta charset=utf-8>{WATCH}</head><body>{body}<p>whole</p></body></html>")
}

#[test]
fn hostile_html_neither_runs_nor_navigates_nor_fetches_in_a_real_browser() {
    let Some(program) = browser::chromium() else { return };
    let open = browser::watch(&program, &page("<img src=x onerror=alert(1)>"));
    assert!(open.dom.contains("data-ran=\"alert\""), "the watch works: {}", open.dom);
    assert!(open.requests.iter().any(|path| path.ends_with("/x")), "the watch works: {:?}", open.requests);

    let body: String = snippets().iter().map(|html| format!("<div>{}</div>", clean::clean(html, None))).collect();
    let cleaned = browser::watch(&program, &page(&body));
    assert!(cleaned.dom.contains("<p>whole</p>"), "the page is still there: {}", cleaned.dom);
    assert!(!cleaned.dom.contains("<html data-ran"), "something ran");
    assert_eq!(cleaned.requests, Vec::<String>::new(), "something was fetched");
}

#[test]
fn cleaning_what_is_clean_changes_nothing() {
    for html in snippets() {
        let once = clean::clean(&html, None);
        assert_eq!(clean::clean(&once, None), once, "{html}");
    }
}

#[test]
fn links_become_absolute_and_lose_their_trackers_and_counters_vanish() {
    let base = url::Url::parse("https://sales.example/blog/post/").expect("an address");
    let html = "<p>See <a href=\"../pricing?utm_source=x&amp;plan=2\" target=_blank rel=opener>prices</a> \
        <img src=\"chart.png\" alt=\"a chart\" width=\"300\"><img src=\"https://pixel.wp.com/g.gif\"><img src=/t.gif width=1 height=1></p>";
    assert_eq!(
        clean::clean(html, Some(&base)),
        "<p>See <a href=\"https://sales.example/blog/pricing?plan=2\">prices</a> \
         <img src=\"https://sales.example/blog/post/chart.png\" alt=\"a chart\" width=\"300\"></p>"
    );
}

#[test]
fn the_quick_way_and_the_parsers_way_give_the_same_page() {
    // The second form of each pair is what the quick way refuses, with the same meaning.
    let pairs = [
        ("<p>one <b>two</b></p>", "<p>one <b>two</b>"),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a<li>b</ul>"),
        ("<p>a</p><p>b</p>", "<p>a<p>b"),
        ("<p>5 &lt; 6 &amp; 7</p>", "<P>5 &lt; 6 &amp; 7</p><font></font>"),
        ("<a href=\"https://a.example/\">x</a>", "<a href=https://a.example/>x</a>"),
    ];
    for (quick, parsed) in pairs {
        assert_eq!(clean::clean(quick, None), clean::clean(parsed, None));
    }
}
