use super::context::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The network address that limits count by.
pub(super) struct Caller(pub(super) String);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let address = peer.map(|peer| caller(peer, forwarded, &app.context.trusted_proxies));
        Ok(Self(address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())))
    }
}

/// The last address in the chain that is not one of our own proxies: anything left of it can be made up.
fn caller(peer: IpAddr, forwarded: Option<&str>, trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut caller = peer;
    for hop in forwarded.unwrap_or_default().rsplit(',') {
        match (is_ours(&caller), hop.trim().parse()) {
            (true, Ok(before)) => caller = before,
            _ => break,
        }
    }
    caller
}

#[cfg(test)]
mod tests {
    use super::caller;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let peer = "10.0.0.1".parse().unwrap();
        let ip = |text: &str| text.parse::<std::net::IpAddr>().unwrap();
        assert_eq!(caller(peer, Some("6.6.6.6, 203.0.113.9, 10.0.0.2"), &trusted), ip("203.0.113.9"));
        assert_eq!(caller(peer, None, &trusted), peer);
        assert_eq!(caller(ip("198.51.100.1"), Some("127.0.0.1"), &trusted), ip("198.51.100.1"));
        assert_eq!(caller(peer, Some("nonsense"), &trusted), peer);
    }
}
