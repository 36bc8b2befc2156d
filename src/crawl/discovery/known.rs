//! Sites whose feeds stand at known places. Pure.

use crate::model::SourceKind;
use url::Url;

/// A place where a feed may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where.
    pub url: Url,
    /// How it would be read.
    pub kind: SourceKind,
    /// How we came to it, in a few words.
    pub why: &'static str,
}

impl Hint {
    pub(super) fn new(url: Url, kind: SourceKind, why: &'static str) -> Self {
        Self { url, kind, why }
    }
}

/// The feed that an address of a well-known site stands for.
pub fn of_address(url: &Url) -> Vec<Hint> {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_ascii_lowercase();
    let parts: Vec<&str> = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let found = match (host.as_str(), parts.as_slice()) {
        ("youtube.com" | "m.youtube.com", ["channel", id, ..]) => youtube("channel_id", id),
        ("youtube.com" | "m.youtube.com", ["playlist"]) => query("list").and_then(|list| youtube("playlist_id", &list)),
        ("reddit.com" | "old.reddit.com" | "new.reddit.com", ["r", name, ..]) => {
            hint(&format!("https://www.reddit.com/r/{name}/.rss"), SourceKind::Reddit, "the feed of the subreddit")
        }
        ("reddit.com" | "old.reddit.com" | "new.reddit.com", ["user" | "u", name, ..]) => {
            hint(&format!("https://www.reddit.com/user/{name}/.rss"), SourceKind::Reddit, "the feed of the person")
        }
        ("bsky.app", ["profile", handle]) => {
            hint(&format!("https://bsky.app/profile/{handle}/rss"), SourceKind::Bluesky, "the feed of the profile")
        }
        ("medium.com", [name, ..]) => {
            hint(&format!("https://medium.com/feed/{name}"), SourceKind::Feed, "the feed of the publication")
        }
        (host, _) if host.ends_with(".substack.com") => {
            hint(&format!("https://{host}/feed"), SourceKind::Feed, "the feed of the newsletter")
        }
        (_, [name]) if name.len() > 1 && name.starts_with('@') && !name.contains('.') && host != "youtube.com" => {
            let feed = url.join(&format!("/{name}.rss")).ok();
            feed.map(|feed| Hint::new(feed, SourceKind::Mastodon, "the feed of the profile"))
        }
        (_, ["tags", name]) if !name.contains('.') => {
            let feed = url.join(&format!("/tags/{name}.rss")).ok();
            feed.map(|feed| Hint::new(feed, SourceKind::Mastodon, "the feed of the tag"))
        }
        _ => None,
    };
    found.into_iter().collect()
}

fn youtube(key: &str, id: &str) -> Option<Hint> {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let address = format!("https://www.youtube.com/feeds/videos.xml?{key}={id}");
    hint(&address, SourceKind::Youtube, "the feed of the channel")
}

fn hint(address: &str, kind: SourceKind, why: &'static str) -> Option<Hint> {
    Url::parse(address).ok().map(|url| Hint::new(url, kind, why))
}

/// The feed of a YouTube page that names its channel inside only (handles, custom names, videos).
pub fn of_channel_page(url: &Url, body: &[u8]) -> Vec<Hint> {
    if !url.host_str().is_some_and(|host| host == "youtube.com" || host.ends_with(".youtube.com")) {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(body);
    let marks = ["\"externalId\":\"", "itemprop=\"identifier\" content=\"", "\"channelId\":\"", "/channel/"];
    let id = marks.iter().filter_map(|mark| {
        let rest = text.split_once(mark)?.1;
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len());
        Some(&rest[..end]).filter(|id| id.starts_with("UC") && id.len() == 24)
    });
    id.take(1).filter_map(|id| youtube("channel_id", id)).collect()
}

/// Where feeds usually are, for a site that names none: beside the page first, then at the root.
pub fn usual_places(url: &Url) -> Vec<Hint> {
    let folder = match url.path() {
        "/" | "" => None,
        path => url.join(&format!("{}/", path.trim_end_matches('/'))).ok(),
    };
    let beside = folder.iter().flat_map(|folder| ["feed", "rss.xml"].map(|name| folder.join(name).ok()));
    let root = ["/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/blog/feed", "/blog/rss.xml"];
    let root = root.into_iter().map(|path| url.join(path).ok());
    let place = |url| Hint::new(url, SourceKind::Feed, "a usual place for feeds");
    beside.chain(root).flatten().map(place).collect()
}
