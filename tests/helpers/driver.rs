//! A real browser that a person drives: by keyboard, at a size, in a theme, with axe at hand.

use super::browser::chromium;
use sha2::{Digest as _, Sha256};
use std::future::Future;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::prelude::*;

/// The machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);
/// Presses of Tab before something counts as out of reach.
const TABS_MAX: usize = 400;

/// The processes; gone when this is dropped, whatever happened.
struct Processes {
    driver: Child,
    profile: TempDir,
}

impl Drop for Processes {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // The driver leaves its browser behind when it is killed. It is known by our own profile's folder.
        let mark = self.profile.path().to_string_lossy().into_owned();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let words = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&words).contains(&mark) {
                let pid = entry.file_name().to_string_lossy().into_owned();
                let _ = Command::new("kill").args(["-KILL", &pid]).stderr(Stdio::null()).status();
            }
        }
    }
}

/// A browser at a site.
pub struct Driven {
    pub driver: WebDriver,
    server: String,
    plain: reqwest::Client,
    axe: String,
    _processes: Processes,
}

/// Where chromedriver is, with the browser that it drives.
fn programs() -> Option<(PathBuf, PathBuf)> {
    let folders = std::env::var_os("PATH")?;
    let driver =
        std::env::split_paths(&folders).map(|folder| folder.join("chromedriver")).find(|path| path.exists())?;
    Some((driver, chromium()?))
}

/// The published axe-core, checked against its sum.
fn axe() -> String {
    const SUM: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";
    let packed = include_bytes!("../fixtures/axe/axe.min.js.zst");
    let bytes = zstd::stream::decode_all(packed.as_slice()).unwrap();
    let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sum, SUM, "axe-core is not the published file");
    String::from_utf8(bytes).unwrap()
}

impl Driven {
    /// Starts a browser; none where there is none on this machine.
    pub async fn start() -> Option<Self> {
        let (chromedriver, browser) = programs()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new(chromedriver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let processes = Processes { driver, profile: tempfile::tempdir().unwrap() };
        let server = format!("http://127.0.0.1:{port}");
        let plain = reqwest::Client::builder().no_proxy().build().unwrap();
        let status = format!("{server}/status");
        wait_for("chromedriver", || async { plain.get(&status).send().await.is_ok() }).await;
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(&browser.to_string_lossy()).unwrap();
        for word in
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        {
            wanted.add_arg(word).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", processes.profile.path().display())).unwrap();
        let driver = WebDriver::new(&server, wanted).await.unwrap();
        Some(Self { driver, server, plain, axe: axe(), _processes: processes })
    }

    async fn devtools(&self, command: &str, parameters: serde_json::Value) {
        let url = format!("{}/session/{}/goog/cdp/execute", self.server, self.driver.session_id());
        let body = serde_json::json!({ "cmd": command, "params": parameters }).to_string();
        let answer = self.plain.post(url).header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{command}: {}", answer.text().await.unwrap_or_default());
    }

    /// Sets the width of the screen in CSS pixels, and the theme.
    pub async fn look(&self, width: u32, theme: &str) {
        // Without motion colours change at once, so that axe never looks at a half-way one.
        let features = serde_json::json!([
            { "name": "prefers-color-scheme", "value": theme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", serde_json::json!({ "features": features })).await;
        let size = serde_json::json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let keys: TypingData = keys.into();
        self.driver
            .action_chain_with_delay(Some(Duration::ZERO), Some(Duration::ZERO))
            .send_keys(keys)
            .perform()
            .await
            .unwrap();
    }

    /// Whether a script's condition holds.
    pub async fn holds(&self, condition: &str) -> bool {
        let answer = self.driver.execute(format!("return !!({condition})"), vec![]).await;
        answer.is_ok_and(|answer| answer.json().as_bool() == Some(true))
    }

    /// Waits until a script's condition holds.
    pub async fn until(&self, condition: &str) {
        wait_for(condition, || self.holds(condition)).await;
    }

    /// Waits until no part of the page is being swapped; a key that comes before that acts on a part that goes away.
    pub async fn settled(&self) {
        let busy = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added";
        self.until(&format!("!document.querySelector({})", serde_json::json!(busy))).await;
    }

    /// Waits until the page shows a text.
    pub async fn until_text(&self, text: &str) {
        self.until(&format!("document.body && document.body.innerText.includes({})", serde_json::json!(text))).await;
    }

    /// Presses Tab until what a selector names has the focus.
    pub async fn tab_to(&self, selector: &str) {
        let there =
            format!("document.activeElement && document.activeElement.matches({})", serde_json::json!(selector));
        for _ in 0..TABS_MAX {
            if self.holds(&there).await {
                return;
            }
            self.press(Key::Tab).await;
        }
        panic!("{selector} cannot be reached by Tab");
    }

    /// Goes to a button or link by Tab and presses Enter.
    pub async fn enter(&self, selector: &str) {
        self.tab_to(selector).await;
        self.press(Key::Enter).await;
    }

    /// What axe finds wrong on this page: rule and place. With `quick`, only what depends on theme and width.
    pub async fn faults(&self, quick: bool) -> Vec<String> {
        if !self.holds("window.axe").await {
            self.driver.execute(self.axe.clone(), vec![]).await.unwrap();
        }
        let options = if quick {
            r#"{ runOnly: { type: "rule", values: ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"] } }"#
        } else {
            r#"{ runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }, resultTypes: ["violations"] }"#
        };
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             axe.run(document, {options}).then((found) => done(found.violations.flatMap((fault) => \
             fault.nodes.map((node) => fault.id + ': ' + node.target.join(' ') + ' ' + (node.failureSummary || '')))), (error) => done(['axe broke: ' + error]));"
        );
        self.driver.execute_async(script, vec![]).await.unwrap().convert().unwrap()
    }

    /// Whether the page is wider than the screen.
    pub async fn is_too_wide(&self) -> bool {
        self.holds("document.documentElement.scrollWidth > document.documentElement.clientWidth").await
    }
}

/// Waits until something is so, and fails with its name where it never is.
pub async fn wait_for<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    panic!("still not so: {what}");
}
