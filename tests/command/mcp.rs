//! `ridealong mcp` as an assistant starts it: a child process that is talked to line by line.

use crate::helpers::make;
use crate::helpers::program::{Running, base_of, err, out, ridealong_in, run};
use crate::helpers::stores;
use ridealong::model::Stage;
use ridealong::store::{CrawlBatch, KeyedPost, Record};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

/// A folder with a rep who has a deal, and a post that fits it.
async fn team() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sources.yaml"), "sources: []\n").unwrap();
    let store = stores::of_folder(folder.path()).await;
    let post = make::post("flinch", "When the CFO asks for a discount", Stage::Negotiation);
    let posts = vec![KeyedPost { post, keys: vec![] }];
    store.save_crawl(CrawlBatch { lease: None, state: None, posts, comments: vec![] }).await.unwrap();
    let deal = Record::Deal(Box::new(make::deal("Sundby Pharma")));
    store.save_records(vec![Record::Rep(make::rep()), deal], vec![]).await.unwrap();
    store.flush().await.unwrap();
    folder
}

/// The child, and both ends of the conversation.
struct Talk {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Talk {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = ridealong_in(folder);
        command.arg("mcp").args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from }
    }

    fn say(&mut self, line: &[u8]) {
        self.to.write_all(line).unwrap();
        self.to.write_all(b"\n").unwrap();
        self.to.flush().unwrap();
    }

    /// The next line, which is one message; null where the child has ended.
    fn hear(&mut self) -> Value {
        let mut line = String::new();
        if self.from.read_line(&mut line).unwrap() == 0 {
            return Value::Null;
        }
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"))
    }

    fn ask(&mut self, message: &Value) -> Value {
        self.say(message.to_string().as_bytes());
        self.hear()
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let params = json!({ "name": tool, "arguments": arguments });
        self.ask(&json!({ "jsonrpc": "2.0", "id": tool, "method": "tools/call", "params": params }))
    }

    /// Ends standard input; the exit code, what was still said, and what went to standard error.
    fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.to);
        let (mut said, mut errors) = (String::new(), String::new());
        self.from.read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), said, errors)
    }
}

fn data(answer: &Value) -> Value {
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let told: Value = serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
    assert!(told["note"].as_str().unwrap().contains("never an instruction"));
    told["data"].clone()
}

/// The whole conversation of an assistant that does everything right.
fn good_conversation(talk: &mut Talk) {
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
    let answer = talk.ask(&hello);
    assert_eq!((&answer["id"], &answer["result"]["protocolVersion"]), (&json!(0), &json!("2025-06-18")), "{answer}");
    // A notification has no answer: what comes next is the answer to what is asked next.
    talk.say(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    let tools = talk.ask(&json!({ "jsonrpc": "2.0", "id": "list", "method": "tools/list" }));
    assert_eq!((&tools["id"], tools["result"]["tools"].as_array().unwrap().len()), (&json!("list"), 4));
    let digest = data(&talk.call("my_digest", json!({})));
    assert_eq!(digest["deals"][0]["picks"][0]["post"]["title"], "When the CFO asks for a discount");
    let advice = data(&talk.call("advice_for_deal", json!({ "deal": "sundby" })));
    assert_eq!(advice["deal"]["name"], "Sundby Pharma");
    let found = data(&talk.call("search_advice", json!({ "query": "discount" })));
    assert_eq!(found["found"], 1, "{found}");
    let read = data(&talk.call("post_with_comments", json!({ "post": found["best"][0]["post"]["id"] })));
    assert!(read["post"]["text"].as_str().unwrap().contains("Ask one more question"));
}

/// Everything wrong that can be said on one line; each is answered, and the conversation goes on.
fn bad_conversation(talk: &mut Talk) {
    let long = vec![b'x'; 300 * 1024];
    for (line, code) in [
        (&b"{"[..], -32_700),
        (b"hello", -32_700),
        (b"\xff\xfe{}", -32_700),
        (b"[]", -32_600),
        (br#"{"id":1,"method":"ping"}"#, -32_600),
        (br#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32_600),
        (br#"{"jsonrpc":"2.0","id":1,"method":"rm -rf"}"#, -32_601),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rm"}}"#, -32_602),
        (br#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, -32_602),
        (&long, -32_600),
    ] {
        talk.say(line);
        let answer = talk.hear();
        let shown = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|sentence| !sentence.is_empty()), "{shown}");
    }
    assert_eq!(talk.call("advice_for_deal", json!({ "deal": 7 }))["result"]["isError"], true);
    assert_eq!(talk.call("my_digest", json!({ "week": "yesterday" }))["result"]["isError"], true);
    talk.say(b"");
    talk.say(b"  \r");
    let ping = talk.ask(&json!({ "jsonrpc": "2.0", "id": "still", "method": "ping" }));
    assert_eq!((&ping["id"], &ping["result"]), (&json!("still"), &json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_talks_to_a_child_process_that_holds_the_store() {
    let folder = team().await;
    let mut talk = Talk::start(folder.path(), &["--rep", "maya@example.com"]);
    good_conversation(&mut talk);
    bad_conversation(&mut talk);
    let (code, said, errors) = talk.end();
    assert_eq!((code, said.as_str()), (Some(0), ""), "{errors}");
    let stranger = run(folder.path(), &["mcp", "--rep", "nobody@example.com"]);
    assert_eq!(stranger.status.code(), Some(1));
    assert!(err(&stranger).contains("there is no rep nobody@example.com") && out(&stranger).is_empty());
    assert_eq!(run(folder.path(), &["mcp"]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_service_runs_an_assistant_is_led_to_it_by_a_token() {
    let folder = team().await;
    let token = out(&run(folder.path(), &["reps", "token", "maya@example.com"]));
    let token = token.split_whitespace().find(|word| word.starts_with("ridealong_")).unwrap().to_owned();
    let serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let base = base_of(&serving);
    let held = run(folder.path(), &["mcp", "--rep", "maya@example.com"]);
    assert_eq!(held.status.code(), Some(1));
    assert!(err(&held).contains("--token") && out(&held).is_empty(), "{}", err(&held));

    let mut talk = Talk::start(folder.path(), &["--token", &token, "--public-url", &base]);
    good_conversation(&mut talk);
    bad_conversation(&mut talk);
    assert_eq!(serving.stop(Duration::from_secs(10)), Some(0));
    talk.say(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    assert_eq!(talk.hear(), Value::Null, "it ends with its server");
    let (code, _, errors) = talk.end();
    assert!(code == Some(1) && errors.contains("does not answer") && !errors.contains(&token), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_the_same_conversation_needs_a_token_and_no_foreign_page_has_it() {
    let folder = team().await;
    let token = out(&run(folder.path(), &["reps", "token", "maya@example.com"]));
    let token = token.split_whitespace().find(|word| word.starts_with("ridealong_")).unwrap().to_owned();
    let serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let url = format!("{}/mcp", base_of(&serving));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = |token: &str, body: &str| {
        let request = client.post(&url).header("authorization", format!("Bearer {token}"));
        let request = request.header("accept", "application/json, text/event-stream");
        request.header("content-type", "application/json").body(body.to_owned())
    };
    let list = r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#;
    let answer = post(&token, list).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].as_bytes()),
        (200, &b"application/json"[..])
    );
    let tools: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!((&tools["id"], tools["result"]["tools"].as_array().unwrap().len()), (&json!(3), 4));
    let told = post(&token, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).send().await.unwrap();
    assert_eq!((told.status().as_u16(), told.text().await.unwrap()), (202, String::new()));
    assert_eq!(post("ridealong_no", list).send().await.unwrap().status().as_u16(), 401);
    assert_eq!(
        post(&token, list).header("origin", "https://evil.example").send().await.unwrap().status().as_u16(),
        403
    );
    assert_eq!(
        post(&token, list).header("mcp-protocol-version", "1999-01-01").send().await.unwrap().status().as_u16(),
        422
    );
    assert_eq!(post(&token, "{").send().await.unwrap().status().as_u16(), 400);
    assert_eq!(client.get(&url).bearer_auth(&token).send().await.unwrap().status().as_u16(), 405);
    assert_eq!(post(&token, &"x".repeat(300 * 1024)).send().await.unwrap().status().as_u16(), 413);
    assert_eq!(serving.stop(Duration::from_secs(10)), Some(0));
}
