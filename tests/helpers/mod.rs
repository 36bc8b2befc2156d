//! Builders and servers that the promises share.

pub mod crawling;
pub mod filled;
pub mod library;
pub mod make;
pub mod pages;

pub mod answering;
pub mod browser;
pub mod data;
pub mod driver;
pub mod due;
pub mod hostile;
pub mod hub;
pub mod mailing;
pub mod perilous;
pub mod postgres;
pub mod program;
pub mod provider;
pub mod shelf;
pub mod smtp;
pub mod stores;
pub mod telling;

/// Waits until something that goes on in the background is so.
pub async fn eventually<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !so().await {
        assert!(std::time::Instant::now() < until, "it does not come to this: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
