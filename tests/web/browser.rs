//! The product as a person uses it, in a real browser and by keyboard alone.

use crate::helpers::driver::Driven;
use crate::helpers::program::Running;
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use std::time::Duration;
use tempfile::{TempDir, tempdir};
use thirtyfour::prelude::*;

/// The demo with the links that it printed.
struct Demo {
    running: Running,
    links: Vec<String>,
    base: String,
    folder: TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempdir().unwrap();
        let running = Running::start(folder.path(), &["demo", "--listen", "127.0.0.1:0"]);
        let lines = running.lines_until("Mail: ", Duration::from_secs(180));
        let links: Vec<String> = lines
            .iter()
            .filter(|line| line.starts_with("Sign in as "))
            .map(|line| line.rsplit(": ").next().unwrap().to_owned())
            .collect();
        let base = links[0].split("/sign-in/").next().unwrap().to_owned();
        Self { running, links, base, folder }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

async fn sign_in(browser: &Driven, link: &str) {
    browser.open(link).await;
    browser.enter("main form button").await;
    browser.until("location.pathname === '/'").await;
}

/// A second browser of the same rep, as plain requests: its cookie.
async fn signed_in_elsewhere(demo: &Demo, link: &str) -> (reqwest::Client, String) {
    let none = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().redirect(none).no_proxy().build().unwrap();
    let answer = client.post(link).header(ORIGIN, &demo.base).send().await.unwrap();
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    (client, cookie)
}

async fn reads_and_acts(browser: &Driven, demo: &Demo) {
    browser.until_text("Why this").await;
    browser.press("j").await;
    browser.until("document.querySelector('[data-here] :focus')").await;
    browser.press("u").await;
    browser.until("document.querySelector('[data-here] [data-act=useful]').textContent === 'Useful ✓'").await;
    browser.settled().await;
    browser.press("u").await;
    browser.until("document.querySelector('[data-here] [data-act=useful]').textContent === 'Useful'").await;
    browser.settled().await;
    browser.press("s").await;
    browser.until("document.querySelector('[data-here] [data-act=save]').textContent === 'Saved ✓'").await;
    browser.settled().await;
    browser.press("?").await;
    browser.until("document.querySelector('dialog[open]')").await;
    browser.press(Key::Escape).await;
    // A key that is still meant for the dialog is not one for the page.
    browser.until("!document.querySelector('dialog[open]') && !document.activeElement.closest('dialog')").await;
    browser.until("document.querySelector('[data-here] h3 a')").await;
    browser.press("o").await;
    browser.until("location.pathname.startsWith('/posts/') && document.querySelector('.reading .body')").await;
    assert!(browser.driver.title().await.unwrap().ends_with(" · Ridealong"));
    browser.driver.back().await.unwrap();
    browser.until("location.pathname === '/'").await;
    browser.open(&demo.at("/saved")).await;
    browser.until("document.querySelectorAll('[data-pick]').length === 1").await;
}

async fn copies_a_link(browser: &Driven, demo: &Demo, post: &str) {
    browser.open(&demo.at(post)).await;
    // The clipboard asks for leave, which nobody can give here; what is written to it is looked at instead.
    browser.until("document.querySelector('[data-copy]').hidden === false").await;
    let instead = "navigator.clipboard.writeText = async (text) => { window.copied = text; }";
    browser.driver.execute(instead, vec![]).await.unwrap();
    browser.enter("[data-copy] button").await;
    browser.until_text("Link copied").await;
    browser.until(&format!("window.copied === '{}'", demo.at(post))).await;
}

async fn commits_and_takes_it_back(browser: &Driven, demo: &Demo) {
    browser.open(&demo.at("/")).await;
    browser.until("document.querySelector('[data-pick]')").await;
    browser.enter("[data-pick] .act-more summary").await;
    browser.tab_to("[data-pick] input[name=note]").await;
    browser.press("Ask on Thursday").await;
    browser.enter("[data-pick] .act-more[open] button.main").await;
    browser.until("!document.querySelector('[data-pick] .act-more[open]')").await;
    browser.open(&demo.at("/commitments")).await;
    browser.until_text("Ask on Thursday").await;
    browser.enter(".promise button[value=dropped]").await;
    browser.until_text("Dropped").await;
    browser.enter(".promise button[value=open]").await;
    browser.until("document.querySelector('.promise button[value=done]')").await;
}

async fn searches(browser: &Driven) {
    browser.press("/").await;
    browser.until("location.pathname === '/search' && document.activeElement.id === 'q'").await;
    browser.press("discuont").await;
    browser
        .until("[...document.querySelectorAll('#found mark')].some((mark) => /discount/i.test(mark.textContent))")
        .await;
    browser.until("location.search.includes('discuont')").await;
}

async fn changes_the_mail(browser: &Driven, demo: &Demo) {
    browser.open(&demo.at("/settings")).await;
    browser.tab_to("select[name=weekday]").await;
    browser.press("Thu").await;
    browser.enter("form[action='/settings/mail'] button.main").await;
    browser.until("location.search.includes('saved=mail')").await;
    browser.until("document.querySelector('select[name=weekday]').selectedOptions[0].textContent === 'Thursday'").await;
    browser.until_text("The next mail goes out on").await;
}

async fn signs_out_elsewhere(browser: &Driven, demo: &Demo, admin: &(reqwest::Client, String)) {
    let made = admin.0.post(demo.at("/admin/reps/link")).header(COOKIE, &admin.1).header(ORIGIN, &demo.base);
    let made = made.header("content-type", "application/x-www-form-urlencoded").body("email=maya@demo.example");
    let page = made.send().await.unwrap().text().await.unwrap();
    let secret = page.split("/sign-in/").nth(1).unwrap().split('<').next().unwrap();
    let (client, cookie) = signed_in_elsewhere(demo, &demo.at(&format!("/sign-in/{}", secret.trim()))).await;
    let asks = async || client.get(demo.at("/deals")).header(COOKIE, &cookie).send().await.unwrap();
    assert_eq!(asks().await.status(), 200);
    browser.open(&demo.at("/settings")).await;
    browser.enter("form[action='/settings/sessions/end-others'] button").await;
    browser.until_text("signed out everywhere else").await;
    assert_eq!(asks().await.headers()[LOCATION], "/sign-in?back=%2Fdeals");
}

async fn imports_deals(browser: &Driven, demo: &Demo) {
    let file = demo.folder.path().join("deals.csv");
    let csv = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Currency,Close Date,Deal owner\n\
        9001,Kestrel Line,Contract Sent,Sales Pipeline,12000,EUR,2027-12-20,Maya Lindqvist\n";
    std::fs::write(&file, csv).unwrap();
    browser.open(&demo.at("/admin/deals")).await;
    // The choice of a file is the system's own window; everything else is ours.
    let field = browser.driver.find(By::Css("input[type=file]")).await.unwrap();
    field.send_keys(file.to_string_lossy()).await.unwrap();
    browser.enter("form[action='/admin/deals/preview'] button.main").await;
    browser.until_text("Kestrel Line").await;
    browser.enter("form[action='/admin/deals/import'] button.main").await;
    browser.until_text("1 new").await;
}

/// A fresh installation: the admin comes in by the printed link and adds a source to the file.
async fn adds_a_source(browser: &Driven) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("sources.yaml");
    let sample = "sources:\n  - id: first\n    name: First\n    kind: wiki\n    url: ./wiki\n";
    std::fs::write(&file, sample).unwrap();
    std::fs::create_dir(folder.path().join("wiki")).unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--roles", "web", "--data", "kept"];
    let running = Running::start(folder.path(), &arguments);
    let lines = running.lines_until("Sign in as ", Duration::from_secs(120));
    let link = lines.last().unwrap().rsplit(": ").next().unwrap().to_owned();
    let base = link.split("/sign-in/").next().unwrap().to_owned();
    sign_in(browser, &link).await;
    browser.open(&format!("{base}/admin/sources")).await;
    browser.enter("main a[href='/admin/new-source']").await;
    browser.tab_to("textarea[name=entry]").await;
    let field = browser.driver.active_element().await.unwrap();
    field.send_keys(Key::Control + "a").await.unwrap();
    for line in ["- id: kestrel", "  name: Kestrel on selling", "  kind: feed", "  url: https://kestrel.example/feed"] {
        browser.press(line).await;
        browser.press(Key::Enter).await;
    }
    browser.enter("main form button.main").await;
    browser.until("location.pathname === '/admin/sources'").await;
    browser.until_text("Kestrel on selling").await;
    assert!(std::fs::read_to_string(&file).unwrap().contains("https://kestrel.example/feed"));
    assert_eq!(running.stop(Duration::from_secs(30)), Some(0));
}

/// Every page once in each theme and at both widths; wide and light once more at the narrowest and at twice the size.
async fn is_accessible(browser: &Driven, demo: &Demo, paths: &[String]) {
    let mut faults = Vec::new();
    for path in paths {
        let looks = [(390, "light", false), (1280, "dark", false), (390, "dark", true), (1280, "light", true)];
        browser.look(390, "light").await;
        browser.open(&demo.at(path)).await;
        browser.until("document.querySelector('main h1')").await;
        for (width, theme, quick) in looks {
            browser.look(width, theme).await;
            let found = browser.faults(quick).await;
            faults.extend(found.into_iter().map(|fault| format!("{path} {width} {theme}: {fault}")));
        }
        // 320 px is what a screen of 1280 px shows at 400 %, and narrower than one at 200 %.
        browser.look(320, "light").await;
        if browser.is_too_wide().await {
            faults.push(format!("{path} is wider than 320 px"));
        }
    }
    browser.look(1280, "light").await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn first_link(browser: &Driven, beginning: &str) -> String {
    let link = browser.driver.find(By::Css(format!("main a[href^='{beginning}']"))).await.unwrap();
    link.attr("href").await.unwrap().unwrap().split('#').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_does_everything_by_keyboard_and_every_page_is_accessible() {
    let Some(browser) = Driven::start().await else { return };
    let demo = Demo::start();
    browser.look(1280, "light").await;
    is_accessible(&browser, &demo, &["/sign-in".to_owned(), "/nowhere".to_owned()]).await;
    sign_in(&browser, &demo.links[0]).await;
    let (post, deal) = (first_link(&browser, "/posts/").await, first_link(&browser, "/deals/").await);
    reads_and_acts(&browser, &demo).await;
    copies_a_link(&browser, &demo, &post).await;
    commits_and_takes_it_back(&browser, &demo).await;
    searches(&browser).await;
    changes_the_mail(&browser, &demo).await;
    let admin = signed_in_elsewhere(&demo, &demo.links[3]).await;
    signs_out_elsewhere(&browser, &demo, &admin).await;
    let paths =
        ["/", "/deals", "/stages", "/stages/objections", "/search?q=discount&kind=feed", "/saved", "/commitments"];
    let mut paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
    paths.extend(["/settings", "/sources", "/finds"].map(str::to_owned));
    paths.extend([post, deal]);
    is_accessible(&browser, &demo, &paths).await;
    browser.enter("form[action='/sign-out'] button").await;
    browser.until("location.pathname === '/sign-in'").await;
    // The admin's link was used by the other browser, so this one is given its cookie.
    let secret = admin.1.split_once('=').unwrap().1;
    browser.driver.add_cookie(Cookie::new("ridealong", secret)).await.unwrap();
    imports_deals(&browser, &demo).await;
    let paths = ["/team", "/admin", "/admin/reps", "/admin/deals", "/admin/stages", "/admin/log", "/admin/sources"];
    is_accessible(&browser, &demo, &paths.map(str::to_owned)).await;
    adds_a_source(&browser).await;
    browser.driver.clone().quit().await.unwrap();
    assert_eq!(demo.running.stop(Duration::from_secs(30)), Some(0));
}
