//! What every store promises, told once and run against each.

use crate::helpers::make::{comment, days_ago, deal, email, now, post, rep};
use crate::helpers::postgres;
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::store::memory::MemoryStore;
use ridealong::store::sled::SledStore;
use ridealong::store::{ClaimOutcome, CrawlBatch, KeyedPost, PostQuery, Record, RecordKind, Store};
use std::sync::Arc;

/// Runs a promise against every store.
async fn for_every_store<F>(promise: impl Fn(Arc<dyn Store>) -> F)
where
    F: Future<Output = ()>,
{
    promise(Arc::new(MemoryStore::new())).await;
    let folder = tempfile::tempdir().unwrap();
    promise(Arc::new(SledStore::open(folder.path()).unwrap())).await;
    promise(Arc::new(postgres::fresh().await)).await;
}

fn keyed(post: Post, keys: &[&str]) -> KeyedPost {
    KeyedPost { post, keys: keys.iter().map(|key| (*key).to_owned()).collect() }
}

fn batch(posts: Vec<KeyedPost>, comments: Vec<Comment>) -> CrawlBatch {
    let mut state = SourceState::new(SourceId::new("blog"));
    state.posts = posts.len() as u64;
    CrawlBatch { state: Some(state), posts, comments }
}

#[tokio::test]
async fn a_crawl_is_found_again_with_its_comments_and_keys() {
    for_every_store(|store| async move {
        let first = post("1", "Open with a question", Stage::Prospecting);
        let second = post("2", "Close the plan", Stage::Closing);
        let reply = comment(&first, "r1", "Ask about last quarter");
        let posts = vec![keyed(first.clone(), &["guid:1", "url:1"]), keyed(second.clone(), &["guid:2"])];
        store.save_crawl(batch(posts, vec![reply.clone()])).await.unwrap();

        assert_eq!(store.list_states().await.unwrap()[0].posts, 2);
        let ids = [second.id.clone(), PostId::new("none"), first.id.clone()];
        assert_eq!(store.find_posts(&ids).await.unwrap(), [second.clone(), first.clone()]);
        assert_eq!(store.list_comments(&ids).await.unwrap(), [reply]);
        let keys = ["guid:2", "guid:3", "url:1"].map(str::to_owned);
        let found = store.find_identities(&keys).await.unwrap();
        assert_eq!(found, [Some(second.id), None, Some(first.id)]);
    })
    .await;
}

#[tokio::test]
async fn a_key_stays_with_the_post_that_had_it_first() {
    for_every_store(|store| async move {
        let first = post("1", "One", Stage::Closing);
        let second = post("2", "Two", Stage::Closing);
        store.save_crawl(batch(vec![keyed(first.clone(), &["url:same"])], vec![])).await.unwrap();
        store.save_crawl(batch(vec![keyed(second, &["url:same"])], vec![])).await.unwrap();
        let found = store.find_identities(&["url:same".to_owned()]).await.unwrap();
        assert_eq!(found, [Some(first.id)]);
    })
    .await;
}

#[tokio::test]
async fn a_post_knows_the_keys_that_it_holds_and_keeps_those_of_earlier_crawls() {
    for_every_store(|store| async move {
        let first = post("1", "One", Stage::Closing);
        let second = post("2", "Two", Stage::Closing);
        let both = vec![keyed(first.clone(), &["guid:1", "near:x"]), keyed(second.clone(), &["guid:2", "near:x"])];
        store.save_crawl(batch(both, vec![])).await.unwrap();
        store.save_crawl(batch(vec![keyed(first.clone(), &["url:1"])], vec![])).await.unwrap();
        let ids = [second.id.clone(), PostId::new("none"), first.id.clone()];
        let mut held = store.list_keys(&ids).await.unwrap();
        held.iter_mut().for_each(|keys| keys.sort());
        assert_eq!(held, [vec!["guid:2"], vec![], vec!["guid:1", "near:x", "url:1"]]);
        store.remove_posts(std::slice::from_ref(&first.id)).await.unwrap();
        store.save_crawl(batch(vec![keyed(second.clone(), &["near:x"])], vec![])).await.unwrap();
        let found = store.find_identities(&["near:x".to_owned(), "url:1".to_owned()]).await.unwrap();
        assert_eq!(found, [Some(second.id), None], "keys of a removed post are free again");
    })
    .await;
}

#[tokio::test]
async fn pages_of_posts_follow_each_other_without_gap_or_repetition() {
    for_every_store(|store| async move {
        let posts: Vec<_> = (0..25).map(|n| keyed(post(&n.to_string(), "Title", Stage::Closing), &[])).collect();
        store.save_crawl(batch(posts, vec![])).await.unwrap();
        let mut query = PostQuery { source: Some(SourceId::new("blog")), after: None, max: 10 };
        let mut seen = Vec::new();
        loop {
            let page = store.list_posts(&query).await.unwrap();
            let Some(last) = page.last() else { break };
            query.after = Some(last.id.clone());
            seen.extend(page.into_iter().map(|post| post.id));
        }
        assert_eq!(seen.len(), 25);
        assert!(seen.is_sorted_by(|a, b| a < b));
        query = PostQuery { source: Some(SourceId::new("other")), after: None, max: 10 };
        assert!(store.list_posts(&query).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn changes_come_in_order_and_each_post_once_with_its_newest() {
    for_every_store(|store| async move {
        let first = post("1", "One", Stage::Closing);
        let second = post("2", "Two", Stage::Closing);
        for changed in [&first, &second, &first] {
            store.save_crawl(batch(vec![keyed(changed.clone(), &[])], vec![])).await.unwrap();
        }
        let changes = store.list_changes(0, 10).await.unwrap();
        assert_eq!(changes.iter().map(|c| &c.post).collect::<Vec<_>>(), [&second.id, &first.id]);
        let newest = changes[1].seq;
        assert!(store.list_changes(newest, 10).await.unwrap().is_empty());
        store.save_crawl(batch(vec![], vec![comment(&second, "c", "More")])).await.unwrap();
        let changes = store.list_changes(newest, 10).await.unwrap();
        assert_eq!(changes.iter().map(|c| &c.post).collect::<Vec<_>>(), [&second.id]);
        store.remove_posts(std::slice::from_ref(&first.id)).await.unwrap();
        let changes = store.list_changes(changes[0].seq, 10).await.unwrap();
        assert_eq!(changes.iter().map(|c| &c.post).collect::<Vec<_>>(), [&first.id]);
    })
    .await;
}

#[tokio::test]
async fn a_removed_post_takes_its_comments_and_keys_along() {
    for_every_store(|store| async move {
        let gone = post("1", "One", Stage::Closing);
        let stays = post("2", "Two", Stage::Closing);
        let posts = vec![keyed(gone.clone(), &["guid:1"]), keyed(stays.clone(), &["guid:2"])];
        store.save_crawl(batch(posts, vec![comment(&gone, "c", "Text")])).await.unwrap();
        store.remove_posts(std::slice::from_ref(&gone.id)).await.unwrap();
        let ids = [gone.id.clone(), stays.id.clone()];
        assert_eq!(store.find_posts(&ids).await.unwrap(), std::slice::from_ref(&stays));
        assert!(store.list_comments(&ids).await.unwrap().is_empty());
        let keys = ["guid:1", "guid:2"].map(str::to_owned);
        assert_eq!(store.find_identities(&keys).await.unwrap(), [None, Some(stays.id)]);
        assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn due_threads_come_longest_due_first_and_leave_when_settled() {
    for_every_store(|store| async move {
        let mut late = post("1", "Late", Stage::Closing);
        late.thread.due_at = Some(days_ago(5));
        let mut soon = post("2", "Soon", Stage::Closing);
        soon.thread.due_at = Some(days_ago(1));
        let mut later = post("3", "Later", Stage::Closing);
        later.thread.due_at = Some(days_ago(-1));
        let posts = [&soon, &later, &late].map(|post| keyed(post.clone(), &[])).to_vec();
        store.save_crawl(batch(posts, vec![])).await.unwrap();
        assert_eq!(store.list_threads_due(now(), 10).await.unwrap(), [late.id.clone(), soon.id.clone()]);
        late.thread.due_at = None;
        store.save_crawl(batch(vec![keyed(late, &[])], vec![])).await.unwrap();
        assert_eq!(store.list_threads_due(now(), 10).await.unwrap(), [soon.id]);
    })
    .await;
}

#[tokio::test]
async fn records_are_listed_by_owner_and_never_mix() {
    for_every_store(|store| async move {
        let maya = rep();
        let mut other = deal("Other");
        other.rep = Some(email("maya@example.com.evil"));
        let records = vec![
            Record::Rep(maya.clone()),
            Record::Deal(Box::new(deal("Acme"))),
            Record::Deal(Box::new(deal("Borealis"))),
            Record::Deal(Box::new(other)),
        ];
        store.save_records(records, Vec::new()).await.unwrap();
        assert_eq!(store.list_deals(Some(&maya.email)).await.unwrap().len(), 2);
        assert_eq!(store.list_deals(None).await.unwrap().len(), 3);
        let first = store.list_records(RecordKind::Deal, None, None, 1).await.unwrap().remove(0);
        let rest = store.list_records(RecordKind::Deal, None, Some(&first.key()), 10).await.unwrap();
        assert_eq!(rest.len(), 2);
        assert!(!rest.contains(&first));
    })
    .await;
}

#[tokio::test]
async fn of_two_senders_only_one_gets_the_mail_and_a_lost_lease_is_taken_over() {
    for_every_store(|store| async move {
        let maya = rep().email;
        let week: IsoWeek = "2026-W48".parse().unwrap();
        let lease = SignedDuration::from_mins(10);
        let mut claimed = 0;
        for _ in 0..5 {
            let outcome = store.claim_mail(&maya, week, "<1@x>", now(), lease).await.unwrap();
            claimed += usize::from(matches!(outcome, ClaimOutcome::Claimed(_)));
        }
        assert_eq!(claimed, 1);
        let later = now() + SignedDuration::from_mins(11);
        let ClaimOutcome::Claimed(claim) = store.claim_mail(&maya, week, "<2@x>", later, lease).await.unwrap() else {
            panic!("the lease had run out");
        };
        assert_eq!((claim.attempt, claim.message_id.as_str()), (2, "<1@x>"));
        let sent = MailClaim { state: MailState::Sent, ..claim.clone() };
        assert!(store.mark_mail(&claim, sent).await.unwrap());
        let much_later = now() + SignedDuration::from_hours(100);
        let outcome = store.claim_mail(&maya, week, "<1@x>", much_later, lease).await.unwrap();
        assert!(matches!(outcome, ClaimOutcome::Taken(claim) if claim.state == MailState::Sent));
        let stale = MailClaim { state: MailState::Failed, ..claim.clone() };
        assert!(!store.mark_mail(&claim, stale).await.unwrap(), "a fenced sender must not overwrite");
    })
    .await;
}

#[tokio::test]
async fn a_one_time_token_opens_once() {
    for_every_store(|store| async move {
        let token = Token {
            key: "abc".to_owned(),
            rep: rep().email,
            purpose: TokenPurpose::SignIn,
            name: String::new(),
            made_at: now(),
            expires_at: None,
            used_at: None,
        };
        store.save_token(token.clone()).await.unwrap();
        let (one, two) = tokio::join!(store.take_token("abc"), store.take_token("abc"));
        let opened: Vec<_> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
        assert_eq!(opened, [token]);
        assert_eq!(store.take_token("abc").await.unwrap(), None);
        assert_eq!(store.list_all(RecordKind::TokenPlace, None).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn tokens_are_listed_by_whose_they_are_also_where_an_older_store_kept_them() {
    for_every_store(|store| async move {
        let token = |key: &str, rep: &str, days: i64| Token {
            key: key.to_owned(),
            rep: email(rep),
            purpose: TokenPurpose::Session,
            name: String::new(),
            made_at: now(),
            expires_at: Some(days_ago(days)),
            used_at: None,
        };
        let keys = async |rep: &str| {
            let tokens = store.list_tokens(&email(rep)).await.unwrap();
            tokens.into_iter().map(|token| token.key).collect::<Vec<_>>()
        };
        // As a store from before had them: tokens without places.
        let old = [token("a", "maya@example.com", 60), token("b", "noor@example.com", 1)];
        store.save_records(old.map(Record::Token).into(), vec![]).await.unwrap();
        assert_eq!(
            (keys("maya@example.com").await, keys("noor@example.com").await),
            (vec!["a".into()], vec!["b".into()])
        );
        store.save_tokens(vec![token("c", "maya@example.com", 1), token("d", "maya@example.com", 1)]).await.unwrap();
        store.replace_token(&token("d", "maya@example.com", 1), token("e", "maya@example.com", 1)).await.unwrap();
        store.remove_token("c").await.unwrap();
        store.remove_token("nobody's").await.unwrap();
        assert_eq!(keys("maya@example.com").await, ["a", "e"]);
        assert_eq!(store.prune_tokens(days_ago(30)).await.unwrap(), 1);
        assert_eq!((keys("maya@example.com").await, keys("maya@example.co").await), (vec!["e".into()], vec![]));
        assert_eq!(store.find_token("a").await.unwrap(), None);
        store.save(Record::Rep(rep())).await.unwrap();
        assert!(store.remove_rep(&rep().email).await.unwrap());
        assert_eq!(store.list_all(RecordKind::TokenPlace, None).await.unwrap().len(), 1, "noor's");
    })
    .await;
}

#[tokio::test]
async fn a_removed_rep_leaves_nothing_but_unclaimed_deals() {
    for_every_store(|store| async move {
        let maya = rep();
        store
            .save_records(vec![Record::Rep(maya.clone()), Record::Deal(Box::new(deal("Acme")))], Vec::new())
            .await
            .unwrap();
        store.save_act(&maya.email, now(), Act::Save { post: PostId::new("p") }).await.unwrap();
        assert!(store.remove_rep(&maya.email).await.unwrap());
        assert!(store.list_acts(&maya.email).await.unwrap().acts.is_empty());
        let deals = store.list_deals(None).await.unwrap();
        assert_eq!((deals.len(), deals[0].rep.clone()), (1, None));
        assert!(!store.remove_rep(&maya.email).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn sled_keeps_everything_over_a_restart_and_tells_a_second_process_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let kept = post("1", "Kept", Stage::Closing);
    {
        let store = SledStore::open(folder.path()).unwrap();
        store.save_crawl(batch(vec![keyed(kept.clone(), &["guid:1"])], vec![])).await.unwrap();
        let refused = SledStore::open(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("in use by another ridealong"), "{refused}");
    }
    let store = SledStore::open(folder.path()).unwrap();
    assert_eq!(store.find_posts(std::slice::from_ref(&kept.id)).await.unwrap(), [kept]);
    assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new());
}
