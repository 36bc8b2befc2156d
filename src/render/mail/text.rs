use super::view::{CommitmentView, DealView, MailView, PickView, PlayView};
use unicode_segmentation::UnicodeSegmentation;

/// Columns of a line; addresses alone may be longer.
const COLUMNS: usize = 72;

/// The text part: everything that the HTML says, with the answers gathered at the end so that reading stays calm.
pub(super) fn write(view: &MailView) -> String {
    let mut out = Lines::default();
    out.wrap("", &format!("Ridealong. {}", view.week));
    out.gap();
    let greeting = if view.name.is_empty() { String::new() } else { format!("{}: ", view.name) };
    out.wrap("", &format!("{greeting}{}", view.summary));
    if let Some(age) = &view.deals_age {
        out.wrap("", age);
    }
    commitments(&mut out, view);
    pipeline(&mut out, view);
    for deal in &view.deals {
        write_deal(&mut out, deal);
    }
    play(&mut out, view);
    answers(&mut out, view);
    out.gap();
    out.raw("-- ");
    out.wrap("", "You get this once a week because you have open deals in Ridealong.");
    for (label, url) in [
        ("This week's page:", &view.page_url),
        ("Day, time and pauses:", &view.settings_url),
        ("Stop these mails:", &view.unsubscribe_url),
    ] {
        out.wrap("", label);
        out.raw(url);
    }
    out.finish()
}

fn commitments(out: &mut Lines, view: &MailView) {
    if view.commitments.is_empty() {
        return;
    }
    out.heading("You said you would try");
    for CommitmentView { title, url, deal, note, due } in &view.commitments {
        out.wrap("* ", title);
        out.wrap("  ", &format!("On {deal}, {due}."));
        if !note.is_empty() {
            out.wrap("  ", note);
        }
        out.raw(&format!("  {url}"));
    }
    if view.commitments_more > 0 {
        out.wrap("* ", &format!("And {} more.", view.commitments_more));
    }
    out.gap();
    out.wrap("", "Say how it went:");
    out.raw(&view.commitments_url);
}

fn pipeline(out: &mut Lines, view: &MailView) {
    if view.pipeline.is_empty() {
        return;
    }
    out.heading("Worth a look in your pipeline");
    for check in &view.pipeline {
        out.wrap("* ", &format!("{}: {}", check.deal, check.sentence));
        out.raw(&format!("  {}", check.url));
    }
    if view.pipeline_more > 0 {
        out.wrap("* ", &format!("And {} more on your page.", view.pipeline_more));
    }
}

fn write_deal(out: &mut Lines, deal: &DealView) {
    out.heading(&deal.name);
    let facts: Vec<&str> = [deal.stage, deal.close.as_deref()].into_iter().flatten().collect();
    if !facts.is_empty() {
        out.wrap("", &facts.join(", "));
    }
    out.raw(&deal.url);
    for pick in &deal.picks {
        out.gap();
        write_pick(out, pick);
    }
}

fn write_pick(out: &mut Lines, pick: &PickView) {
    let lead = format!("{}. ", pick.number);
    let indent = " ".repeat(lead.len());
    out.wrap(&lead, &pick.title);
    out.wrap(&indent, &format!("{}, {}", pick.by, pick.length));
    if !pick.why.is_empty() {
        out.wrap(&indent, &format!("Why this: {}", pick.why));
    }
    if let Some(excerpt) = &pick.excerpt {
        out.wrap(&indent, excerpt);
    }
    if let Some(quote) = &pick.quote {
        out.wrap(&format!("{indent}> "), &format!("\"{}\" ({})", quote.text, quote.by));
    }
    out.raw(&format!("{indent}{}", pick.url));
    if let Some(original) = &pick.original {
        out.wrap(&indent, "Original:");
        out.raw(&format!("{indent}{original}"));
    }
}

fn play(out: &mut Lines, view: &MailView) {
    let Some(PlayView { title, url, facts, note }) = &view.play else { return };
    out.heading("Play of the week");
    out.wrap("", title);
    out.wrap("", facts);
    if !note.is_empty() {
        out.wrap("", note);
    }
    out.raw(url);
}

fn answers(out: &mut Lines, view: &MailView) {
    if view.deals.is_empty() {
        return;
    }
    out.heading("Your answers");
    out.wrap("", "Each address opens a page with one button; nothing changes before you press it.");
    for deal in &view.deals {
        for pick in &deal.picks {
            out.gap();
            out.wrap(&format!("{}. ", pick.number), &pick.title);
            for (words, url) in [
                ("I will try this:", &pick.try_url),
                ("Useful:", &pick.useful_url),
                ("Not for me:", &pick.not_for_me_url),
                (&format!("No more from {}:", pick.source), &pick.mute_url),
            ] {
                out.wrap("   ", words);
                out.raw(&format!("   {url}"));
            }
        }
        out.gap();
        out.wrap("", &format!("Let {} rest for a while:", deal.name));
        out.raw(&deal.snooze_url);
    }
}

/// Text built line by line; never two empty lines in a row.
#[derive(Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn raw(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    pub(super) fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        let before = self.0.len();
        self.wrap("", text);
        let longest = self.0[before..].lines().map(columns).max().unwrap_or(0);
        self.raw(&"-".repeat(longest.min(COLUMNS)));
    }

    /// Words wrapped at the margin; the first line starts with `lead`, the others with spaces, or with the same mark
    /// where it quotes. A word longer than the line is broken, so that no line ever is.
    pub(super) fn wrap(&mut self, lead: &str, text: &str) {
        let indent = if lead.ends_with("> ") { lead.to_owned() } else { " ".repeat(lead.len()) };
        let room = COLUMNS - columns(lead);
        let (mut line, mut used, mut start) = (String::new(), 0, lead);
        for word in text.split_whitespace().flat_map(|word| pieces(word, room)) {
            let width = columns(&word);
            if used > 0 && used + 1 + width > room {
                self.raw(&format!("{start}{line}"));
                (line, used, start) = (String::new(), 0, &indent);
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += width;
        }
        if used > 0 {
            self.raw(&format!("{start}{line}"));
        }
    }
}

fn columns(text: &str) -> usize {
    text.graphemes(true).count()
}

/// A word in pieces that fit the line.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let graphemes: Vec<&str> = word.graphemes(true).collect();
    graphemes.chunks(room).map(|piece| piece.concat()).collect()
}
