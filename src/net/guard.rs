//! The one guard before every URL that anybody can give us: sources, OPML, discovery, comment feeds, image links,
//! WebSub callbacks, CRM addresses, and each hop of a redirect.
//!
//! It judges what can be judged from the URL alone. Names are judged again when they have been resolved, by the
//! resolver of the client, and only judged addresses are dialled, so a name cannot be bound anew in between.

use super::address;
use ipnet::IpNet;
use std::net::IpAddr;
use url::{Host, Url};

/// Names that mean this machine or the inside of a network, whatever a resolver says.
const INTERNAL_NAMES: [&str; 6] =
    ["localhost", "ip6-localhost", "ip6-loopback", "metadata", "instance-data", "broadcasthost"];

/// Endings of such names (RFC 6761, RFC 6762, RFC 8375, and `internal`, reserved by ICANN in 2024).
const INTERNAL_ENDINGS: [&str; 6] = [".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".intranet"];

/// Why a URL must not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither http nor https.
    #[error("{scheme}: addresses are not fetched; give an http or https address")]
    Scheme {
        /// What it is instead.
        scheme: String,
    },
    /// No host at all.
    #[error("the address names no host; give one like https://example.com/feed")]
    NoHost,
    /// A name of this machine or of the inside of a network.
    #[error("{host} is an internal name; where the source is internal by design, give it `allow_net` with its range")]
    InternalName {
        /// The name.
        host: String,
    },
    /// An address that is not on the open internet.
    #[error(
        "{}, which is not on the open internet; where the source is internal by design, give it `allow_net` with its range",
        leads(host, address)
    )]
    InternalAddress {
        /// The host as the URL has it.
        host: String,
        /// The address it leads to.
        address: IpAddr,
    },
}

/// Judges a URL by itself; `allow_net` holds the internal ranges that its source may reach.
pub fn judge(url: &Url, allow_net: &[IpNet]) -> Result<(), Refusal> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::Scheme { scheme: url.scheme().to_owned() });
    }
    match url.host() {
        None => Err(Refusal::NoHost),
        Some(Host::Ipv4(v4)) => judge_address(&v4.to_string(), v4.into(), allow_net),
        Some(Host::Ipv6(v6)) => judge_address(&v6.to_string(), v6.into(), allow_net),
        Some(Host::Domain(name)) if name.trim_end_matches('.').is_empty() => Err(Refusal::NoHost),
        // With `allow_net` the team has said that the name is internal; its addresses are still judged when it is resolved.
        Some(Host::Domain(name)) if allow_net.is_empty() && is_internal_name(name) => {
            Err(Refusal::InternalName { host: name.to_owned() })
        }
        Some(Host::Domain(_)) => Ok(()),
    }
}

/// The same for an address as somebody wrote it; the reason as a sentence.
pub fn judge_text(text: &str, allow_net: &[IpNet]) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("this is no address: {error}"))?;
    judge(&url, allow_net).map_err(|refusal| refusal.to_string())
}

/// Judges one address that a host leads to.
pub fn judge_address(host: &str, address: IpAddr, allow_net: &[IpNet]) -> Result<(), Refusal> {
    if address::may_dial(address, allow_net) {
        Ok(())
    } else {
        Err(Refusal::InternalAddress { host: host.to_owned(), address })
    }
}

fn leads(host: &str, address: &IpAddr) -> String {
    if host == address.to_string() { format!("this is {host}") } else { format!("{host} leads to {address}") }
}

fn is_internal_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    INTERNAL_NAMES.contains(&name.as_str()) || INTERNAL_ENDINGS.iter().any(|ending| name.ends_with(ending))
}
