//! Logs help an operator and give nobody away: no addresses, names, deals, mails, tokens or passwords in them, at any level.

use crate::helpers::answering::{Answer, answering};
use crate::helpers::program::{Running, out, run};
use crate::helpers::smtp::{Manner, Relay};
use reqwest::redirect::Policy;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const DEALS: &str = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Currency,Close Date,Deal owner,Next step,Notes\n\
    71,Quillfeather Brewery,Contract Sent,Sales Pipeline,12000,EUR,2099-12-20,Maya Lindqvist,Call with procurement,CFO asks for a discount\n";
const FEED: &str = r#"<rss version="2.0"><channel><title>Blog</title><link>http://127.0.0.1/</link>
<item><guid>1</guid><title>When procurement asks for a discount, trade it</title><link>http://127.0.0.1/1</link>
<pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate><description>Procurement will ask for a discount before the contract is
sent. Trade it: never give a concession without something in return, and know your walk-away point before you negotiate
price and terms with the CFO. Negotiation is about what you get back.</description></item></channel></rss>"#;

/// A source that serves one feed to whoever asks.
async fn source() -> String {
    let site = answering(|path| match path.starts_with("/feed") {
        true => Answer::Document("application/rss+xml", FEED.to_owned()),
        false => Answer::Missing,
    });
    format!("{}/feed", site.await)
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < until, "no {what} within a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Runs the whole service with this log setting and returns its log with everything that must not stand in it.
async fn full_run(folder: &Path, variables: &[(&str, &str)]) -> (String, Vec<String>) {
    let relay = Relay::start(Manner { login: Some(("ride", "s3cret-Passw0rd")), ..Manner::default() }).await;
    let sources = format!("sources:\n  - id: blog\n    url: {}\n    allow_net: 127.0.0.0/8\n", source().await);
    fs::write(folder.join("sources.yaml"), sources).unwrap();
    fs::write(folder.join("deals.csv"), DEALS).unwrap();
    let rep = ["reps", "add", "maya.l@quill.example", "--name", "Maya Lindqvist"];
    let dead = ["reps", "add", "dead.end@quill.example", "--name", "Dee Dead"];
    for arguments in [&rep[..], &dead, &["deals", "import", "deals.csv"], &["crawl", "--all"]] {
        let output = run(folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let link = out(&run(folder, &["reps", "link", "maya.l@quill.example"])).trim().to_owned();
    let token = link.rsplit("/sign-in/").next().unwrap().trim().to_owned();
    let mail = relay.url_for("ride:s3cret-Passw0rd", "tls=none");
    let log = folder.join("log");
    let serving = Running::start_logged(
        folder,
        &[
            "serve",
            "-vv",
            "--log-format",
            "json",
            "--listen",
            "127.0.0.1:0",
            "--mail",
            &mail,
            "--mail-from",
            "ride@quill.example",
        ],
        &log,
        variables,
    );
    let line = serving.lines_until("Ridealong is at", Duration::from_secs(60)).pop().unwrap();
    let base = line.trim_start_matches("Ridealong is at ").trim_end_matches('/').to_owned();
    let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let answer = client.post(format!("{base}/sign-in/{token}")).header("origin", &base).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let post = |path: &str, body: &'static str| {
        let form = client.post(format!("{base}{path}")).header("origin", &base).header("cookie", &cookie);
        form.header("content-type", "application/x-www-form-urlencoded").body(body).send()
    };
    let get = |path: String| client.get(format!("{base}{path}")).header("cookie", &cookie).send();
    assert!(get("/".into()).await.unwrap().text().await.unwrap().contains("Quillfeather"));
    get("/search?q=Quillfeather".into()).await.unwrap();
    get("/posts/nonsense".into()).await.unwrap();
    post("/settings/feeds", "name=Phone&scope=all").await.unwrap();
    let settings = get("/settings".into()).await.unwrap().text().await.unwrap();
    let feed = settings.split("/feeds/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    get(format!("/feeds/{feed}/digest.rss")).await.unwrap();
    post("/settings/mail", "enabled=yes&weekday=monday&at=07:30&zone=UTC&names_deals=yes").await.unwrap();
    post("/settings/mail/ask", "").await.unwrap();
    wait_for("mail", || relay.count() > 0);
    post("/sign-out", "").await.unwrap();
    assert_eq!(serving.stop(Duration::from_secs(10)), Some(0));
    let sent = String::from_utf8(relay.taken().pop().unwrap().bytes).unwrap();
    assert!(sent.contains("Subject: Quillfeather Brewery"), "{sent}");
    let session = cookie.split('=').nth(1).unwrap().to_owned();
    let secrets = [
        "s3cret-Passw0rd",
        "maya.l@",
        "dead.end@",
        "Maya",
        "Lindqvist",
        "Quillfeather",
        "procurement",
        "List-Unsubscribe",
    ];
    let mut hidden: Vec<String> = secrets.map(str::to_owned).to_vec();
    hidden.extend([token, session, feed]);
    (fs::read_to_string(log).unwrap(), hidden)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_run_at_the_finest_level_gives_nobody_away() {
    for variables in [&[][..], &[("RUST_LOG", "trace")]] {
        let folder = tempfile::tempdir().unwrap();
        let (log, hidden) = full_run(folder.path(), variables).await;
        for secret in hidden {
            let found = log.lines().find(|line| line.contains(&secret));
            assert_eq!(found, None, "{secret} stands in the log with {variables:?}");
        }
        // It still says what an operator needs: requests by route and id, reps and sources by theirs.
        assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log}");
        for needed in ["request_id", "/posts/{id}", "rep-", "weekly mail: sent"] {
            assert!(log.contains(needed), "{needed:?} is missing in the log with {variables:?}:\n{log}");
        }
    }
}
