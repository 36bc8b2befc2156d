use super::SyncError;
use crate::config::Secret;
use crate::crm::stages::name_of;
use crate::model::Crm;
use crate::net::{ACCEPT_JSON, Client, Request, Response};
use ipnet::IpNet;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Seconds to wait where a 429 does not say how long.
const RETRY_AFTER_S: u64 = 60;
/// The longest wait that is believed, in seconds: a day.
const RETRY_AFTER_S_MAX: u64 = 86_400;
/// Bytes of one page: 2,000 records with long texts.
const PAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Characters of a CRM's own words in an error.
const CAUSE_CHARS_MAX: usize = 200;

/// The way to one CRM: where it is, and the token that opens it. The token never leaves for another origin.
#[derive(Clone)]
pub struct Access {
    client: Client,
    crm: Crm,
    base: Url,
    token: Secret,
    allow_net: Vec<IpNet>,
}

impl Access {
    /// A way to `crm` at its own address; `base` replaces it (Salesforce has one for each customer, tests have theirs),
    /// `allow_net` lets internal addresses through.
    pub fn new(client: Client, crm: Crm, base: Url, token: Secret, allow_net: Vec<IpNet>) -> Self {
        Self { client, crm, base, token, allow_net }
    }

    pub(super) fn name(&self) -> &'static str {
        name_of(self.crm)
    }

    pub(super) fn unreadable(&self, cause: impl Into<String>) -> SyncError {
        SyncError::Unreadable { crm: self.name(), cause: cause.into() }
    }

    /// The address of a path; only on the CRM's own origin, whatever an answer says.
    pub(super) fn url(&self, path: &str) -> Result<Url, SyncError> {
        let url = self.base.join(path).map_err(|error| self.unreadable(format!("the address {path:?}: {error}")))?;
        if url.origin() == self.base.origin() { Ok(url) } else { Err(self.unreadable("it points to another site")) }
    }

    pub(super) async fn get(&self, url: Url) -> Result<(Value, Response), SyncError> {
        self.send(Request::get(url)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, SyncError> {
        let request = Request::post(self.url(path)?, "application/json", body.to_string().into_bytes());
        Ok(self.send(request).await?.0)
    }

    async fn send(&self, mut request: Request) -> Result<(Value, Response), SyncError> {
        request.accept = ACCEPT_JSON;
        request.allow_net.clone_from(&self.allow_net);
        request.body_bytes_max = Some(PAGE_BYTES_MAX);
        request.headers.push(match self.crm {
            Crm::Pipedrive => ("x-api-token".to_owned(), self.token.expose().to_owned()),
            _ => ("authorization".to_owned(), format!("Bearer {}", self.token.expose())),
        });
        let response = self.client.fetch(request).await?;
        if !response.is_success() {
            return Err(self.refusal(&response));
        }
        match serde_json::from_slice(&response.body) {
            Ok(value) => Ok((value, response)),
            Err(error) => Err(self.unreadable(error.to_string())),
        }
    }

    fn refusal(&self, response: &Response) -> SyncError {
        let crm = self.name();
        let said = said(&response.body);
        match response.status {
            401 => SyncError::Token { crm },
            // Salesforce says so with 403 where the calls of the day are used up.
            403 if said.contains("REQUEST_LIMIT_EXCEEDED") => SyncError::SlowDown { crm, retry_after_s: 3_600 },
            403 => SyncError::Scope { crm, cause: said },
            429 => SyncError::SlowDown { crm, retry_after_s: retry_after_s(response) },
            status => SyncError::Refused { crm, status, cause: said },
        }
    }

    /// Waits as long as the CRM wants requests to lie apart.
    pub(super) async fn pause(&self) {
        let pause = match self.crm {
            // Five searches a second.
            Crm::Hubspot => Duration::from_millis(220),
            // Twenty requests in two seconds on the smallest plan.
            Crm::Pipedrive => Duration::from_millis(110),
            _ => Duration::from_millis(20),
        };
        tokio::time::sleep(pause).await;
    }
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3), or Pipedrive's own header.
fn retry_after_s(response: &Response) -> u64 {
    let header = response.header("retry-after").or_else(|| response.header("x-ratelimit-reset"));
    let seconds = header.and_then(|text| text.trim().parse::<f64>().ok()).map(|seconds| seconds.ceil() as u64);
    seconds.unwrap_or(RETRY_AFTER_S).clamp(1, RETRY_AFTER_S_MAX)
}

/// What an error answer says in its own words: `message`, `error`, Salesforce's array, or the text itself.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let one = value.get(0).unwrap_or(&value);
    let field = |name: &str| one.get(name).and_then(Value::as_str);
    let words = match (field("errorCode"), field("message").or_else(|| field("error"))) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (None, Some(message)) => message.to_owned(),
        _ => text.into_owned(),
    };
    words.chars().take(CAUSE_CHARS_MAX).collect()
}
