//! Tokens by the ten thousand.

use crate::helpers::make::{email, now};
use ridealong::model::*;
use ridealong::store::sled::SledStore;
use ridealong::store::{RecordKind, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TOKENS: usize = 10_000;
const REPS: usize = 2_000;

/// The shortest of several runs: what the work costs, not what else the machine does.
async fn cost<F: Future<Output = usize>>(work: impl Fn() -> F) -> (usize, Duration) {
    let mut best = (0, Duration::MAX);
    for _ in 0..7 {
        let started = Instant::now();
        let found = work().await;
        best = (found, best.1.min(started.elapsed()));
    }
    best
}

#[tokio::test]
async fn of_ten_thousand_tokens_those_of_a_rep_are_listed_without_reading_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SledStore::open(folder.path()).unwrap());
    let rep = |n: usize| email(&format!("rep{n}@example.com"));
    let token = |n: usize| Token {
        key: format!("{n:064x}"),
        rep: rep(n % REPS),
        purpose: TokenPurpose::Session,
        name: "Firefox on Linux".to_owned(),
        made_at: now(),
        expires_at: None,
        used_at: None,
    };
    store.save_tokens((0..TOKENS).map(token).collect()).await.unwrap();
    // The first listing looks once whether each token has its place.
    assert_eq!(store.list_tokens(&rep(7)).await.unwrap().len(), TOKENS / REPS);
    let (own, one) = cost(async || store.list_tokens(&rep(7)).await.unwrap().len()).await;
    let (everybody, all) = cost(async || store.list_all(RecordKind::Token, None).await.unwrap().len()).await;
    assert_eq!((own, everybody), (TOKENS / REPS, TOKENS));
    assert!(one * 10 < all, "{one:?} for {own} of {all:?} for {everybody}");
    println!("{own} of {everybody} tokens listed in {one:?}; reading all takes {all:?}");
}
