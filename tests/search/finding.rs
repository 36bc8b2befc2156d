//! What a rep finds, and what never.

use crate::helpers::library::{Filled, anyone, find, library, titles, with_comments};
use crate::helpers::make::{comment, days_ago, now, post};
use proptest::prelude::*;
use ridealong::model::*;
use ridealong::search::{Query, Reader};

fn telling(title: &str, text: &str) -> Post {
    let mut post = post(title, title, Stage::Closing);
    post.text = text.to_owned();
    post
}

#[test]
fn every_word_has_to_be_there_and_the_title_counts_more() {
    let library = library(&[
        telling("Talking about price", "Stay calm and ask why. The buyer has a reason."),
        telling("A story", "They spoke of price, and the buyer left, and more words follow here."),
        telling("Pipeline hygiene", "Clean the pipeline every Friday."),
    ]);
    assert_eq!(titles(&library, "price"), ["Talking about price", "A story"]);
    assert_eq!(titles(&library, "price left"), ["A story"]);
    assert_eq!(
        titles(&library, "how to price the buyer"),
        ["Talking about price", "A story"],
        "how, to, the narrow nothing"
    );
}

#[test]
fn where_no_post_has_every_word_those_with_some_are_shown_and_it_is_said() {
    let library = library(&[telling("Price", "Price."), telling("Demo", "Demo.")]);
    let hits = find(&library, "price demo ");
    assert!(hits.relaxed);
    assert_eq!(hits.total, 2);
    assert!(!find(&library, "price ").relaxed);
}

#[test]
fn a_quoted_phrase_is_found_only_as_it_stands() {
    let library = library(&[
        telling("One", "Agree the next step before you hang up."),
        telling("Two", "The step after next matters."),
    ]);
    assert_eq!(titles(&library, "\"next step\""), ["One"]);
    assert_eq!(
        find(&library, "\"next step\"").hits[0].snippet.html(),
        "Agree the <mark>next step</mark> before you hang up."
    );
    assert_eq!(titles(&library, "step -hang"), ["Two"]);
}

#[test]
fn a_word_is_found_in_its_other_forms_and_while_it_is_typed() {
    let library = library(&[telling("One", "He was negotiating with procurement."), telling("Two", "A demo.")]);
    for text in ["negotiate", "negotiates ", "nego", "procure", "PROCUREMENT "] {
        assert_eq!(titles(&library, text), ["One"], "{text}");
    }
    assert!(titles(&library, "nego ").is_empty(), "a space says that the word is whole");
}

#[test]
fn a_word_that_is_typed_comes_before_rarer_ones_that_begin_so() {
    let mut posts: Vec<_> = (0..30).map(|n| telling(&format!("Post {n}"), "A sale is a talk with somebody.")).collect();
    posts.push(telling("A product", "Salesmanship is a talk with somebody."));
    let library = library(&posts);
    let hits = library.query(&Query { page: 2, ..Query::new(anyone(), "sale") }).unwrap();
    assert_eq!(hits.total, 31);
    assert_eq!(hits.hits.last().unwrap().title.text, "A product");
}

#[test]
fn a_typing_error_is_forgiven_and_ranks_below_the_exact_word() {
    let library = library(&[
        telling("Mistyped", "The word negotation stands here, negotation, negotation."),
        telling("Right", "One word on negotiation among many others that say something else entirely."),
        telling("Neither", "The nation."),
    ]);
    assert_eq!(titles(&library, "negotiation "), ["Right", "Mistyped"]);
    assert_eq!(titles(&library, "negotation "), ["Mistyped", "Right"]);
    assert_eq!(titles(&library, "negoitaton "), ["Mistyped", "Right"], "two errors in a long word");
    assert!(titles(&library, "wrod ").len() >= 2, "swapped letters are one error");
    assert!(titles(&library, "thw ").is_empty(), "short words are taken as they are");
}

#[test]
fn advice_in_a_comment_is_found_and_says_which_comment_it_is() {
    let topic = telling("Silence after the proposal", "What do you do?");
    let reply = comment(&topic, "r1", "Send a break-up mail with a calendar link.");
    let mut spam = comment(&topic, "r2", "Cheap watches");
    spam.worth = CommentWorth::Spam;
    let library = with_comments(&[(topic, vec![reply.clone(), spam])]);
    let hits = find(&library, "calendar");
    assert_eq!(hits.hits[0].comment_id, Some(reply.id));
    assert!(hits.hits[0].snippet.html().contains("<mark>calendar</mark> link"));
    assert_eq!(find(&library, "watches").total, 0);
    assert_eq!(find(&library, "proposal").hits[0].comment_id, None);
    assert_eq!(find(&library, "luis").total, 1, "a mentor of a comment is found by name");
}

#[test]
fn filters_narrow_and_an_empty_text_lists_the_newest() {
    let mut german = telling("Angebot", "Das Angebot.");
    german.language = Some("de".to_owned());
    german.published_at = Some(days_ago(30));
    let mut wiki = telling("Play", "The wiki's play.");
    wiki.kind = SourceKind::Wiki;
    wiki.source_id = SourceId::new("wiki");
    wiki.mentor = Some("Ana Flores".to_owned());
    wiki.published_at = Some(days_ago(10));
    wiki.tagged.stages[0].stage = Stage::Discovery;
    let mut copied = telling("Copied", "Said twice.");
    copied.also_at.push(Place { source_id: SourceId::new("wiki"), url: "https://w.example/".to_owned() });
    let library = library(&[german, wiki, copied]);
    let ask = |change: &dyn Fn(&mut Query)| {
        let mut query = Query::new(anyone(), "");
        change(&mut query);
        library.query(&query).unwrap().hits.into_iter().map(|hit| hit.title.text).collect::<Vec<_>>()
    };
    assert_eq!(ask(&|_| {}), ["Copied", "Play", "Angebot"]);
    assert_eq!(ask(&|query| query.stage = Some(Stage::Discovery)), ["Play"]);
    assert_eq!(ask(&|query| query.source = Some(SourceId::new("wiki"))), ["Copied", "Play"]);
    assert_eq!(ask(&|query| query.mentor = Some("ana flores ".to_owned())), ["Play"]);
    assert_eq!(ask(&|query| query.language = Some("de".to_owned())), ["Angebot"]);
    assert_eq!(ask(&|query| query.kind = Some(SourceKind::Wiki)), ["Play"]);
    assert_eq!(ask(&|query| query.since = Some(days_ago(10))), ["Copied", "Play"]);
    assert_eq!(ask(&|query| query.until = Some(days_ago(10))), ["Angebot"]);
    assert_eq!(ask(&|query| (query.since, query.until) = (Some(now()), Some(days_ago(9)))), Vec::<String>::new());
}

#[test]
fn pages_follow_each_other() {
    let posts: Vec<_> = (0..45).map(|n| telling(&format!("Post {n}"), "Same words.")).collect();
    let library = library(&posts);
    let mut seen = std::collections::HashSet::new();
    for page in 1..=3 {
        let hits = library.query(&Query { page, ..Query::new(anyone(), "words ") }).unwrap();
        assert_eq!((hits.total, hits.pages), (45, 3));
        seen.extend(hits.hits.into_iter().map(|hit| hit.post_id));
    }
    assert_eq!(seen.len(), 45);
    for page in [0, usize::MAX] {
        library.query(&Query { page, ..Query::new(anyone(), "words") }).unwrap();
    }
}

#[test]
fn of_more_than_a_thousand_posts_it_is_only_said_that_there_are_more() {
    let posts: Vec<_> = (0..1_001).map(|n| telling(&format!("Post {n}"), "Same words.")).collect();
    let hits = |posts: &[Post]| find(&library(posts), "words ");
    let (all, most) = (hits(&posts), hits(&posts[1..]));
    assert_eq!((all.total, all.more, all.pages), (1_000, true, 50));
    assert_eq!((most.total, most.more, most.pages), (1_000, false, 50));
}

#[test]
fn a_rep_never_finds_what_is_for_another_team() {
    let teams = ["", "north", "south", "everyone else", "no", "rth"];
    let posts: Vec<_> = teams
        .iter()
        .map(|team| {
            let mut post = telling(&format!("For {team}"), "The secret discount is forty percent.");
            post.audience = Audience::from((*team).to_owned());
            post
        })
        .collect();
    let library = library(&posts);
    let texts = ["", "secret", "\"secret discount\"", "secrt", "sec", "-nothing", "audience:north secret", "for north"];
    for team in [None, Some("north"), Some("nort"), Some("team north"), Some("everyone else"), Some("")] {
        let reader = Reader::Of { team: team.map(str::to_owned) };
        for text in texts {
            let hits = library.query(&Query::new(reader.clone(), text)).unwrap();
            for hit in &hits.hits {
                let found = posts.iter().find(|post| post.id == hit.post_id).unwrap();
                assert!(found.audience.includes(team), "{team:?} found {:?} by {text:?}", found.title);
            }
            let visible = posts.iter().filter(|post| post.audience.includes(team)).count();
            assert!(hits.total <= visible, "not even the count tells");
        }
    }
    assert_eq!(library.query(&Query::new(Reader::Admin, "secret")).unwrap().total, posts.len());
}

#[test]
fn a_snippet_never_carries_markup_of_the_post() {
    let library = library(&[telling("<script>alert(1)</script> price", "<img src=x onerror=alert(1)> price & more")]);
    let hits = find(&library, "price");
    let html = hits.hits[0].title.html() + hits.hits[0].snippet.html().as_str();
    assert_eq!(html.replace("<mark>", "").replace("</mark>", "").matches('<').count(), 0, "{html}");
    assert!(html.contains("<mark>price</mark>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_a_search_fail(text in any::<String>(), page in any::<usize>()) {
        thread_local! {
            static LIBRARY: Filled = library(&[
                telling("Price", "Any text: \"price\" + (demo) [now] TO * ~2 ^3 AND OR NOT äöü 销售"),
            ]);
        }
        LIBRARY.with(|library| library.query(&Query { page, ..Query::new(anyone(), text) }).map(|_| ())).unwrap();
    }

    #[test]
    fn syntax_of_query_languages_is_only_text(text in r#"[-+!(){}\[\]^"~*?:\\/&|a-c <>=]{0,60}"#) {
        thread_local! {
            static LIBRARY: Filled = library(&[telling("a b c", "a b c aa bb cc abc")]);
        }
        LIBRARY.with(|library| library.query(&Query::new(anyone(), text)).map(|_| ())).unwrap();
    }
}

proptest! {
    // Each case opens an index of its own.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn marks_always_lie_between_characters(text in "\\PC{0,400}", asked in "\\PC{1,20}") {
        let library = library(&[telling("T", &text)]);
        let mut query = Query::new(anyone(), asked);
        query.text.push_str(" t");
        for hit in library.query(&query).unwrap().hits {
            hit.snippet.html();
            prop_assert!(hit.snippet.text.len() < 300);
        }
    }
}
