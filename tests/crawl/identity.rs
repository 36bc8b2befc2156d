use crate::helpers::make::{days_ago, now, post};
use jiff::SignedDuration;
use proptest::prelude::*;
use ridealong::crawl::identity::{Settled, keys, merge, near, same, settle};
use ridealong::model::{Audience, Place, Post, PostId, SourceId, SourceKind, Stage};
use std::collections::HashMap;

const BODY: &str = "Before you send the proposal, ask the person who signs what would make it easy to say yes, and \
    what would make it hard. Write both down in their words. Then open the call with the hard part, because a buyer \
    who has been heard is a buyer who can decide, and the rest of the meeting is only arithmetic.";

fn long(identity: &str, title: &str, simhash: u64) -> Post {
    let words = u32::try_from(BODY.split_whitespace().count()).unwrap();
    Post {
        text: BODY.to_owned(),
        html: format!("<p>{BODY}</p>"),
        words,
        simhash,
        ..post(identity, title, Stage::Proposal)
    }
}

/// Fingerprints that are far from each other.
fn fingerprint(n: u64) -> u64 {
    (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What a store would say.
fn settle_against(known: &[Post], new: Vec<Post>) -> Vec<Settled> {
    let mut holders = HashMap::new();
    for post in known {
        for key in keys(post) {
            holders.entry(key).or_insert_with(|| post.id.clone());
        }
    }
    settle(new, &holders, &known.iter().map(|post| (post.id.clone(), post.clone())).collect())
}

fn reread(post: &Post) -> Post {
    Post { seen_at: now(), changed_at: now(), tagged: Default::default(), ..post.clone() }
}

#[test]
fn a_post_that_is_read_again_unchanged_is_not_saved_again() {
    let known = long("a", "Ask what makes it hard", 0xfeed);
    assert!(settle_against(std::slice::from_ref(&known), vec![reread(&known)]).is_empty());
}

#[test]
fn changed_guids_do_not_bring_everything_back_as_new() {
    let known: Vec<Post> = (0..20).map(|n| long(&format!("p{n}"), &format!("Lesson {n}"), fingerprint(n))).collect();
    let renamed = known.iter().map(|post| {
        let guid = format!("new-{}", post.guid.as_deref().unwrap());
        let id = PostId::of(&post.source_id, &guid);
        Post { guid: Some(guid), id, ..reread(post) }
    });
    let settled = settle_against(&known, renamed.collect());
    assert_eq!(settled.len(), 20, "the new GUIDs are remembered");
    for (settled, known) in settled.iter().zip(&known) {
        assert!(!settled.is_new && !settled.text_changed);
        assert_eq!((&settled.post.id, settled.post.seen_at), (&known.id, known.seen_at));
    }
}

#[test]
fn a_moved_address_with_the_same_title_and_text_is_the_same_post() {
    let known = long("old", "Ask what makes it hard", 0xfeed);
    let moved = Post { url: "https://new.example/ask".to_owned(), ..long("new", "Ask what makes it hard", 0xfeed) };
    let settled = settle_against(std::slice::from_ref(&known), vec![moved]);
    assert_eq!(settled.len(), 1);
    assert_eq!((&settled[0].post.id, settled[0].post.url.as_str()), (&known.id, "https://new.example/ask"));
    assert!(!settled[0].is_new);
}

#[test]
fn shared_guids_swallow_no_post() {
    let posts: Vec<Post> = (0..5_u64)
        .map(|n| {
            let own = long(&format!("p{n}"), &format!("Lesson {n}"), fingerprint(n));
            let own = Post { published_at: Some(days_ago(n as i64)), ..own };
            Post { guid: Some("same".to_owned()), id: PostId::of(&own.source_id, "same"), ..own }
        })
        .collect();
    let first = settle_against(&[], posts.clone());
    let mut ids: Vec<_> = first.iter().map(|settled| settled.post.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    let known: Vec<Post> = first.into_iter().map(|settled| settled.post).collect();
    assert!(settle_against(&known, posts).is_empty(), "and none comes back as new");
}

#[test]
fn one_that_shares_its_guid_with_a_post_of_last_week_is_a_post_of_its_own() {
    let old = Post { guid: Some("latest".to_owned()), ..long("latest", "Last week", 1 << 40) };
    let new = Post {
        url: "https://blog.example/this-week".to_owned(),
        published_at: Some(now()),
        simhash: 0xffff_0000_ffff,
        ..Post { guid: Some("latest".to_owned()), ..long("latest", "This week", 7) }
    };
    let old = Post { published_at: Some(days_ago(7)), ..old };
    let settled = settle_against(std::slice::from_ref(&old), vec![new]);
    assert!(settled[0].is_new && settled[0].post.id != old.id);
}

#[test]
fn an_edit_updates_in_place_and_keeps_tags_and_places() {
    let known = long("a", "Ask what makes it hard", 0xfeed);
    let known = Post { also_at: vec![Place { source_id: SourceId::new("planet"), url: "x".to_owned() }], ..known };
    let edited = Post { title: "Ask what makes it hard (updated)".to_owned(), ..reread(&known) };
    let edited = Post { also_at: Vec::new(), changed_at: now() + SignedDuration::from_hours(1), ..edited };
    let settled = settle_against(std::slice::from_ref(&known), vec![edited.clone()]);
    let saved = &settled[0].post;
    assert!(settled[0].text_changed && !settled[0].is_new && !settled[0].arrives);
    assert_eq!((&saved.id, &saved.tagged, &saved.also_at), (&known.id, &known.tagged, &known.also_at));
    assert_eq!((saved.title.as_str(), saved.changed_at), (edited.title.as_str(), edited.changed_at));
}

#[test]
fn the_summary_of_a_feed_does_not_replace_the_article_that_was_fetched_in_full() {
    let known = long("a", "Ask what makes it hard", 0xfeed);
    let summary = Post {
        text: "Before you send.".to_owned(),
        html: "<p>Before you send.</p>".to_owned(),
        words: 3,
        simhash: 1,
        ..reread(&known)
    };
    assert!(merge(known.clone(), summary).is_none());
}

#[test]
fn one_text_in_several_places_is_one_post() {
    let known = long("a", "Ask what makes it hard", 0b1010_1010);
    let elsewhere = SourceId::new("planet");
    let copy = Post {
        source_id: elsewhere.clone(),
        id: PostId::of(&elsewhere, "copy"),
        url: "https://planet.example/copy".to_owned(),
        guid: Some("copy".to_owned()),
        simhash: known.simhash ^ 0b11,
        ..reread(&known)
    };
    assert!(near(&known, &copy));
    let settled = settle_against(std::slice::from_ref(&known), vec![copy.clone()]);
    assert_eq!((settled.len(), settled[0].is_new, settled[0].arrives), (1, false, true));
    let place = Place { source_id: elsewhere, url: "https://planet.example/copy".to_owned() };
    assert_eq!((&settled[0].post.id, &settled[0].post.also_at), (&known.id, &vec![place]));
    assert!(settle_against(&[settled[0].post.clone()], vec![copy]).is_empty(), "and it arrives there once");
}

#[test]
fn a_teams_wiki_page_is_never_joined_with_a_public_post() {
    let public = long("a", "Ask what makes it hard", 0xfeed);
    let inner = Post {
        source_id: SourceId::new("wiki"),
        audience: Audience::Team("west".to_owned()),
        kind: SourceKind::Wiki,
        ..public.clone()
    };
    assert!(!same(&public, &inner));
    assert!(keys(&public).iter().all(|key| !keys(&inner).contains(key)));
}

#[test]
fn a_thread_about_an_article_is_another_post_than_the_article() {
    let article = long("a", "Ask what makes it hard", 0xfeed);
    let thread = Post { source_id: SourceId::new("hn"), kind: SourceKind::Hackernews, ..article.clone() };
    assert!(!same(&article, &thread));
}

#[test]
fn a_feed_that_links_every_post_to_one_page_keeps_its_posts_apart() {
    let home = |n: u64| Post {
        url: "https://blog.example/changelog".to_owned(),
        published_at: Some(days_ago(n as i64)),
        ..long(&format!("v{n}"), &format!("Version {n}"), fingerprint(n))
    };
    assert_eq!(settle_against(&[], (1..6).map(home).collect()).len(), 5);
    assert_eq!(settle_against(&[home(1)], vec![home(9)]).iter().filter(|settled| settled.is_new).count(), 1);
}

#[test]
fn keys_are_few_short_and_say_nothing_of_what_they_stand_for() {
    let keys = keys(&long("a", "Ask what makes it hard", 0xfeed));
    assert!(keys.len() <= 5 && keys.iter().all(|key| key.len() <= 12 && key.is_ascii()), "{keys:?}");
}

proptest! {
    #[test]
    fn texts_that_differ_in_two_bits_of_their_fingerprint_always_share_a_key(simhash in 1_u64.., a in 0_u32..63, b in 0_u32..63) {
        let one = Post { guid: None, url: String::new(), ..long("a", "One", simhash) };
        let flipped = simhash ^ (1 << a) ^ (1 << b);
        prop_assume!(flipped != 0);
        let other = Post { simhash: flipped, ..one.clone() };
        let other_keys = keys(&other);
        prop_assert!(keys(&one).iter().any(|key| other_keys.contains(key)));
    }

    #[test]
    fn settling_twice_changes_nothing_the_second_time(titles in proptest::collection::vec("[a-c]{1,2}", 1..8), guids in proptest::collection::vec("[x-z]", 8)) {
        let new: Vec<Post> = titles.iter().zip(&guids).enumerate().map(|(n, (title, guid))| Post {
            guid: Some(guid.clone()),
            url: format!("https://blog.example/{title}"),
            published_at: Some(days_ago(n as i64)),
            ..long(guid, title, fingerprint(n as u64))
        }).collect();
        let known: Vec<Post> = settle_against(&[], new.clone()).into_iter().map(|settled| settled.post).collect();
        let ids: std::collections::HashSet<_> = known.iter().map(|post| post.id.clone()).collect();
        prop_assert_eq!(ids.len(), known.len());
        prop_assert!(settle_against(&known, new).iter().all(|settled| !settled.is_new));
    }
}
