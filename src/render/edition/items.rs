use super::{Edition, Item};
use crate::model::{Deal, Digest, Pick, Post, SourceSet, Stage};
use crate::render::Links;
use crate::render::view::{self, PickView, PostView, Quote};
use crate::render::words::{Calendar, count, money};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::Weekday;

/// Items of one edition.
const ITEMS_MAX: usize = 50;

/// The content of an item.
#[derive(Template)]
#[template(path = "edition_item.html")]
struct Content<'a> {
    why: Option<&'a str>,
    line: String,
    excerpt: &'a str,
    quote: Option<&'a Quote<'a>>,
    url: &'a str,
    original: Option<&'a str>,
}

/// The picks of a rep's digests, newest week first; of one deal where given.
///
/// `names_deals` puts the deals' names in front of the titles; without it, names, accounts and amounts are taken
/// out of the reasons too.
pub fn of_digests(digests: &[Digest], only: Option<&Deal>, links: &Links, names_deals: bool) -> Edition {
    let mut items: Vec<Item> = Vec::new();
    for digest in digests.iter().rev() {
        for (entry, pick) in digest.picks() {
            let wanted = only.is_none_or(|deal| deal.id == pick.deal_id);
            if !wanted || items.len() >= ITEMS_MAX {
                continue;
            }
            let Some(item) = item_of_pick(digest, &entry.deal, pick, links, names_deals) else { continue };
            if !items.iter().any(|known| known.id == item.id) {
                items.push(item);
            }
        }
    }
    let (id, title, home_url) = match only {
        None => ("urn:ridealong:digest".to_owned(), "Ridealong: picks for your deals".to_owned(), links.to("/")),
        Some(deal) => (
            format!("urn:ridealong:deal:{}", deal.id),
            if names_deals { format!("Ridealong: {}", deal.name) } else { "Ridealong: picks for one deal".to_owned() },
            links.deal(&deal.id),
        ),
    };
    let description = "What good sellers wrote that fits your open deals.".to_owned();
    let changed_at = digests.iter().map(|digest| digest.built_at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    Edition { id, title, description, home_url, self_url: None, changed_at, items }
}

fn item_of_pick(digest: &Digest, deal: &Deal, pick: &Pick, links: &Links, names_deals: bool) -> Option<Item> {
    // Ages would make the same item read differently every day.
    let calendar = Calendar::named(&digest.zone, digest.built_at);
    let shown = view::pick(digest, pick, &calendar)?;
    let why = if names_deals { pick.why.clone() } else { without_names(&pick.why, deal) };
    let url = match &pick.comment_id {
        Some(comment) => links.comment(&pick.post_id, comment),
        None => links.post(&pick.post_id),
    };
    let title = if names_deals { format!("{}: {}", deal.name, shown.post.title) } else { shown.post.title.clone() };
    let mentor =
        shown.quote.as_ref().filter(|quote| quote.is_the_advice).map_or(shown.post.mentor, |quote| quote.mentor);
    Some(Item {
        id: format!("urn:ridealong:pick:{}:{}", pick.deal_id, pick.post_id),
        post_id: pick.post_id.clone(),
        title,
        html: content(&shown, &why, &url),
        url,
        original: shown.post.original.map(str::to_owned),
        mentor: mentor.to_owned(),
        why: Some(why),
        published_at: week_start(digest),
        stages: vec![pick.stage.title()],
        language: shown.post.post.language.clone(),
    })
}

fn content(pick: &PickView<'_>, why: &str, url: &str) -> String {
    let content = Content {
        why: Some(why),
        line: timeless_line(&pick.post),
        excerpt: &pick.post.post.excerpt,
        quote: pick.quote.as_ref(),
        url,
        original: pick.post.original,
    };
    // The template holds nothing that can fail; an empty body is better than none of the feed.
    content.render().unwrap_or_default()
}

/// Mentor, role, source and length, without the age.
fn timeless_line(post: &PostView<'_>) -> String {
    let mut line = post.line();
    if post.age.is_some() {
        line.pop();
    }
    line.join(" · ")
}

/// Monday, 00:00 in the rep's zone.
fn week_start(digest: &Digest) -> Timestamp {
    let zone = jiff::tz::TimeZone::get(&digest.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let monday = digest.week.day(Weekday::Monday).to_datetime(jiff::civil::Time::midnight());
    zone.to_timestamp(monday).unwrap_or(digest.built_at)
}

/// The sentence with the deal's name, account and amount replaced by plain words.
fn without_names(why: &str, deal: &Deal) -> String {
    let amount = deal.amount_minor.map(|minor| money(minor, deal.currency.as_deref()));
    let hidden = [
        (Some(deal.name.as_str()), "this deal"),
        (deal.account.as_deref(), "the account"),
        (amount.as_deref(), "the amount"),
    ];
    hidden.into_iter().fold(why.to_owned(), |text, (secret, instead)| match secret {
        Some(secret) if secret.trim().chars().count() > 1 => replace_any_case(&text, secret.trim(), instead),
        _ => text,
    })
}

fn replace_any_case(text: &str, secret: &str, instead: &str) -> String {
    match aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build([secret]) {
        Ok(finder) => finder.replace_all(text, &[instead]),
        Err(_) => text.replace(secret, instead),
    }
}

/// The plays of the week of a rep's team, as the digests had them, the newest first.
pub fn of_plays(digests: &[Digest], sources: &SourceSet, links: &Links) -> Edition {
    let mut items: Vec<Item> = Vec::new();
    for digest in digests.iter().rev() {
        let Some(play) = &digest.play else { continue };
        let Some(post) = digest.post(&play.post) else { continue };
        let why = match play.note.trim() {
            "" => format!("{} pinned it for the team.", play.by_name),
            note => format!("{} pinned it for the team: {note}", play.by_name),
        };
        let id = format!("urn:ridealong:play:{}:{}", play.pinned_at.as_second(), play.post);
        if items.len() < ITEMS_MAX && !items.iter().any(|known| known.id == id) {
            let item = item_of_post(post, Some(&why), sources, links);
            items.push(Item { id, why: Some(why), published_at: play.pinned_at, ..item });
        }
    }
    Edition {
        id: "urn:ridealong:plays".to_owned(),
        title: "Ridealong: plays of the week".to_owned(),
        description: "What your team’s managers pinned, one a week.".to_owned(),
        home_url: links.to("/"),
        self_url: None,
        changed_at: digests.iter().map(|digest| digest.built_at).max().unwrap_or(Timestamp::UNIX_EPOCH),
        items,
    }
}

/// Where a list of posts stands.
#[derive(Clone, Copy, Debug)]
pub enum Shelf<'a> {
    /// The best of a stage.
    Stage(Stage),
    /// What a rep saved.
    Saved,
    /// What a search for these words finds.
    Search(&'a str),
}

/// The posts of a shelf, the newest first.
pub fn of_posts(posts: &[Post], shelf: Shelf<'_>, sources: &SourceSet, links: &Links) -> Edition {
    let mut items: Vec<Item> =
        posts.iter().take(ITEMS_MAX).map(|post| item_of_post(post, None, sources, links)).collect();
    items.sort_by(|a, b| b.published_at.cmp(&a.published_at).then_with(|| a.id.cmp(&b.id)));
    let (id, title, home_url, description) = match shelf {
        Shelf::Stage(stage) => (
            format!("urn:ridealong:stage:{stage}"),
            format!("Ridealong: {}", stage.title()),
            links.stage(stage),
            format!("The best of {}: {}.", count(items.len(), "post", "posts"), stage.work()),
        ),
        Shelf::Saved => (
            "urn:ridealong:saved".to_owned(),
            "Ridealong: saved".to_owned(),
            links.to("/saved"),
            "What you kept for later.".to_owned(),
        ),
        Shelf::Search(words) => {
            let escaped: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
            (
                format!("urn:ridealong:search:{escaped}"),
                format!("Ridealong: {words}"),
                links.to(&format!("/search?q={escaped}")),
                format!("What good sellers wrote about: {words}"),
            )
        }
    };
    let changed_at = posts.iter().map(|post| post.changed_at).max().unwrap_or(Timestamp::UNIX_EPOCH);
    Edition { id, title, description, home_url, self_url: None, changed_at, items }
}

fn item_of_post(post: &Post, why: Option<&str>, sources: &SourceSet, links: &Links) -> Item {
    let source = sources.find(&post.source_id).map_or(post.source_id.as_str(), |source| &source.name);
    let shown = PostView::new(post, source, &Calendar::new(jiff::tz::TimeZone::UTC, post.dated_at()));
    let url = links.post(&post.id);
    let content = Content {
        why,
        line: timeless_line(&shown),
        excerpt: &post.excerpt,
        quote: None,
        url: &url,
        original: shown.original,
    };
    Item {
        id: format!("urn:ridealong:post:{}", post.id),
        post_id: post.id.clone(),
        title: shown.title.clone(),
        original: shown.original.map(str::to_owned),
        mentor: shown.mentor.to_owned(),
        why: None,
        html: content.render().unwrap_or_default(),
        published_at: post.dated_at(),
        stages: post.tagged.stages.iter().map(|tag| tag.stage.title()).collect(),
        language: post.language.clone(),
        url,
    }
}
