//! What a digest says of each deal and pick, in words; the one place that page, text, mail and feeds take it from.

use super::links::outside;
use super::words::{Calendar, count, money, printable, shorten};
use crate::model::{
    Comment, CommentWorth, Deal, Digest, DigestDeal, MentorRole, Note, Pick, Post, Signal, SourceKind, Stage,
};

/// Characters of a comment that is quoted below a pick.
const QUOTE_CHARS_MAX: usize = 260;
/// Characters of the first words that stand in for a missing title.
const UNTITLED_CHARS_MAX: usize = 70;

/// One deal of a digest.
pub struct DealView<'a> {
    /// The deal itself.
    pub deal: &'a Deal,
    /// The stage it stands for; none where unmapped.
    pub stage: Option<Stage>,
    /// "Contract sent → Negotiation", or the one word where both say the same.
    pub stage_line: String,
    /// "€48,000", where known.
    pub amount: Option<String>,
    /// "closes 12 Dec" or "was to close 11 Nov", where known.
    pub close: Option<String>,
    /// What was noticed.
    pub signals: &'a [Signal],
    /// Its picks, best first.
    pub picks: Vec<PickView<'a>>,
    /// Why there is none.
    pub nothing_because: Option<&'a str>,
}

impl<'a> DealView<'a> {
    /// A deal with what was noticed about it, without picks.
    pub fn new(deal: &'a Deal, signals: &'a [Signal], calendar: &Calendar) -> Self {
        let stage = deal.stages.first().map(|weight| weight.stage);
        Self {
            deal,
            stage,
            stage_line: stage_line(&deal.stage_label, stage),
            amount: deal.amount_minor.map(|minor| money(minor, deal.currency.as_deref())),
            close: deal.close_on.map(|day| {
                let verb = if calendar.is_past(day) { "was to close" } else { "closes" };
                format!("{verb} {}", calendar.day(day))
            }),
            signals,
            picks: Vec::new(),
            nothing_because: None,
        }
    }

    /// The facts below its name, in reading order.
    pub fn facts(&self) -> Vec<&str> {
        [Some(self.stage_line.as_str()), self.amount.as_deref(), self.close.as_deref(), self.account()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The buying company, where the deal's name does not say it already.
    fn account(&self) -> Option<&'a str> {
        let account = self.deal.account.as_deref()?;
        let said = self.deal.name.to_lowercase().contains(&account.to_lowercase());
        (!said && !account.trim().is_empty()).then_some(account)
    }

    /// The deal's page in the CRM.
    pub fn crm_url(&self) -> Option<&'a str> {
        self.deal.url.as_deref().and_then(outside)
    }
}

fn stage_line(label: &str, stage: Option<Stage>) -> String {
    match stage {
        Some(stage) if label.trim().is_empty() || label.eq_ignore_ascii_case(stage.title()) => stage.title().to_owned(),
        Some(stage) => format!("{} → {}", label.trim(), stage.title()),
        None => format!("{} (no stage mapped)", label.trim()),
    }
}

/// One pick of a digest, with everything that is said of it.
pub struct PickView<'a> {
    /// The pick.
    pub pick: &'a Pick,
    /// Its post.
    pub post: PostView<'a>,
    /// The best comment: the advice itself where the pick is a comment.
    pub quote: Option<Quote<'a>>,
    /// Colleagues' notes.
    pub notes: Vec<&'a Note>,
}

impl PickView<'_> {
    /// The anchor of the pick on its page.
    pub fn anchor(&self) -> String {
        format!("pick-{}-{}", self.pick.deal_id, self.pick.post_id)
    }
}

/// One post as a list shows it.
pub struct PostView<'a> {
    /// The post.
    pub post: &'a Post,
    /// Its title, or its first words where it has none.
    pub title: String,
    /// The mentor's name, or the source's where unknown.
    pub mentor: &'a str,
    /// "practitioner", "from our wiki".
    pub role: &'static str,
    /// The source's name.
    pub source: &'a str,
    /// "4 min read", "25 min listen".
    pub length: String,
    /// "5 days ago"; none where the post has no date.
    pub age: Option<String>,
    /// The original, where it has an address on the web.
    pub original: Option<&'a str>,
    /// The language, where it is known and not English: goes into `lang`.
    pub foreign: Option<&'a str>,
}

impl<'a> PostView<'a> {
    /// The post as a list shows it to a reader with this calendar.
    pub fn new(post: &'a Post, source: &'a str, calendar: &Calendar) -> Self {
        Self {
            post,
            title: title_of(post),
            mentor: post.mentor.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(source),
            role: role(post.mentor_role),
            source,
            length: length(post),
            age: post.published_at.map(|at| calendar.age(at)),
            original: outside(&post.url),
            foreign: post.language.as_deref().filter(|code| *code != "en"),
        }
    }

    /// Mentor and role, source, length and age, in that order.
    pub fn line(&self) -> Vec<String> {
        let by = if self.mentor == self.source {
            format!("{}, {}", self.source, self.role)
        } else {
            format!("{}, {}", self.mentor, self.role)
        };
        let source = (self.mentor != self.source).then(|| self.source.to_owned());
        [Some(by), source, Some(self.length.clone()), self.age.clone()].into_iter().flatten().collect()
    }

    /// How many comments are worth reading on, where the stream says so.
    pub fn comments(&self) -> Option<String> {
        self.post.thread.count.filter(|number| *number > 0).map(|number| count(number as usize, "comment", "comments"))
    }
}

/// A comment that is quoted.
pub struct Quote<'a> {
    /// The comment.
    pub comment: &'a Comment,
    /// Its words, cut to a quotable length.
    pub text: String,
    /// Who wrote it.
    pub mentor: &'a str,
    /// Whether this comment, not the post, is the advice.
    pub is_the_advice: bool,
}

/// The deals of a digest in its own order.
pub fn deals<'a>(digest: &'a Digest, calendar: &Calendar) -> Vec<DealView<'a>> {
    digest.deals.iter().map(|deal| deal_view(digest, deal, calendar)).collect()
}

fn deal_view<'a>(digest: &'a Digest, entry: &'a DigestDeal, calendar: &Calendar) -> DealView<'a> {
    let base = DealView::new(&entry.deal, &entry.signals, calendar);
    DealView {
        stage: entry.stage,
        stage_line: stage_line(&entry.deal.stage_label, entry.stage),
        picks: entry.picks.iter().filter_map(|found| pick(digest, found, calendar)).collect(),
        nothing_because: entry.nothing_because.as_deref(),
        ..base
    }
}

/// A pick of this digest; none where its post is not in it.
pub fn pick<'a>(digest: &'a Digest, pick: &'a Pick, calendar: &Calendar) -> Option<PickView<'a>> {
    let post = digest.post(&pick.post_id)?;
    Some(PickView {
        pick,
        post: PostView::new(post, digest.source_name(post.source_id.as_str()), calendar),
        quote: quote(digest, pick),
        notes: digest.notes.iter().filter(|note| note.post == pick.post_id).collect(),
    })
}

fn quote<'a>(digest: &'a Digest, pick: &Pick) -> Option<Quote<'a>> {
    let mut of_post = digest
        .comments
        .iter()
        .filter(|comment| comment.post_id == pick.post_id && comment.worth == CommentWorth::Useful);
    let comment = match &pick.comment_id {
        Some(id) => digest.comments.iter().find(|comment| &comment.id == id)?,
        None => of_post.next()?,
    };
    Some(Quote {
        comment,
        text: shorten(&comment.text, QUOTE_CHARS_MAX),
        mentor: comment.mentor.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or("a reader"),
        is_the_advice: pick.comment_id.is_some(),
    })
}

/// The title, or the first words of a post that has none.
pub fn title_of(post: &Post) -> String {
    let title = printable(&post.title);
    let title = title.trim();
    if !title.is_empty() {
        return title.to_owned();
    }
    let first = shorten(&printable(&post.excerpt), UNTITLED_CHARS_MAX);
    if first.is_empty() { "Untitled post".to_owned() } else { first }
}

/// The mentor's role in words.
pub fn role(role: MentorRole) -> &'static str {
    match role {
        MentorRole::Wiki => "our wiki",
        other => other.as_str(),
    }
}

fn length(post: &Post) -> String {
    let doing = if post.duration_s.is_none() {
        "read"
    } else if post.kind == SourceKind::Youtube {
        "watch"
    } else {
        "listen"
    };
    format!("{} min {doing}", post.minutes())
}
