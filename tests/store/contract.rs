//! What every store promises, told once and run against each.

use crate::helpers::make::{comment, days_ago, deal, email, now, post, rep};
use crate::helpers::postgres;
use jiff::SignedDuration;
use ridealong::model::*;
use ridealong::store::memory::MemoryStore;
use ridealong::store::sled::SledStore;
use ridealong::store::{ClaimOutcome, CrawlBatch, KeyedPost, Lease, Limit, PostQuery, Record, RecordKind, Store};
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
    CrawlBatch { lease: None, state: Some(state), posts, comments }
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
async fn what_a_rep_has_is_read_at_once_and_is_nobody_elses() {
    for_every_store(|store| async move {
        let (maya, noor) = (rep(), Rep::new(email("noor@example.com"), "Noor"));
        let token = |rep: &Rep, key: &str| Token {
            key: key.to_owned(),
            rep: rep.email.clone(),
            purpose: TokenPurpose::Session,
            name: String::new(),
            made_at: now(),
            expires_at: None,
            used_at: None,
        };
        let mut noors = deal("Noor's");
        noors.rep = Some(noor.email.clone());
        let deals = [deal("Acme"), deal("Borealis"), noors].map(|deal| Record::Deal(Box::new(deal)));
        store.save_records(deals.to_vec(), Vec::new()).await.unwrap();
        for (at, post) in [(now(), "later"), (days_ago(1), "earlier")] {
            store.save_act(&maya.email, at, Act::Save { post: PostId::new(post) }).await.unwrap();
        }
        store.save_act(&noor.email, now(), Act::Save { post: PostId::new("hers") }).await.unwrap();
        store.save_tokens(vec![token(&maya, "a"), token(&noor, "b"), token(&maya, "c")]).await.unwrap();

        let holdings = store.list_holdings(&maya.email).await.unwrap();
        assert_eq!(holdings.deals, store.list_deals(Some(&maya.email)).await.unwrap());
        assert_eq!(holdings.deals.len(), 2);
        assert_eq!(holdings.acts, store.list_acts(&maya.email).await.unwrap());
        assert_eq!(holdings.acts.acts.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [days_ago(1), now()]);
        assert_eq!(holdings.commitments, store.list_commitments(&maya.email).await.unwrap());
        assert_eq!(holdings.tokens, [token(&maya, "a"), token(&maya, "c")]);
    })
    .await;
}

#[tokio::test]
async fn records_are_found_by_their_keys_in_the_order_asked() {
    for_every_store(|store| async move {
        let records: Vec<Record> = ["a@x.example", "b@x.example", "c@x.example"]
            .map(|email| Record::Rep(Rep::new(email.parse().unwrap(), "Somebody")))
            .to_vec();
        store.save_records(records.clone(), vec![]).await.unwrap();
        let missing = ridealong::store::RecordKey { id: "nobody@x.example".to_owned(), ..records[0].key() };
        let found = store.find_records(&[records[2].key(), missing, records[0].key()]).await.unwrap();
        assert_eq!(found, [records[2].clone(), records[0].clone()]);
        assert_eq!(store.find_records(&[]).await.unwrap(), []);
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

fn minutes(n: i64) -> jiff::Timestamp {
    now() + SignedDuration::from_mins(n)
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn a_name_is_leased_to_one_until_its_end_and_then_to_the_next() {
    for_every_store(|store| async move {
        let all = names(["c", "a", "b"]);
        let held = store.lease(&all, now(), minutes(2), 2).await.unwrap();
        let lease = |name: &str, attempt, until| Lease { name: name.to_owned(), attempt, until };
        assert_eq!(held, [lease("a", 1, minutes(2)), lease("b", 1, minutes(2))], "at most two, in order");
        let rest = store.lease(&all, minutes(1), minutes(3), 9).await.unwrap();
        assert_eq!(rest, [lease("c", 1, minutes(3))]);
        assert_eq!(store.find_lease("a").await.unwrap(), Some(lease("a", 1, minutes(2))));
        assert_eq!(store.find_lease("d").await.unwrap(), None);

        let over = store.lease(&all, minutes(2), minutes(4), 9).await.unwrap();
        assert_eq!(over, [lease("a", 2, minutes(4)), lease("b", 2, minutes(4))], "an end that has come is an end");
        assert_eq!(store.lease(&[], now(), minutes(2), 9).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_renewed_and_given_back_by_its_holder_alone() {
    for_every_store(|store| async move {
        let all = names(["a", "b"]);
        let held = store.lease(&all, now(), minutes(2), 9).await.unwrap();
        let longer = store.renew(&held, minutes(5)).await.unwrap();
        assert_eq!(longer.iter().map(|lease| lease.until).collect::<Vec<_>>(), [minutes(5), minutes(5)]);
        assert!(store.lease(&all, minutes(3), minutes(9), 9).await.unwrap().is_empty());

        // Nobody wanted it when it ended, so it is ours still; then somebody takes one.
        assert_eq!(store.renew(&held, minutes(6)).await.unwrap().len(), 2);
        let taken = store.lease(&all[..1], minutes(7), minutes(9), 9).await.unwrap();
        assert_eq!(store.renew(&held, minutes(20)).await.unwrap(), [Lease { until: minutes(20), ..held[1].clone() }]);
        assert_eq!(store.find_lease("a").await.unwrap(), Some(taken[0].clone()), "the new holder is not disturbed");

        store.renew(&taken, minutes(7)).await.unwrap();
        assert_eq!(
            store.lease(&all, minutes(7), minutes(9), 9).await.unwrap().len(),
            1,
            "given back, and free at once"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_done_under_a_lost_lease_is_not_saved() {
    for_every_store(|store| async move {
        let ours = store.lease(&names(["blog"]), now(), minutes(2), 1).await.unwrap().pop();
        let theirs = store.lease(&names(["blog"]), minutes(3), minutes(5), 1).await.unwrap().pop();
        let (late, fresh) = (post("1", "Late", Stage::Closing), post("1", "Fresh", Stage::Closing));
        let saved = |post: Post, lease: &Option<Lease>| {
            store.save_crawl(CrawlBatch { lease: lease.clone(), ..batch(vec![keyed(post, &["guid:1"])], vec![]) })
        };
        assert!(!saved(late.clone(), &ours).await.unwrap());
        assert!(store.list_states().await.unwrap().is_empty() && store.list_changes(0, 9).await.unwrap().is_empty());
        assert!(saved(fresh.clone(), &theirs).await.unwrap());
        assert!(!saved(late, &ours).await.unwrap(), "nor afterwards");
        assert_eq!(store.find_posts(std::slice::from_ref(&fresh.id)).await.unwrap(), [fresh]);
        let free = store.lease(&names(["blog"]), minutes(4), minutes(6), 1).await.unwrap();
        assert_eq!(free[0].attempt, 3, "saving has ended the lease");

        let state = |posts| SourceState { posts, ..SourceState::new(SourceId::new("blog")) };
        store.save_states(vec![(state(7), theirs)]).await.unwrap();
        assert_eq!(store.list_states().await.unwrap()[0].posts, 1);
        store.save_states(vec![(state(8), free.into_iter().next())]).await.unwrap();
        assert_eq!(store.find_states(&[SourceId::new("none"), SourceId::new("blog")]).await.unwrap(), [state(8)]);
        assert_eq!(store.lease(&names(["blog"]), minutes(4), minutes(6), 1).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_lease_at_once_each_name_goes_to_one() {
    for_every_store(|store| async move {
        let all: Vec<String> = (0..40).map(|n| format!("name {n:02}")).collect();
        let asks = (0..8).map(|_| {
            let (store, all) = (Arc::clone(&store), all.clone());
            tokio::spawn(async move { store.lease(&all, now(), minutes(2), 7).await.unwrap() })
        });
        let mut taken: Vec<String> = Vec::new();
        for asked in futures::future::join_all(asks).await {
            taken.extend(asked.unwrap().into_iter().map(|lease| lease.name));
        }
        taken.extend(store.lease(&all, now(), minutes(2), 40).await.unwrap().into_iter().map(|lease| lease.name));
        taken.sort();
        assert_eq!(taken, all);
    })
    .await;
}

#[tokio::test]
async fn a_limit_lets_so_many_through_at_once_and_one_more_each_time() {
    for_every_store(|store| async move {
        let limit = Limit { at_once: 3, every: SignedDuration::from_secs(20) };
        let uses = |name: &'static str, at| {
            let store = Arc::clone(&store);
            async move { store.use_up(name, limit, at).await.unwrap() }
        };
        for left in [2, 1, 0] {
            let used = uses("guess maya", now()).await;
            assert_eq!((used.left, used.wait), (left, None));
        }
        assert_eq!(uses("guess maya", now()).await.wait, Some(SignedDuration::from_secs(20)));
        assert_eq!(uses("guess noor", now()).await.left, 2, "each name has its own");
        let later = now() + SignedDuration::from_secs(20);
        assert_eq!(
            (uses("guess maya", later).await.wait, uses("guess maya", later).await.wait.is_some()),
            (None, true)
        );
        assert_eq!(uses("guess maya", minutes(9)).await.left, 2, "rested");

        let many = (0..10).map(|_| uses("call token", now()));
        let counted = futures::future::join_all(many).await.into_iter().filter(|used| used.wait.is_none()).count();
        assert_eq!(counted, 3);
    })
    .await;
}
