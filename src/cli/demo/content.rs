//! The sample content that the binary carries: sites, wiki pages, reps and deals, all written for this project.

use anyhow::Context;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "assets/demo"]
struct Files;

/// How a sample site publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Serve {
    Rss,
    Atom,
    Jsonfeed,
    Wordpress,
    Page,
    Podcast,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Site {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) serve: Serve,
    pub(super) tagline: String,
    pub(super) mentor_role: String,
    #[serde(default)]
    pub(super) stages: Vec<String>,
    pub(super) trust: f32,
    pub(super) posts: Vec<SitePost>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SitePost {
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) mentor: String,
    pub(super) days_ago: i64,
    #[serde(default)]
    pub(super) categories: Vec<String>,
    #[serde(default)]
    pub(super) duration_seconds: Option<u32>,
    pub(super) html: String,
    #[serde(default)]
    pub(super) comments: Vec<SiteComment>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteComment {
    pub(super) id: u32,
    #[serde(default)]
    pub(super) parent: Option<u32>,
    pub(super) mentor: String,
    pub(super) days_ago: i64,
    pub(super) text: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Team {
    pub(super) company: String,
    pub(super) reps: Vec<SampleRep>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct SampleRep {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) owner: String,
    pub(super) zone: String,
    pub(super) deals: String,
}

/// Every sample site, by name of file.
pub(super) fn sites() -> anyhow::Result<Vec<Site>> {
    let mut names: Vec<_> = Files::iter().filter(|name| name.starts_with("sites/")).collect();
    names.sort();
    names
        .iter()
        .map(|name| serde_saphyr::from_str(&text(name)?).with_context(|| format!("the sample {name}")))
        .collect()
}

/// The sample wiki: file names and Markdown.
pub(super) fn wiki() -> anyhow::Result<Vec<(String, String)>> {
    let names = Files::iter().filter(|name| name.starts_with("wiki/"));
    names.map(|name| Ok((name.trim_start_matches("wiki/").to_owned(), text(&name)?))).collect()
}

/// The sample team.
pub(super) fn team() -> anyhow::Result<Team> {
    serde_saphyr::from_str(&text("reps.yaml")?).context("the sample reps")
}

/// A sample CSV with its `{-12}` and `{+9}` replaced by the dates that many days from today.
pub(super) fn deals(file: &str, today: Date) -> anyhow::Result<String> {
    let mut dated = String::new();
    let sample = text(&format!("deals/{file}"))?;
    let mut rest = sample.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (days, after) = after.split_once('}').context("a sample date is not closed")?;
        let days: i32 = days.parse().with_context(|| format!("the sample date {days:?}"))?;
        dated.push_str(before);
        dated.push_str(&today.saturating_add(days.days()).to_string());
        rest = after;
    }
    dated.push_str(rest);
    Ok(dated)
}

/// The instant so many days before `now`, at a time of day that differs between posts.
pub(super) fn instant(now: Timestamp, days_ago: i64, salt: usize) -> Timestamp {
    let minutes = (salt as i64 * 37) % 600;
    let back = SignedDuration::from_hours(24 * days_ago) + SignedDuration::from_mins(minutes);
    now.checked_sub(back).unwrap_or(now)
}

fn text(name: &str) -> anyhow::Result<String> {
    let file = Files::get(name).with_context(|| format!("the sample {name} is not in this binary"))?;
    Ok(String::from_utf8_lossy(&file.data).into_owned())
}
