//! A store with something of everything in it.

use super::make::{comment, commitment, days_ago, deal, email, note, now, post, rep};
use ridealong::model::*;
use ridealong::store::copy::Item;
use ridealong::store::{CrawlBatch, KeyedPost, PostQuery, Record, RecordKind, Setting, Store};

/// How many posts [`fill`] saves.
pub const POSTS: usize = 250;

/// Saves posts with keys, threads and comments, states, and a record of every kind.
pub async fn fill(store: &dyn Store) {
    fill_with(store, POSTS).await;
}

/// The same with so many posts.
pub async fn fill_with(store: &dyn Store, posts: usize) {
    for source in ["blog", "wiki"] {
        let posts: Vec<_> = (0..posts / 2)
            .map(|n| {
                let mut post = post(&format!("{source} {n}"), &format!("Advice {n} of the {source}"), Stage::Closing);
                post.source_id = SourceId::new(source);
                post.thread.due_at = (n % 3 == 0).then(|| days_ago(n as i64 % 9));
                let keys = vec![format!("guid:{source}:{n}"), format!("url:{source}:{n}"), format!("near:{}", n % 40)];
                KeyedPost { post, keys }
            })
            .collect();
        let comments =
            posts.iter().step_by(4).map(|keyed| comment(&keyed.post, "c", "Ask about the budget first")).collect();
        let state = Some(SourceState::new(SourceId::new(source)));
        store.save_crawl(CrawlBatch { lease: None, state, posts, comments }).await.unwrap();
    }
    store.save_records(records(), Vec::new()).await.unwrap();
    store
        .save_act(&rep().email, now(), Act::Save { post: PostId::of(&SourceId::new("blog"), "blog 1") })
        .await
        .unwrap();
}

fn token(key: &str, purpose: TokenPurpose) -> Record {
    Record::Token(Token {
        key: key.to_owned(),
        rep: rep().email,
        purpose,
        name: String::new(),
        made_at: now(),
        expires_at: None,
        used_at: None,
    })
}

fn webhook() -> Webhook {
    Webhook {
        id: "00000000000000bb".to_owned(),
        rep: rep().email,
        name: "Channel".to_owned(),
        url: "https://hooks.example/secret".to_owned(),
        tells: Tells::Slack,
        made_at: now(),
        taken_at: None,
        stopped_because: None,
    }
}

fn delivery() -> Delivery {
    Delivery {
        rep: rep().email,
        webhook: webhook().id,
        event: "weekly-2026-W48".to_owned(),
        body: "{}".to_owned(),
        at: now(),
        until: now(),
        attempt: 1,
        next_at: None,
        cause: None,
    }
}

fn answer() -> Answer {
    let answered = Answered { status: 201, headers: vec![], body: "{}".to_owned() };
    Answer { rep: rep().email, id: "kept".to_owned(), asked: "hash".to_owned(), at: now(), answered: Some(answered) }
}

fn setting(name: &str) -> Record {
    Record::Setting(Setting { name: name.to_owned(), value: format!("value of {name}") })
}

fn records() -> Vec<Record> {
    let mut records = vec![
        Record::Rep(rep()),
        Record::Rep(Rep::new(email("noor@example.com"), "Noor")),
        setting("stage-mapping"),
        setting("feed-secret"),
        setting("link-key"),
        token("sign-in hash", TokenPurpose::SignIn),
        token("session hash", TokenPurpose::Session),
        token("feed id", TokenPurpose::Feed(Scope::All)),
        token("api hash", TokenPurpose::Api(ApiScope::Read)),
        Record::Note(note(&PostId::new("noted"))),
        Record::Answer(answer()),
        Record::Webhook(webhook()),
        Record::Delivery(delivery()),
        Record::ReadMarks(ReadMarks { rep: rep().email, read: vec![1, 2] }),
        Record::Commitment(commitment(&PostId::new("promised"))),
    ];
    records.extend((0..30).map(|n| Record::Deal(Box::new(deal(&format!("Deal {n}"))))));
    records
}

/// Everything in a store, in a fixed order, as text to compare.
pub async fn contents(store: &dyn Store, with_secrets: bool) -> Vec<String> {
    let mut items = Vec::new();
    items.extend(store.list_states().await.unwrap().into_iter().map(Item::State));
    let query = PostQuery { source: None, after: None, max: usize::MAX };
    for post in store.list_posts(&query).await.unwrap() {
        let id = [post.id.clone()];
        let mut keys = store.list_keys(&id).await.unwrap().remove(0);
        keys.sort();
        let comments = store.list_comments(&id).await.unwrap();
        items.push(Item::Post { post, keys, comments });
    }
    // Places follow from the tokens, and each store makes its own.
    for kind in RecordKind::ALL.into_iter().filter(|kind| *kind != RecordKind::TokenPlace) {
        items.extend(store.list_all(kind, None).await.unwrap().into_iter().map(Item::Record));
    }
    let wanted = items.iter().filter(|item| with_secrets || !item.is_secret());
    wanted.map(|item| serde_json::to_string(item).unwrap()).collect()
}
