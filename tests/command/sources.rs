//! A sources.yaml says what is wrong with it, where, and loads whole or not at all.

use ridealong::model::{CommentsFrom, MentorRole, SourceKind, Stage};
use ridealong::sources;

fn error(text: &str) -> String {
    sources::parse(text, "sources.yaml").unwrap_err().to_string()
}

#[test]
fn a_short_entry_gets_sensible_defaults() {
    let set = sources::parse("sources:\n  - id: blog\n    url: https://example.com/feed\n", "s").unwrap();
    let source = &set.sources[0];
    assert_eq!((source.kind, source.mentor_role), (SourceKind::Feed, MentorRole::Practitioner));
    assert_eq!((source.name.as_str(), source.check_every_s, source.full_text), ("blog", 3_600, true));
}

#[test]
fn every_key_of_the_contract_is_read() {
    let text = r#"
defaults: { check_every: 2h, full_text: false, comments: auto }
sources:
  - id: wiki
    name: Our wiki
    kind: wiki
    url: http://10.2.3.4/wiki
    comments: off
    stages: [negotiation, closing]
    trust: 1
    audience: emea
    allow_net: 10.2.0.0/16
  - id: page
    kind: page
    url: https://example.com/tips
    selectors: { items: "li.tip", link: a, title: h3, date: time, content: ".body", comments: "ol li" }
"#;
    let set = sources::parse(text, "s").unwrap();
    let wiki = &set.sources[0];
    assert_eq!((wiki.check_every_s, wiki.full_text), (7_200, false));
    assert_eq!((&wiki.comments, wiki.mentor_role), (&CommentsFrom::Off, MentorRole::Wiki));
    assert_eq!(wiki.stages, [Stage::Negotiation, Stage::Closing]);
    assert_eq!((wiki.audience.to_string(), wiki.allow_net[0].to_string()), ("emea".into(), "10.2.0.0/16".into()));
    assert_eq!(set.sources[1].selectors.as_ref().unwrap().items, "li.tip");
}

#[test]
fn each_fault_names_file_line_column_and_shows_the_line() {
    let cases = [
        ("sources:\n  - id: a\n    url: htp:/x\n", "sources.yaml:3:10: url: htp: is not fetched"),
        (
            "sources:\n  - id: a\n    url: https://x.example\n    kind: fed\n",
            "sources.yaml:4:11: kind: \"fed\" is unknown",
        ),
        ("sources:\n  - id: a b\n    url: https://x.example\n", "sources.yaml:2:9: id: \"a b\" is not a source id"),
        (
            "sources:\n  - id: a\n    url: https://x.example\n    stages: [selling]\n",
            "sources.yaml:4:14: stages: \"selling\" is not a stage",
        ),
        (
            "sources:\n  - id: a\n    url: https://x.example\n    trust: 3\n",
            "sources.yaml:4:12: trust: 3 is not between",
        ),
        ("sources:\n  - id: a\n    url: https://x.example\n    check_every: 1s\n", "sources.yaml:4:18: check_every"),
        (
            "sources:\n  - id: a\n    url: https://x.example\n  - id: a\n    url: https://y.example\n",
            "sources.yaml:4:9: id: \"a\" is taken",
        ),
        (
            "sources:\n  - id: a\n    kind: page\n    url: https://x.example\n    selectors: { items: \"li..\" }\n",
            "sources.yaml:5:25: \"li..\" is not a CSS selector",
        ),
    ];
    for (text, expected) in cases {
        let shown = error(text);
        assert!(shown.starts_with(expected), "{shown}\nexpected {expected}");
        assert!(shown.lines().count() == 2 && shown.contains(" | "), "{shown}");
    }
}

#[test]
fn broken_yaml_and_unknown_keys_are_shown_at_their_line() {
    let shown = error("sources:\n  - id: a\n    url: [\n");
    assert!(shown.starts_with("sources.yaml:"), "{shown}");
    let shown = error("sources:\n  - id: a\n    url: https://x.example\n    urll: b\n");
    assert!(shown.starts_with("sources.yaml:4:5: "), "{shown}");
    assert!(shown.contains("urll"), "{shown}");
}

#[test]
fn an_appended_entry_is_read_back_as_it_was() {
    let text = "# ours\nsources:\n  - id: a\n    url: https://x.example # keep me\n";
    let mut source = sources::parse(text, "s").unwrap().sources.remove(0);
    source.id = ridealong::model::SourceId::new("b");
    source.name = "Quotes \" and: colons #".to_owned();
    source.allow_net = vec!["127.0.0.0/8".parse().unwrap()];
    let longer = sources::append(text, std::slice::from_ref(&source));
    assert!(longer.starts_with("# ours") && longer.contains("# keep me"));
    let mut read = sources::parse(&longer, "s").unwrap().sources.remove(1);
    read.span = source.span;
    assert_eq!(read, source);
}

#[test]
fn the_shipped_file_loads_and_has_about_forty_sources() {
    let set = sources::parse(include_str!("../../sources.yaml"), "sources.yaml").unwrap();
    assert!((40..=50).contains(&set.sources.len()), "{}", set.sources.len());
}

mod opml {
    use ridealong::model::SourceSet;
    use ridealong::net::guard::judge_text;
    use ridealong::sources::{self, import, opml};

    #[test]
    fn a_nested_list_gives_each_feed_once() {
        let text = r#"<opml version="2.0"><body><outline text="Sales"><outline text="One &amp; two" xmlUrl="https://a.example/feed"/>
            <outline text="More"><outline title="Three" text="x" xmlUrl="https://b.example/feed?a=1&amp;b=2"/></outline></outline>
            <outline text="Again" xmlUrl="https://a.example/feed"/></body></opml>"#;
        let given = import::from_opml(text, &SourceSet::default(), &[], &judge_text);
        let shown: Vec<_> = given.fresh.iter().map(|s| (s.id.as_str(), s.name.as_str(), s.url.as_str())).collect();
        assert_eq!(
            shown,
            [("one-two", "One & two", "https://a.example/feed"), ("three", "Three", "https://b.example/feed?a=1&b=2")]
        );
        assert_eq!((given.count(), given.broken), (3, false));
        assert_eq!(given.doubled[0].reason, "it is there already, as one-two");
    }

    #[test]
    fn what_must_not_be_read_is_refused_with_its_reason_and_keeps_nothing_else_out() {
        let entry = |name: &str, url: &str| format!("<outline text=\"{name}\" xmlUrl=\"{url}\"/>");
        let text: String = [
            entry("a", "http://127.0.0.1/feed"),
            entry("b", "http://metadata.internal/"),
            entry("c", "file:///etc/passwd"),
            entry("d", "not an address"),
            entry("e&#0;&#27;[31m", "https://e.example/feed"),
            entry("f", "https://f.example/feed"),
        ]
        .concat();
        let given =
            import::from_opml(&format!("<opml><body>{text}</body></opml>"), &SourceSet::default(), &[], &judge_text);
        let reasons: Vec<_> = given.refused.iter().map(|refused| refused.reason.as_str()).collect();
        assert!(reasons[0].contains("127.0.0.1") && reasons[1].contains("internal name"), "{reasons:?}");
        assert!(reasons[2].contains("not fetched") && reasons[3].contains("no address"), "{reasons:?}");
        assert!(given.fresh.iter().any(|source| source.url == "https://f.example/feed"));
        let written = sources::append("", &given.fresh);
        assert_eq!(sources::parse(&written, "s").unwrap().sources.len(), given.fresh.len());
    }

    #[test]
    fn another_installation_s_file_brings_its_sources_with_all_that_stands_there() {
        let ours = sources::parse("sources:\n  - id: blog\n    url: https://blog.example/feed\n", "s").unwrap();
        let theirs = "sources:\n  - id: same\n    url: https://blog.example/feed\n  - id: blog\n    url: https://other.example/feed\n  \
            - id: inside\n    url: http://10.2.0.9/feed\n  - id: wiki\n    url: http://10.2.0.9/wiki\n    allow_net: 10.2.0.0/16\n    \
            kind: wiki\n    audience: north\n    trust: 0.9\n";
        let given = import::from_yaml(theirs, &ours, &judge_text);
        assert_eq!((given.fresh.len(), given.doubled.len(), given.refused.len()), (1, 1, 2), "{given:?}");
        let wiki = &given.fresh[0];
        assert_eq!((wiki.id.as_str(), wiki.kind.as_str(), wiki.trust), ("wiki", "wiki", 0.9));
        assert!(given.refused[0].reason.contains("another id") && given.refused[1].reason.contains("10.2.0.9"));
        let broken = import::from_yaml("sources:\n  - id: x\n    colour: red\n", &ours, &judge_text);
        assert_eq!(
            (broken.fresh.len(), broken.refused[0].what.as_str(), broken.broken),
            (0, "line 3", true),
            "{broken:?}"
        );
    }

    #[test]
    fn a_broken_export_still_gives_its_feeds() {
        let text = "\u{feff}<opml><body><outline text=\"A & B\" xmlUrl=\"https://a.example/?x=1&y=2\"><outline text='C' xmlUrl='https://c.example/'></body";
        let (outlines, broken) = opml::parse(text);
        assert!(broken);
        let urls: Vec<_> = outlines.iter().map(|outline| outline.url.as_str()).collect();
        assert_eq!(urls, ["https://a.example/?x=1&y=2", "https://c.example/"]);
        assert_eq!(outlines[0].title, "A & B");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let set = sources::parse(include_str!("../../sources.yaml"), "s").unwrap();
        let (outlines, broken) = opml::parse(&opml::write(&set));
        assert!(!broken);
        assert_eq!(outlines.len(), set.sources.len());
    }
}
