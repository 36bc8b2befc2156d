//! The team's own wiki.

use crate::helpers::data;
use jiff::Timestamp;
use ridealong::crawl::wiki::{self, WikiFile, confluence, folder, mediawiki, pages};
use ridealong::model::{Audience, Stage};
use url::Url;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("an instant")
}

fn file(path: &str, text: &str) -> WikiFile {
    WikiFile { path: path.into(), text: text.into(), changed_at: None }
}

fn site() -> Url {
    Url::parse("https://wiki.example/sales/").expect("an address")
}

#[test]
fn front_matter_gives_title_stages_audience_and_date() {
    let text = "---\ntitle: \"Handling price\"\nstage: [objections, negotiation]\naudience: enterprise\nowner: Ann Lee\nlastmod: 2026-05-01\n---\n# Other\nSee [the sheet](../tools/sheet.md#prices) and ![a chart](chart.png).\n";
    let found = pages(&[file("process/price.md", text)], Some(&site()));
    let page = &found[0];
    assert_eq!((page.title.as_str(), page.mentor.as_deref()), ("Handling price", Some("Ann Lee")));
    assert_eq!(page.stages, [Stage::Objections, Stage::Negotiation]);
    assert_eq!(page.audience, Some(Audience::Team("enterprise".into())));
    let post = wiki::assemble(&super::posts::source(), page, now());
    assert_eq!(post.url, "https://wiki.example/sales/process/price");
    assert!(post.html.contains("https://wiki.example/sales/tools/sheet#prices"), "{}", post.html);
    assert!(post.html.contains("https://wiki.example/sales/process/chart.png"), "{}", post.html);
    assert_eq!(post.updated_at.map(|at| at.to_string()).as_deref(), Some("2026-05-01T00:00:00Z"));
    assert_eq!(post.audience, Audience::Team("enterprise".into()));
    assert_eq!(post.tagged.primary, Some(Stage::Objections));
}

#[test]
fn hugo_and_gitbook_folders_get_their_titles_and_drafts_and_stubs_are_no_advice() {
    let long = "Ask who else must agree before you write anything. ".repeat(10);
    let files = [
        file("SUMMARY.md", "* [Start](README.md)\n* [Mutual plans](plans/mutual.md)\n"),
        file("README.md", &format!("# Welcome\n\n{long}")),
        file("plans/_index.md", &format!("+++\ntitle = \"Plans\"\n+++\n{{{{< toc >}}}}\n{long}")),
        file("plans/mutual.md", &long),
        file("plans/later.md", "# Later\n\nTODO: write this page."),
        file("plans/secret.md", "---\ndraft: true\n---\n# Not yet\n"),
    ];
    let found = pages(&files, Some(&site()));
    let named: Vec<_> =
        found.iter().map(|page| (page.title.as_str(), page.url.as_ref().map(Url::path).unwrap_or_default())).collect();
    assert_eq!(
        named,
        [
            ("Welcome", "/sales/"),
            ("Plans", "/sales/plans/"),
            ("Mutual plans", "/sales/plans/mutual"),
            ("Later", "/sales/plans/later")
        ]
    );
    let posts: Vec<_> = found.iter().map(|page| wiki::assemble(&super::posts::source(), page, now())).collect();
    assert!(!posts[1].text.contains("toc"), "{}", posts[1].text);
    assert_eq!(posts.iter().map(|post| post.thin).collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn a_renamed_page_is_known_again_and_keeps_its_identity() {
    let text = format!(
        "# Mutual plans\n\n{}",
        include_str!("../fixtures/parse/pages/news-clutter.html").replace(['<', '>'], " ")
    );
    let post = |path: &str| wiki::assemble(&super::posts::source(), &pages(&[file(path, &text)], None)[0], now());
    let (before, after) = (post("plans/mutual.md"), post("close/mutual-plans.md"));
    assert_ne!(before.guid, after.guid);
    let keys = ridealong::crawl::identity::keys(&before);
    assert!(ridealong::crawl::identity::keys(&after).iter().any(|key| keys.contains(key)), "it is found again");
    assert!(ridealong::crawl::identity::same(&before, &after), "and judged the same");
}

#[test]
fn a_folder_on_disk_is_loaded_and_a_missing_one_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("a/.git")).expect("folders");
    std::fs::write(folder.path().join("a/one.md"), "# One").expect("a file");
    std::fs::write(folder.path().join("a/.git/two.md"), "# Two").expect("a file");
    std::fs::write(folder.path().join("three.txt"), "3").expect("a file");
    let files = folder::load(folder.path()).expect("the files");
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a/one.md"]);
    assert!(files[0].changed_at.is_some());
    let error = folder::load(&folder.path().join("gone")).expect_err("no folder").to_string();
    assert!(error.contains("gone") && error.contains("sources.yaml"), "{error}");
}

#[test]
fn a_real_handbook_becomes_pages_with_titles_and_text() {
    let Some(path) = data::data_file("wiki") else { return };
    let files = folder::load(&path).expect("the handbook");
    let found = pages(&files, Some(&site()));
    assert!(found.len() >= 40, "{}", found.len());
    let posts: Vec<_> = found.iter().map(|page| wiki::assemble(&super::posts::source(), page, now())).collect();
    assert!(posts.iter().all(|post| !post.title.is_empty() && !post.title.contains(['#', '<'])));
    assert!(posts.iter().filter(|post| !post.thin).count() >= 20);
    let links =
        || posts.iter().flat_map(|post| post.html.split("href=\"").skip(1)).filter_map(|rest| rest.split('"').next());
    assert!(links().all(|link| link.contains(':')), "links are absolute");
    assert!(
        !links().any(|link| link.starts_with("https://wiki.example/") && link.ends_with(".md")),
        "and lead to pages, not to files"
    );
}

#[test]
fn the_answers_of_mediawiki_and_confluence_become_pages() {
    let api = Url::parse("https://w.example/api.php").expect("an address");
    let (listed, next) = mediawiki::list(br#"{"continue":{"gapcontinue":"Price"},"query":{"pages":[{"pageid":1,"title":"Demo","touched":"2026-04-01T10:00:00Z"}]}}"#).expect("a list");
    assert_eq!(next.as_deref(), Some("Price"));
    assert!(
        mediawiki::list_address(&api, next.as_deref()).query().is_some_and(|query| query.contains("gapcontinue=Price"))
    );
    let page = mediawiki::page(br#"{"parse":{"title":"Demo","displaytitle":"<i>Demo</i>","text":"<p>Show the <a href=\"/index.php?title=End\">end</a> first.</p>","categories":[{"category":"Sales_calls"}]}}"#, &listed[0], &api).expect("a page");
    assert_eq!((page.title.as_str(), page.labels[0].as_str()), ("Demo", "Sales calls"));
    assert!(
        wiki::assemble(&super::posts::source(), &page, now()).html.contains("https://w.example/index.php?title=End")
    );
    let error = mediawiki::list(br#"{"error":{"info":"You need read permission"}}"#).expect_err("an error").to_string();
    assert!(error.contains("You need read permission"), "{error}");

    let site = Url::parse("https://c.example/wiki").expect("an address");
    let answer = br#"{"results":[{"id":"77","title":"Close plan","body":{"view":{"value":"<p>Write it with them.</p>"}},"version":{"when":"2026-04-02T09:00:00.000Z","by":{"displayName":"Bo"}},"_links":{"webui":"/spaces/S/pages/77"}}],"_links":{"base":"https://c.example/wiki","next":"/rest/api/content?start=25"}}"#;
    let (found, next) = confluence::list(answer, &site).expect("pages");
    assert_eq!((found[0].key.as_str(), found[0].mentor.as_deref()), ("77", Some("Bo")));
    assert_eq!(found[0].url.as_ref().map(Url::as_str), Some("https://c.example/wiki/spaces/S/pages/77"));
    assert_eq!(next.as_ref().map(Url::as_str), Some("https://c.example/wiki/rest/api/content?start=25"));
}
