//! What the sample sites publish: RSS, Atom, JSON Feed, comment feeds and pages, as such sites really write them.

use super::content::{Site, SiteComment, SitePost, instant};
use jiff::Timestamp;
use quick_xml::escape::escape;
use serde_json::json;
use std::fmt::Write as _;

/// A site with the address it is served at and the instant its posts are dated from.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) site: Site,
    /// `http://127.0.1.3:8101`, without a slash at the end.
    pub(super) base: String,
    pub(super) now: Timestamp,
}

impl Published {
    fn url(&self, post: &SitePost) -> String {
        format!("{}/posts/{}", self.base, post.slug)
    }

    fn dated(&self, position: usize, post: &SitePost) -> Timestamp {
        instant(self.now, post.days_ago, position)
    }

    pub(super) fn find(&self, slug: &str) -> Option<(usize, &SitePost)> {
        self.site.posts.iter().enumerate().find(|(_, post)| post.slug == slug)
    }

    /// RSS 2.0; with the WordPress extras for comments, or the iTunes ones for episodes.
    pub(super) fn rss(&self, comments: bool) -> String {
        let mut items = String::new();
        for (position, post) in self.site.posts.iter().enumerate() {
            let url = self.url(post);
            let mut extra = String::new();
            for category in &post.categories {
                let _ = write!(extra, "<category>{}</category>", escape(category));
            }
            if comments {
                let _ = write!(
                    extra,
                    "<comments>{url}#comments</comments><wfw:commentRss>{url}/feed</wfw:commentRss><slash:comments>{}</slash:comments>",
                    post.comments.len()
                );
            }
            if let Some(seconds) = post.duration_seconds {
                let _ = write!(
                    extra,
                    "<itunes:duration>{seconds}</itunes:duration><enclosure url=\"{}/audio/{}.mp3\" type=\"audio/mpeg\" length=\"{}\"/>",
                    self.base,
                    post.slug,
                    u64::from(seconds) * 16_000
                );
            }
            let _ = write!(
                items,
                "<item><title>{}</title><link>{url}</link><guid isPermaLink=\"false\">{}/{}</guid><pubDate>{}</pubDate><dc:creator>{}</dc:creator>{extra}<content:encoded><![CDATA[{}]]></content:encoded></item>",
                escape(&post.title),
                self.site.id,
                post.slug,
                rfc2822(self.dated(position, post)),
                escape(&post.mentor),
                post.html,
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\" xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>{}</title><link>{}/</link><description>{}</description><language>en</language>{items}</channel></rss>",
            escape(&self.site.name),
            self.base,
            escape(&self.site.tagline),
        )
    }

    pub(super) fn atom(&self) -> String {
        let mut entries = String::new();
        for (position, post) in self.site.posts.iter().enumerate() {
            let at = self.dated(position, post);
            let _ = write!(
                entries,
                "<entry><id>tag:{},2026:{}</id><title>{}</title><link href=\"{}\"/><published>{at}</published><updated>{at}</updated><author><name>{}</name></author><content type=\"html\">{}</content></entry>",
                self.site.id,
                post.slug,
                escape(&post.title),
                self.url(post),
                escape(&post.mentor),
                escape(&post.html),
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><id>{0}/</id><title>{1}</title><subtitle>{2}</subtitle><link href=\"{0}/\"/><link rel=\"self\" href=\"{0}/feed\"/><updated>{3}</updated>{entries}</feed>",
            self.base,
            escape(&self.site.name),
            escape(&self.site.tagline),
            self.now,
        )
    }

    pub(super) fn json_feed(&self) -> String {
        let items: Vec<_> = (self.site.posts.iter().enumerate())
            .map(|(position, post)| {
                json!({
                    "id": format!("{}/{}", self.site.id, post.slug),
                    "url": self.url(post),
                    "title": post.title,
                    "content_html": post.html,
                    "date_published": self.dated(position, post).to_string(),
                    "authors": [{ "name": post.mentor }],
                    "tags": post.categories,
                })
            })
            .collect();
        json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.site.name,
            "description": self.site.tagline,
            "home_page_url": format!("{}/", self.base),
            "feed_url": format!("{}/feed", self.base),
            "language": "en",
            "items": items,
        })
        .to_string()
    }

    /// A WordPress comment feed; threading by `thr:in-reply-to`.
    pub(super) fn comment_feed(&self, post: &SitePost) -> String {
        let url = self.url(post);
        let mut items = String::new();
        for comment in &post.comments {
            let parent = comment.parent.map_or_else(String::new, |parent| {
                format!("<thr:in-reply-to ref=\"{url}#comment-{parent}\" href=\"{url}#comment-{parent}\"/>")
            });
            let _ = write!(
                items,
                "<item><title>By: {}</title><link>{url}#comment-{id}</link><guid isPermaLink=\"false\">{url}#comment-{id}</guid><dc:creator>{}</dc:creator><pubDate>{}</pubDate>{parent}<content:encoded><![CDATA[{}]]></content:encoded></item>",
                escape(&comment.mentor),
                escape(&comment.mentor),
                rfc2822(instant(self.now, comment.days_ago, comment.id as usize)),
                paragraphs(&comment.text),
                id = comment.id,
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:thr=\"http://purl.org/syndication/thread/1.0\"><channel><title>Comments on: {}</title><link>{url}</link><description/>{items}</channel></rss>",
            escape(&post.title),
        )
    }

    /// The list page, with the feed in its head where the site has one.
    pub(super) fn list_page(&self, has_feed: bool) -> String {
        let mut items = String::new();
        for (position, post) in self.site.posts.iter().enumerate() {
            let at = self.dated(position, post);
            let _ = write!(
                items,
                "<li class=\"post\"><h2><a href=\"/posts/{}\">{}</a></h2><time datetime=\"{at}\">{}</time></li>",
                escape(&post.slug),
                escape(&post.title),
                at.strftime("%e %B %Y"),
            );
        }
        let head = match has_feed {
            true => "<link rel=\"alternate\" type=\"application/rss+xml\" title=\"Posts\" href=\"/feed\">",
            false => "",
        };
        self.page(
            &self.site.name,
            head,
            &format!("<p>{}</p><ul class=\"posts\">{items}</ul>", escape(&self.site.tagline)),
        )
    }

    /// A post's own page, with its comments as a nested list.
    pub(super) fn post_page(&self, position: usize, post: &SitePost) -> String {
        let at = self.dated(position, post);
        let comments = match post.comments.is_empty() {
            true => String::new(),
            false => format!(
                "<section id=\"comments\"><h2>{} comments</h2>{}</section>",
                post.comments.len(),
                self.comment_list(&post.comments, None)
            ),
        };
        let body = format!(
            "<article><header><h1>{}</h1><p class=\"byline\">By <span class=\"author\" rel=\"author\">{}</span>, <time datetime=\"{at}\">{}</time></p></header><div class=\"content\">{}</div></article>{comments}",
            escape(&post.title),
            escape(&post.mentor),
            at.strftime("%e %B %Y"),
            post.html,
        );
        let head = format!("<link rel=\"canonical\" href=\"{}\">", self.url(post));
        self.page(&post.title, &head, &body)
    }

    fn comment_list(&self, comments: &[SiteComment], parent: Option<u32>) -> String {
        let mut items = String::new();
        for comment in comments.iter().filter(|comment| comment.parent == parent) {
            let at = instant(self.now, comment.days_ago, comment.id as usize);
            let _ = write!(
                items,
                "<li class=\"comment\" id=\"comment-{}\"><div class=\"comment-author vcard\"><cite class=\"fn\">{}</cite></div><time datetime=\"{at}\">{}</time><div class=\"comment-content\">{}</div>{}</li>",
                comment.id,
                escape(&comment.mentor),
                at.strftime("%e %B %Y"),
                paragraphs(&comment.text),
                self.comment_list(comments, Some(comment.id)),
            );
        }
        match (items.is_empty(), parent) {
            (true, _) => String::new(),
            (false, None) => format!("<ol class=\"commentlist\">{items}</ol>"),
            (false, Some(_)) => format!("<ol class=\"children\">{items}</ol>"),
        }
    }

    fn page(&self, title: &str, head: &str, body: &str) -> String {
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>{head}</head><body><nav><a href=\"/\">{}</a></nav><main>{body}</main><footer>Sample site of the Ridealong demo</footer></body></html>",
            escape(title),
            escape(&self.site.name),
        )
    }
}

fn paragraphs(text: &str) -> String {
    text.split("\n\n").map(|part| format!("<p>{}</p>", escape(part.trim()))).collect()
}

fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
