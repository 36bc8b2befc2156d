use super::view::{self, DealView, PickView};
use super::words::{Calendar, printable, week_span};
use super::{Links, words};
use crate::model::{Commitment, Digest};
use jiff::civil::Weekday;

/// Columns of a line of plain text.
const COLUMNS: usize = 78;

/// The digest as plain text for a terminal or the text part of a mail: complete, with absolute addresses.
pub fn digest_text(digest: &Digest, links: &Links) -> String {
    let calendar = Calendar::named(&digest.zone, digest.built_at);
    let mut out = Lines::default();
    let span = week_span(digest.week.day(Weekday::Monday));
    out.line(&format!("{}: your ride-along for {span}", digest.rep_name));
    out.line(&links.digest(digest.week));
    out.gap();
    if !digest.pipeline.is_empty() {
        out.heading("Pipeline check");
        for check in &digest.pipeline {
            out.wrapped("- ", &format!("{}: {}", check.deal_name, check.signal.sentence));
        }
        out.gap();
    }
    if !digest.commitments.is_empty() {
        out.heading("You said you would try");
        for commitment in &digest.commitments {
            out.wrapped("- ", &commitment_line(commitment, &calendar));
        }
        out.gap();
    }
    if digest.deals.is_empty() {
        out.wrapped("", "There are no deals yet. Import them from your CRM, and the next digest is about them.");
    }
    for deal in view::deals(digest, &calendar) {
        write_deal(&mut out, &deal, links);
    }
    out.finish()
}

fn commitment_line(commitment: &Commitment, calendar: &Calendar) -> String {
    let note = if commitment.note.is_empty() { String::new() } else { format!(" ({})", commitment.note) };
    format!("{} on {}, due {}{note}", commitment.title, commitment.deal_name, calendar.until(commitment.due_on))
}

fn write_deal(out: &mut Lines, deal: &DealView<'_>, links: &Links) {
    out.heading(&deal.deal.name);
    out.wrapped("", &deal.facts().join(" · "));
    for signal in deal.signals {
        out.wrapped("! ", &signal.sentence);
    }
    out.gap();
    if let (true, Some(because)) = (deal.picks.is_empty(), deal.nothing_because) {
        out.wrapped("", because);
        out.gap();
    }
    for (position, pick) in deal.picks.iter().enumerate() {
        write_pick(out, position + 1, pick, links);
    }
}

fn write_pick(out: &mut Lines, position: usize, pick: &PickView<'_>, links: &Links) {
    out.wrapped(&format!("{position}. "), &pick.post.title);
    out.wrapped("   ", &format!("Why this: {}", pick.pick.why));
    out.wrapped("   ", &pick.post.line().join(" · "));
    if let Some(quote) = &pick.quote {
        out.wrapped("   > ", &format!("{} ({}, in the comments)", quote.text, quote.mentor));
    }
    for note in &pick.notes {
        out.wrapped("   ", &format!("Note by {}: {}", note.rep_name, words::shorten(&note.text, 200)));
    }
    out.line(&format!("   {}", links.post(&pick.pick.post_id)));
    if let Some(original) = pick.post.original {
        out.line(&format!("   Original: {}", printable(original)));
    }
    out.gap();
}

/// Text built line by line; never two empty lines in a row.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    fn heading(&mut self, text: &str) {
        let text = words::shorten(&printable(text), COLUMNS);
        self.gap();
        self.line(&text);
        self.line(&"-".repeat(text.chars().count()));
    }

    /// Words wrapped at the margin; the first line starts with `lead`, the others with as many spaces.
    fn wrapped(&mut self, lead: &str, text: &str) {
        let text = printable(text);
        let indent = " ".repeat(lead.chars().count());
        let mut line = lead.to_owned();
        let mut empty = true;
        for word in text.split_whitespace() {
            if !empty && line.chars().count() + 1 + word.chars().count() > COLUMNS {
                self.line(&line);
                line.clone_from(&indent);
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        if !empty {
            self.line(&line);
        }
    }

    fn finish(self) -> String {
        format!("{}\n", self.0.trim_end())
    }
}
