//! A WebSub hub on the loopback interface that does what the Recommendation says, and what a forger would do.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use url::Url;

/// The running hub.
pub struct Hub {
    pub url: Url,
    asked: Arc<Mutex<Vec<HashMap<String, String>>>>,
}

impl Hub {
    /// Starts; it takes every request.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/hub", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::<Mutex<Vec<HashMap<String, String>>>>::default();
        let log = Arc::clone(&asked);
        let take = move |axum::Form(form): axum::Form<HashMap<String, String>>| {
            log.lock().unwrap().push(form);
            async { axum::http::StatusCode::ACCEPTED }
        };
        let router = axum::Router::new().route("/hub", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, asked }
    }

    /// What subscribers asked for, oldest first.
    pub fn asked(&self) -> Vec<HashMap<String, String>> {
        self.asked.lock().unwrap().clone()
    }
}

/// The question that a hub puts to a callback, as path and query.
pub fn question(asked: &HashMap<String, String>, challenge: &str) -> String {
    let callback: Url = asked["hub.callback"].parse().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("hub.mode", &asked["hub.mode"])
        .append_pair("hub.topic", &asked["hub.topic"])
        .append_pair("hub.challenge", challenge)
        .append_pair("hub.lease_seconds", "864000")
        .finish();
    format!("{}?{query}", callback.path())
}

/// The signature of a push.
pub fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}
