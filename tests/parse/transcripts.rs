//! Transcripts of episodes, in every form that podcasts publish.

use ridealong::crawl::{text, transcript};
use url::Url;

fn read(kind: &str, body: &str) -> Option<String> {
    let url = Url::parse("https://pod.example/1").expect("an address");
    let now = "2026-11-23T12:00:00Z".parse().expect("an instant");
    transcript::read(body.as_bytes(), Some(kind), &url, now).map(|html| text::plain(&html))
}

#[test]
fn subtitles_lose_their_numbers_times_and_repetitions() {
    let srt = "1\r\n00:00:01,000 --> 00:00:02,500\r\nAsk last\r\n\r\n2\r\n00:00:02,500 --> 00:00:04,000\r\nAsk last\r\nTuesday.\r\n";
    assert_eq!(read("application/x-subrip", srt).as_deref(), Some("Ask last Tuesday."));
    assert_eq!(read("text/vtt", "WEBVTT\n\nNOTE nothing said\n"), None);
}

#[test]
fn json_names_its_speakers() {
    let podcast = r#"{"version":"1.0.0","segments":[{"speaker":"Ann","startTime":0.5,"endTime":1,"body":"Ask last"},{"speaker":"Ann","body":"Tuesday."},{"speaker":"Bo","body":"Why?"}]}"#;
    assert_eq!(read("application/json", podcast).as_deref(), Some("Ann: Ask last Tuesday.\nBo: Why?"));
    assert_eq!(read("application/json", r#"{"text":"One.\n\nTwo."}"#).as_deref(), Some("One.\nTwo."));
    assert_eq!(
        read("application/json", r#"{"segments":[{"text":" One."},{"text":" Two."}]}"#).as_deref(),
        Some("One. Two.")
    );
    assert_eq!(read("application/json", r#"{"segments":17}"#), None);
}

#[test]
fn html_and_plain_text_keep_their_paragraphs_and_nothing_that_runs() {
    assert_eq!(
        read("text/plain", "One line\nof two.\n\nAnother <b>.").as_deref(),
        Some("One line of two.\nAnother <b>.")
    );
    let html = "<p><cite>Ann:</cite> <time>0:01</time> Ask last Tuesday.</p><script>alert(1)</script><p>Why?</p>";
    let read = read("text/html", html).expect("a text");
    assert!(read.contains("Ask last Tuesday.") && read.contains("Why?") && !read.contains("alert"), "{read}");
}
