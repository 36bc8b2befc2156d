//! What the documentation tells people to type works: every `sh` box of a page is run, one page in one empty folder.

use crate::helpers::answering::{Answer, answering};
use crate::helpers::program::ridealong;
use std::path::Path;
use std::process::Command;

/// The site that the pages name.
const SITE: &str = "https://blog.example.com";
const PAGE: &str = r#"<html><head><title>Blog</title><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>A blog</body></html>"#;
const FEED: &str = r#"<rss version="2.0"><channel><title>Example Sales Blog</title><link>http://127.0.0.1/</link>
<item><guid>1</guid><title>When procurement asks for a discount, trade it</title><link>http://127.0.0.1/1</link>
<description>Procurement will ask for a discount before the contract is sent. Trade it: never give a concession without
something in return, and know your walk-away point before you negotiate price and terms.</description></item></channel></rss>"#;

async fn site() -> String {
    answering(|path| match path {
        "/" => Answer::Document("text/html", PAGE.to_owned()),
        feed if feed.starts_with("/feed") => Answer::Document("application/rss+xml", FEED.to_owned()),
        _ => Answer::Missing,
    })
    .await
}

/// The `sh` boxes of a page, one after the other.
fn script(page: &str) -> String {
    let boxes = page.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(text, _)| text);
    boxes.collect()
}

/// Waits until each service that the page starts is ready, and ends it.
const ENDING: &str = r#"
for pid in $(jobs -p); do
  for _ in $(seq 300); do ridealong healthy >/dev/null 2>&1 && break; sleep 0.1; done
  ridealong healthy
  kill "$pid"
  wait "$pid"
done
"#;

/// The pages for people who run Ridealong; those about tagging and picking have commands for a checkout.
const PAGES: [&str; 9] = [
    "first-hour.md",
    "sources.md",
    "deals.md",
    "mail.md",
    "running.md",
    "security.md",
    "backup.md",
    "growing.md",
    "troubleshooting.md",
];

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_in_the_book_works_in_an_empty_folder() {
    let site = site().await;
    let program = ridealong();
    let bin = Path::new(program.get_program()).parent().unwrap().to_owned();
    let mut run = 0;
    for page in PAGES.map(|page| Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page)) {
        let text = script(&std::fs::read_to_string(&page).unwrap());
        if text.is_empty() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let text = text.replace(&format!("{SITE}/"), &format!("{site}/ --allow-net 127.0.0.0/8"));
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &(text + ENDING)]).current_dir(folder.path());
        shell.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
        shell.env("RIDEALONG_LISTEN", format!("127.0.0.1:{}", free_port()));
        let output = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
        assert!(
            output.status.success(),
            "{}: {}\n{}",
            page.display(),
            String::from_utf8_lossy(&output.stderr),
            String::from_utf8_lossy(&output.stdout)
        );
        run += 1;
    }
    assert!(run >= 6, "only {run} pages have boxes that are run");
}

#[test]
fn the_table_of_contents_leads_to_pages_that_are_there() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for contents in ["SUMMARY.md", "decisions.md"] {
        let text = std::fs::read_to_string(docs.join(contents)).unwrap();
        let links: Vec<&str> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|to| to.ends_with(".md"))
            .collect();
        assert!(links.len() > 5, "{contents}: {links:?}");
        for link in links {
            assert!(docs.join(link).exists(), "{contents} leads to {link}, which is not there");
        }
    }
}

#[test]
fn every_page_and_every_decision_stands_in_a_table_of_contents_once() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pages = |folder: &str| {
        let entries = std::fs::read_dir(docs.join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let names = entries.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".md"));
        names.map(|name| if folder.is_empty() { name } else { format!("{folder}/{name}") }).collect::<Vec<_>>()
    };
    let contents = |name: &str| std::fs::read_to_string(docs.join(name)).unwrap();
    for (listed, folder) in [("SUMMARY.md", ""), ("SUMMARY.md", "decisions"), ("decisions.md", "decisions")] {
        let text = contents(listed);
        let all = pages(folder);
        assert!(all.len() > 5, "{all:?}");
        for page in all.iter().filter(|page| *page != listed) {
            assert_eq!(text.matches(&format!("]({page})")).count(), 1, "{page} in {listed}");
        }
    }
}
