//! Names to addresses, with the guard in between.

use super::guard::{self, Refusal};
use futures::future::BoxFuture;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Resolves a name to addresses. The machine's own in the program, a scripted one in tests.
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of a name; an error or an empty list where it has none.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The machine's resolver.
#[derive(Debug, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(
            async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.map(|found| found.ip()).collect()) },
        )
    }
}

/// A name that could not be resolved.
#[derive(Debug, thiserror::Error)]
#[error("the name {name} does not resolve ({cause})")]
pub(super) struct NotResolved {
    pub name: String,
    pub cause: String,
}

/// Hands the client only addresses that may be dialled: what has been judged is what is connected to.
pub(super) struct Guarded {
    pub lookup: Arc<dyn Lookup>,
    pub allow_net: Arc<[IpNet]>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, allow_net) = (self.lookup.clone(), self.allow_net.clone());
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = match lookup.lookup(name.clone()).await {
                Ok(found) => found,
                Err(error) => return Err(NotResolved { name, cause: error.to_string() }.into()),
            };
            let addresses = dialable(&name, found, &allow_net)?;
            // Port 0 stands for the port of the URL.
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

/// The addresses among `found` that may be dialled; where none may, the refusal of the first.
fn dialable(
    name: &str,
    found: Vec<IpAddr>,
    allow_net: &[IpNet],
) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let mut first_refusal: Option<Refusal> = None;
    let mut good = Vec::with_capacity(found.len());
    for address in found {
        match guard::judge_address(name, address, allow_net) {
            Ok(()) => good.push(address),
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
    }
    match first_refusal {
        Some(refusal) if good.is_empty() => Err(refusal.into()),
        None if good.is_empty() => {
            Err(NotResolved { name: name.to_owned(), cause: "it has no address".to_owned() }.into())
        }
        _ => Ok(good),
    }
}
