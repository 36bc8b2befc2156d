//! Addresses: made absolute, and freed of what follows readers around.

use super::politeness::registrable;
use std::sync::OnceLock;
use url::Url;

/// The longest address that is kept, in bytes.
pub const URL_BYTES_MAX: usize = 4_096;

/// The rules of `assets/tracking-parameters.txt`.
#[derive(Debug, Default)]
struct Rules {
    parameters: Vec<&'static str>,
    prefixes: Vec<&'static str>,
    hosts: Vec<&'static str>,
    paths: Vec<&'static str>,
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules = Rules::default();
        for line in include_str!("../../assets/tracking-parameters.txt").lines().map(str::trim) {
            match line.split_once(' ') {
                _ if line.is_empty() || line.starts_with('#') => {}
                Some(("host", host)) => rules.hosts.push(host.trim()),
                Some(("path", path)) => rules.paths.push(path.trim()),
                _ => match line.strip_suffix('*') {
                    Some(prefix) => rules.prefixes.push(prefix),
                    None => rules.parameters.push(line),
                },
            }
        }
        rules
    })
}

fn is_tracking(parameter: &str) -> bool {
    let name = parameter.split('=').next().unwrap_or(parameter);
    let starts = |prefix: &&str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    rules().parameters.iter().any(|known| known.eq_ignore_ascii_case(name)) || rules().prefixes.iter().any(starts)
}

/// The address without tracking parameters; everything else stays as it is, byte for byte.
pub fn without_tracking(address: &str) -> String {
    let (before, fragment) = match address.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (address, None),
    };
    let Some((path, query)) = before.split_once('?') else { return untracked_fragment(address, before, fragment) };
    let separator = if query.contains("&amp;") { "&amp;" } else { "&" };
    if !query.split(separator).any(is_tracking) {
        return untracked_fragment(address, before, fragment);
    }
    let kept: Vec<&str> = query.split(separator).filter(|parameter| !is_tracking(parameter)).collect();
    let mut out = path.to_owned();
    if !kept.is_empty() {
        out.push('?');
        out.push_str(&kept.join(separator));
    }
    if let Some(fragment) = fragment.filter(|fragment| !fragment.split('&').all(is_tracking)) {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// Campaign words also hide behind `#`.
fn untracked_fragment(address: &str, before: &str, fragment: Option<&str>) -> String {
    match fragment {
        Some(fragment) if fragment.contains('=') && fragment.split('&').all(is_tracking) => before.to_owned(),
        _ => address.to_owned(),
    }
}

/// The one form of an address under which a post is known: normalised, no tracking parameters, no fragment that only
/// points into the page.
pub fn canonical(url: &Url) -> Url {
    let cleaned = without_tracking(url.as_str());
    let mut url = Url::parse(&cleaned).unwrap_or_else(|_| url.clone());
    // "#!/post" is an address of its own on old script-driven sites.
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!') || fragment.starts_with('/')) {
        url.set_fragment(None);
    }
    if url.query() == Some("") {
        url.set_query(None);
    }
    url
}

/// An absolute http or https address, as published where it is one already, else joined with the base.
pub fn absolute(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.len() > URL_BYTES_MAX {
        return None;
    }
    match Url::parse(href) {
        Ok(url) if is_web(&url) => Some(if href.contains(char::is_whitespace) { url.into() } else { href.to_owned() }),
        Ok(_) => None,
        Err(_) => base?.join(href).ok().filter(is_web).map(Into::into),
    }
}

/// Whether the address is one of the web.
pub fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// Whether an image is there to count readers: a known counter's host or path, or a size of one pixel.
pub fn is_counter(src: &str, width: Option<&str>, height: Option<&str>) -> bool {
    let tiny = |size: Option<&str>| size.is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"));
    if tiny(width) || tiny(height) {
        return true;
    }
    if rules().paths.iter().any(|path| src.contains(path)) {
        return true;
    }
    let after_scheme = src.split_once("//").map_or("", |(_, rest)| rest);
    let host = after_scheme.split(['/', '?', '#', ':']).next().unwrap_or("").to_ascii_lowercase();
    rules()
        .hosts
        .iter()
        .any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Whether two addresses belong to one registrable domain.
pub fn same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| url.host_str().map(|host| registrable(host).to_ascii_lowercase());
    site(one).is_some() && site(one) == site(other)
}
