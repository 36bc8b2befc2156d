use crate::model::{Acts, Deal, DealId, PostId, Stage, Verdict};
use crate::render::view::PostView;
use crate::render::words::Calendar;
use askama::Template;
use jiff::Span;

/// Days after which a commitment comes back where the rep names no day.
const DUE_AFTER_DAYS: i64 = 7;

/// Who reads a list of posts, and what they have done so far.
pub struct Reading<'a> {
    /// The reader's zone and instant.
    pub calendar: &'a Calendar,
    /// What the reader did.
    pub acts: &'a Acts,
    /// The reader's open deals.
    pub deals: &'a [Deal],
}

/// The row of acts below a post.
#[derive(Template)]
#[template(path = "bar.html")]
pub struct Bar<'a> {
    anchor: String,
    back: String,
    post: &'a PostId,
    deal: Option<&'a DealId>,
    choices: Vec<(&'a DealId, &'a str)>,
    source: &'a str,
    source_name: &'a str,
    mentor: Option<&'a str>,
    stage_now: Option<Stage>,
    verdict: Option<Verdict>,
    saved: bool,
    restaged: bool,
    due: String,
    today: String,
}

/// One act that is a single button.
struct Button {
    name: &'static str,
    label: &'static str,
    action: String,
    undo: Option<String>,
    pressed: bool,
}

impl<'a> Bar<'a> {
    /// The acts on a post that is shown at `anchor` of the page `path`, for a deal where it is a pick.
    pub fn new(
        shown: &PostView<'a>,
        deal: Option<&'a DealId>,
        anchor: String,
        path: &str,
        reading: &Reading<'a>,
    ) -> Self {
        let post = shown.post;
        let today = reading.calendar.today();
        let restage = format!("restage:{}", post.id);
        Self {
            back: format!("{path}#{anchor}"),
            anchor,
            post: &post.id,
            deal,
            choices: reading.deals.iter().map(|deal| (&deal.id, deal.name.as_str())).collect(),
            source: post.source_id.as_str(),
            source_name: shown.source,
            mentor: post.mentor.as_deref().filter(|name| *name != shown.source && !name.trim().is_empty()),
            stage_now: post.tagged.primary,
            verdict: reading.acts.verdict(&post.id),
            saved: reading.acts.saved(&post.id),
            restaged: reading.acts.acts.iter().any(|(_, act)| act.key() == restage),
            due: today.saturating_add(Span::new().days(DUE_AFTER_DAYS)).to_string(),
            today: today.to_string(),
        }
    }

    /// Whether the reader has said that it is not for them.
    pub fn is_put_away(&self) -> bool {
        self.verdict == Some(Verdict::NotForMe)
    }

    fn buttons(&self) -> [Button; 3] {
        let post = self.post;
        let button = |name, (label, label_pressed), path: &str, kind: &str, pressed: bool| Button {
            name,
            label: if pressed { label_pressed } else { label },
            action: if pressed { "/acts/undo".to_owned() } else { format!("/posts/{post}/{path}") },
            undo: pressed.then(|| format!("{kind}:{post}")),
            pressed,
        };
        let useful = self.verdict == Some(Verdict::Useful);
        [
            button("useful", ("Useful", "Useful ✓"), "useful", "vote", useful),
            button("not-for-me", ("Not for me", "Not for me ✓"), "not-for-me", "vote", self.is_put_away()),
            button("save", ("Save", "Saved ✓"), "save", "save", self.saved),
        ]
    }

    fn stages(&self) -> [Stage; 13] {
        Stage::ALL
    }
}
