use super::body::{self, Budget, Limit};
use super::decode;
use super::error::{self, FetchError};
use super::guard;
use super::message::{self, Redirect, Request, Response};
use super::redirect;
use super::resolve::{Guarded, Lookup, SystemLookup};
use crate::config::NetSettings;
use crate::model::Validators;
use ipnet::IpNet;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::time::{Instant, timeout_at};
use url::Url;

/// The one way out: guarded, limited, without cookies. Cheap to clone; all clones share their connections' settings.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: NetSettings,
    lookup: Arc<dyn Lookup>,
    /// One view of the network per set of allowed internal ranges: a connection made for a source that may reach
    /// the inside is never lent to one that may not.
    views: Mutex<HashMap<Vec<IpNet>, Arc<View>>>,
    budget: Budget,
}

/// The clients of one set of allowed ranges. They are built when first needed, as loading the trusted certificates
/// costs more than a hundred requests.
#[derive(Default)]
struct View {
    plain: OnceLock<reqwest::Client>,
    secure: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client that resolves names as this machine does.
    pub fn new(settings: &NetSettings) -> Self {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// A client that resolves names by `lookup`.
    pub fn with_lookup(settings: &NetSettings, lookup: Arc<dyn Lookup>) -> Self {
        let (views, budget) = (Mutex::default(), Budget::default());
        Self(Arc::new(Inner { settings: settings.clone(), lookup, views, budget }))
    }

    /// Fetches one address, following redirects; every hop is judged before it is asked.
    ///
    /// # Errors
    /// A sentence that says why there is no answer. Any status is an answer.
    pub async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let settings = &self.0.settings;
        let deadline = Instant::now() + settings.request_timeout;
        let first = request.url.clone();
        let limit = Limit { bytes_max: request.body_bytes_max.unwrap_or(settings.body_bytes_max), cut: request.cut };
        let mut request = request;
        let mut redirects = Vec::new();
        loop {
            guard::judge(&request.url, &request.allow_net)?;
            let host = request.url.host_str().unwrap_or_default().to_owned();
            let response = self.send(&request, &host, deadline).await?;
            let status = response.status().as_u16();
            if request.follow && redirect::is_redirect(status) {
                let location = response.headers().get(header::LOCATION).map(|value| value.as_bytes().to_vec());
                let location = location.as_deref().map(String::from_utf8_lossy);
                let max = settings.redirects_max;
                request = redirect::follow(request, status, location.as_deref(), &first, &redirects, max)?;
                redirects.push(Redirect { status, to: request.url.clone() });
                continue;
            }
            let headers = response.headers().clone();
            let body = if status == 304 {
                Vec::new()
            } else {
                body::read(response, &host, settings, limit, deadline, &self.0.budget).await?
            };
            let validators = message::validators(&headers);
            return Ok(Response { status, url: request.url, redirects, validators, body, headers });
        }
    }

    /// One request and the head of its answer.
    async fn send(&self, request: &Request, host: &str, deadline: Instant) -> Result<reqwest::Response, FetchError> {
        let settings = &self.0.settings;
        let unusable = |cause: String| FetchError::Unusable { host: host.to_owned(), cause };
        let client = self.client(&request.url, &request.allow_net).map_err(|error| unusable(error.to_string()))?;
        let mut outgoing =
            client.request(request.method.clone(), request.url.clone()).headers(headers(request).map_err(unusable)?);
        if let Some(body) = &request.body {
            outgoing = outgoing.body(body.clone());
        }
        let first_byte = Instant::now() + settings.first_byte_timeout;
        let response = match timeout_at(first_byte.min(deadline), outgoing.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let seconds = settings.connect_timeout.as_secs();
                return Err(error::of_request(host, &error, seconds, settings.header_bytes_max));
            }
            Err(_) => {
                let seconds = settings.first_byte_timeout.as_secs();
                return Err(FetchError::Timeout { host: host.to_owned(), what: "answer", seconds });
            }
        };
        let header_bytes: usize =
            response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if header_bytes > settings.header_bytes_max {
            return Err(FetchError::HeadersTooLarge { host: host.to_owned(), bytes_max: settings.header_bytes_max });
        }
        Ok(response)
    }

    /// The client for a scheme and a set of allowed ranges.
    fn client(&self, url: &Url, allow_net: &[IpNet]) -> reqwest::Result<reqwest::Client> {
        let view = {
            let mut views = self.0.views.lock().unwrap_or_else(PoisonError::into_inner);
            match views.get(allow_net) {
                Some(view) => view.clone(),
                None => views.entry(allow_net.to_vec()).or_default().clone(),
            }
        };
        let secure = url.scheme() == "https";
        let cell = if secure { &view.secure } else { &view.plain };
        if let Some(client) = cell.get() {
            return Ok(client.clone());
        }
        let built = self.build(secure, allow_net)?;
        Ok(cell.get_or_init(|| built).clone())
    }

    fn build(&self, secure: bool, allow_net: &[IpNet]) -> reqwest::Result<reqwest::Client> {
        let settings = &self.0.settings;
        let resolver = Guarded { lookup: self.0.lookup.clone(), allow_net: allow_net.into() };
        let builder = reqwest::Client::builder()
            .user_agent(&settings.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(settings.connect_timeout)
            // A crawler asks most hosts once an hour: idle connections would only hold sockets, thousands of them.
            .pool_max_idle_per_host(0)
            .http1_max_headers(HEADERS_MAX)
            .http2_max_header_list_size(u32::try_from(settings.header_bytes_max).unwrap_or(u32::MAX))
            .dns_resolver(Arc::new(resolver));
        if !secure {
            return builder.tls_certs_only([]).build();
        }
        let extra: reqwest::Result<Vec<_>> =
            settings.extra_roots_pem.iter().map(|pem| reqwest::Certificate::from_pem(pem.as_bytes())).collect();
        builder.tls_certs_merge(extra?).build()
    }
}

/// Header lines of one answer.
const HEADERS_MAX: usize = 100;

/// The headers of a request.
fn headers(request: &Request) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 4);
    headers.insert(header::ACCEPT, HeaderValue::from_static(request.accept));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(decode::ACCEPTED));
    let Validators { etag, last_modified } = &request.validators;
    if let Some(value) = etag.as_deref().and_then(message::validator_value) {
        headers.insert(header::IF_NONE_MATCH, value);
    }
    if let Some(value) = last_modified.as_deref().and_then(message::validator_value) {
        headers.insert(header::IF_MODIFIED_SINCE, value);
    }
    for (name, value) in &request.headers {
        let value_of =
            HeaderValue::from_str(value).map_err(|_| format!("the value of its header {name} is no text"))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header name"))?;
        headers.insert(name, value_of);
    }
    Ok(headers)
}
