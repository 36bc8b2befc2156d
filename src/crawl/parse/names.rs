//! What an element means: namespaces and names of every dialect, mapped onto the few things that we keep.

/// A namespace that we know, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ns {
    /// RSS of any version, Atom of any version, and elements without a namespace.
    Core,
    Dc,
    DcTerms,
    Content,
    Itunes,
    Media,
    Slash,
    Wfw,
    Thr,
    Sy,
    Podcast,
    FeedBurner,
    Xhtml,
    Rdf,
    Other,
}

impl Ns {
    /// By its address; addresses differ in case, slashes and versions, so a part decides.
    pub fn of_uri(uri: &str) -> Option<Ns> {
        let uri = uri.trim().to_ascii_lowercase();
        let known: [(&str, Ns); 24] = [
            ("w3.org/2005/atom", Ns::Core),
            ("purl.org/atom", Ns::Core),
            ("example.com/newformat", Ns::Core),
            ("purl.org/rss/1.0/modules/content", Ns::Content),
            ("purl.org/rss/1.0/modules/slash", Ns::Slash),
            ("purl.org/rss/1.0/modules/syndication", Ns::Sy),
            ("purl.org/rss/1.0/modules", Ns::Other),
            ("purl.org/rss", Ns::Core),
            ("my.netscape.com", Ns::Core),
            ("channel.netscape.com", Ns::Core),
            ("backend.userland.com", Ns::Core),
            ("blogs.law.harvard.edu/tech/rss", Ns::Core),
            ("cyber.harvard.edu/rss", Ns::Core),
            ("purl.org/dc/elements", Ns::Dc),
            ("purl.org/dc/terms", Ns::DcTerms),
            ("itunes.com/dtds", Ns::Itunes),
            ("search.yahoo.com/mrss", Ns::Media),
            ("wellformedweb.org/commentapi", Ns::Wfw),
            ("purl.org/syndication/thread", Ns::Thr),
            ("podcastindex", Ns::Podcast),
            ("rssnamespace.org/feedburner", Ns::FeedBurner),
            ("w3.org/1999/xhtml", Ns::Xhtml),
            ("w3.org/1999/02/22-rdf-syntax", Ns::Rdf),
            ("w3.org/xml/1998", Ns::Other),
        ];
        known.iter().find(|(part, _)| uri.contains(part)).map(|(_, ns)| *ns)
    }

    /// By the prefix that everybody uses, where the document does not declare it.
    pub fn of_prefix(prefix: &str) -> Ns {
        match prefix.to_ascii_lowercase().as_str() {
            "" | "atom" | "atom10" | "atom03" | "a10" | "rss" => Ns::Core,
            "dc" => Ns::Dc,
            "dcterms" => Ns::DcTerms,
            "content" => Ns::Content,
            "itunes" => Ns::Itunes,
            "media" => Ns::Media,
            "slash" => Ns::Slash,
            "wfw" => Ns::Wfw,
            "thr" => Ns::Thr,
            "sy" => Ns::Sy,
            "podcast" => Ns::Podcast,
            "feedburner" => Ns::FeedBurner,
            "xhtml" => Ns::Xhtml,
            "rdf" => Ns::Rdf,
            _ => Ns::Other,
        }
    }
}

/// What an element is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `rss`, `RDF`, `feed`, `channel`: what is inside belongs to the feed.
    Wrapper,
    /// `item`, `entry`.
    Entry,
    /// Groups inside an entry whose children count as the entry's own.
    Group,
    Title,
    OtherTitle,
    Link,
    OriginalLink,
    Id,
    Summary,
    OtherSummary,
    Content,
    Author,
    Creator,
    Published,
    Created,
    Updated,
    Date,
    Category,
    Keywords,
    Enclosure,
    MediaContent,
    Comments,
    CommentFeed,
    CommentCount,
    InReplyTo,
    Duration,
    Transcript,
    Language,
    Ttl,
    SkipHours,
    SkipDays,
    UpdatePeriod,
    UpdateFrequency,
    /// Not kept, with everything in it.
    Unknown,
}

/// The meaning of an element by its namespace and local name, whatever its case.
pub(super) fn field(ns: Ns, local: &str) -> Field {
    let mut buffer = [0u8; 24];
    let Some(lower) = buffer.get_mut(..local.len()) else { return Field::Unknown };
    lower.copy_from_slice(local.as_bytes());
    lower.make_ascii_lowercase();
    match (ns, &*lower) {
        (Ns::Core | Ns::Rdf, b"rss" | b"rdf" | b"feed" | b"channel") => Field::Wrapper,
        (Ns::Core, b"item" | b"entry") => Field::Entry,
        (Ns::Media, b"group") => Field::Group,
        (Ns::Core, b"title") => Field::Title,
        (Ns::Dc | Ns::DcTerms | Ns::Media | Ns::Itunes, b"title") => Field::OtherTitle,
        (Ns::Core, b"link") => Field::Link,
        (Ns::FeedBurner, b"origlink") => Field::OriginalLink,
        (Ns::Core, b"guid" | b"id") => Field::Id,
        (Ns::Core, b"description" | b"summary" | b"subtitle" | b"tagline") => Field::Summary,
        (Ns::Dc | Ns::DcTerms | Ns::Media | Ns::Itunes, b"description" | b"abstract" | b"summary") => {
            Field::OtherSummary
        }
        (Ns::Core, b"content" | b"fullitem") | (Ns::Content, b"encoded") | (Ns::Xhtml, b"body" | b"div") => {
            Field::Content
        }
        (Ns::Core, b"body") => Field::Content,
        (Ns::Core, b"author") => Field::Author,
        (Ns::Dc | Ns::DcTerms, b"creator" | b"author") | (Ns::Itunes, b"author") => Field::Creator,
        (Ns::Core, b"pubdate" | b"published" | b"issued") | (Ns::DcTerms, b"issued" | b"available") => Field::Published,
        (Ns::Core | Ns::DcTerms, b"created") => Field::Created,
        (Ns::Core, b"updated" | b"modified" | b"lastbuilddate") | (Ns::DcTerms, b"modified") => Field::Updated,
        (Ns::Dc | Ns::DcTerms, b"date") => Field::Date,
        (Ns::Core, b"category") | (Ns::Dc | Ns::DcTerms, b"subject") => Field::Category,
        (Ns::Core, b"tags" | b"keywords") | (Ns::Itunes | Ns::Media, b"keywords") => Field::Keywords,
        (Ns::Core, b"enclosure") => Field::Enclosure,
        (Ns::Media, b"content") => Field::MediaContent,
        (Ns::Core, b"comments") => Field::Comments,
        (Ns::Wfw, b"commentrss") => Field::CommentFeed,
        (Ns::Slash, b"comments") | (Ns::Thr, b"total") => Field::CommentCount,
        (Ns::Thr, b"in-reply-to") => Field::InReplyTo,
        (Ns::Itunes, b"duration") => Field::Duration,
        (Ns::Podcast, b"transcript") => Field::Transcript,
        (Ns::Core | Ns::Dc, b"language") => Field::Language,
        (Ns::Core, b"ttl") => Field::Ttl,
        (Ns::Core, b"skiphours") => Field::SkipHours,
        (Ns::Core, b"skipdays") => Field::SkipDays,
        (Ns::Sy, b"updateperiod") => Field::UpdatePeriod,
        (Ns::Sy, b"updatefrequency") => Field::UpdateFrequency,
        _ => Field::Unknown,
    }
}

/// A name's prefix (empty without one) and local part.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
