//! The demo is the whole product: sites are crawled over HTTP, and a rep signs in, reads, subscribes and gets a mail.

use crate::helpers::program::Running;
use reqwest::redirect::Policy;
use scraper::{Html, Selector};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::tempdir;

struct Browser {
    client: reqwest::Client,
    base: String,
    cookie: String,
}

impl Browser {
    /// Opens a one-time link and presses its button.
    async fn sign_in(link: &str) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let base = link.split("/sign-in/").next().unwrap().to_owned();
        let shown = client.get(link).send().await.unwrap().text().await.unwrap();
        let form = texts(&shown, "form", Some("method"));
        assert_eq!(form, ["post"], "a link shows one form: {shown}");
        let answer = client.post(link).header("origin", &base).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{}", answer.status());
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { client, base, cookie }
    }

    async fn open(&self, path: &str) -> String {
        let answer = self.client.get(format!("{}{path}", self.base)).header("cookie", &self.cookie).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }
}

/// The texts, or an attribute, of what a selector finds.
fn texts(page: &str, selector: &str, attribute: Option<&str>) -> Vec<String> {
    let page = Html::parse_document(page);
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector)
        .map(|element| match attribute {
            Some(name) => element.value().attr(name).unwrap_or_default().to_owned(),
            None => element.text().collect::<String>().trim().to_owned(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_signs_in_reads_subscribes_and_gets_the_mail() {
    let folder = tempdir().unwrap();
    let demo = Running::start(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
    let lines = demo.lines_until("Mail: ", Duration::from_secs(60));
    let links: Vec<_> = lines.iter().filter(|line| line.starts_with("Sign in as ")).collect();
    assert_eq!(links.len(), 4, "{lines:#?}");
    assert!(links[..3].iter().all(|line| line.contains(", rep: http://")) && links[3].contains(", admin: http://"));

    let rep = Browser::sign_in(links[0].rsplit(": ").next().unwrap()).await;
    let page = rep.open("/").await;
    assert!(page.contains("Why this"), "no pick has a reason");
    let picks: Vec<_> =
        texts(&page, "a", Some("href")).into_iter().filter(|href| href.starts_with("/posts/")).collect();
    assert!(picks.len() >= 8, "{picks:?}");

    // A deal whose CFO wants a discount gets advice on proposals, objections or negotiation, not on cold calls.
    let position = page.find("Sundby Pharma").unwrap();
    assert!(page[position..].contains("Three prices on one page"), "the proposal deal misses its best post");

    let post = rep.open(picks[0].split('#').next().unwrap()).await;
    assert!(post.contains("<article") || post.contains("<main"), "{post}");

    let settings = rep.open("/settings").await;
    let feeds = texts(&settings, "a, input", None).join(" ") + settings.as_str();
    let token = feeds.split("/feeds/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    for kind in ["rss", "atom", "json"] {
        let address = format!("{}/feeds/{token}/digest.{kind}", rep.base);
        let answer = rep.client.get(&address).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{kind}");
        let etag = answer.headers()["etag"].clone();
        let feed = feed_rs::parser::parse(answer.bytes().await.unwrap().as_ref()).unwrap();
        assert!(feed.entries.len() >= 8, "{kind}: {}", feed.entries.len());
        let again = rep.client.get(&address).header("if-none-match", etag).send().await.unwrap();
        assert_eq!(again.status(), 304, "{kind}");
    }

    let mail = PathBuf::from(lines.last().unwrap().trim_start_matches("Mail: "));
    let mails: Vec<_> = fs::read_dir(&mail).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(mails.len(), 3, "{mails:?}");
    for mail in mails {
        let bytes = fs::read(mail).unwrap();
        let message = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        assert!(message.body_text(0).unwrap().contains("Why this"));
        assert!(message.body_html(0).unwrap().contains("<h"));
    }

    assert_eq!(demo.stop(Duration::from_secs(10)), Some(0));
    assert!(!mail.exists(), "the temporary folder is left behind");
}
