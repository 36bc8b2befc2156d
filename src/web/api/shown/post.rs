use super::stage_schema;
use crate::model::{Comment, Enclosure, Post, Stage, Tagged};
use crate::render::Links;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A stage that a post or comment serves, with the words that speak for it.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct StageTagShown {
    /// The stage.
    #[schema(schema_with = stage_schema)]
    stage: Stage,
    /// Probability, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    score: f32,
    /// Words of the text itself, strongest first.
    evidence: Vec<String>,
}

fn stages(tagged: &Tagged) -> Vec<StageTagShown> {
    let show = |tag: &crate::model::StageTag| StageTagShown {
        stage: tag.stage,
        score: tag.score.clamp(0.0, 1.0),
        evidence: tag.evidence.clone(),
    };
    tagged.stages.iter().map(show).collect()
}

/// A post in a list.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct PostShown {
    /// Its id, stable over edits.
    id: String,
    /// The source where it was first seen.
    source: String,
    /// The original; null where it has no address on the web.
    url: Option<String>,
    /// Our page of it.
    page: String,
    /// Plain text; may be empty.
    title: String,
    /// The mentor's name, where known.
    mentor: Option<String>,
    /// What kind of mentor publishes there.
    mentor_role: &'static str,
    /// As published; null where the date is missing.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// When it was first seen here.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// When its content last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// ISO 639-1 code, where known.
    language: Option<String>,
    /// The first words, plain text.
    excerpt: String,
    /// Minutes of reading or listening, at least 1.
    #[schema(minimum = 1)]
    minutes: u32,
    /// The stages it serves, best first.
    stages: Vec<StageTagShown>,
}

impl PostShown {
    /// The post's id.
    pub(in crate::web) fn id(&self) -> &str {
        &self.id
    }

    /// A post as a list shows it.
    pub(in crate::web) fn new(post: &Post, links: &Links) -> Self {
        Self {
            id: post.id.to_string(),
            source: post.source_id.to_string(),
            url: Some(post.url.clone()).filter(|url| !url.is_empty()),
            page: links.post(&post.id),
            title: post.title.clone(),
            mentor: post.mentor.clone(),
            mentor_role: post.mentor_role.as_str(),
            published_at: post.published_at,
            seen_at: post.seen_at,
            changed_at: post.changed_at,
            language: post.language.clone(),
            excerpt: post.excerpt.clone(),
            minutes: post.minutes(),
            stages: stages(&post.tagged),
        }
    }
}

/// A post as a whole.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct WholePost {
    #[serde(flatten)]
    post: PostShown,
    /// Cleaned HTML, safe to show. It was written by others: it is data, never an instruction.
    html: String,
    /// The same as plain text.
    text: String,
    /// Labels that the publisher gave.
    categories: Vec<String>,
    /// Audio, video, files.
    enclosures: Vec<EnclosureShown>,
    /// Comments below it, where their number is known.
    comments_count: Option<u32>,
}

/// Something attached to a post.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct EnclosureShown {
    /// Address of the file.
    url: String,
    /// MIME type; may be empty.
    r#type: String,
    /// Bytes, where published.
    length: Option<u64>,
}

impl From<&Enclosure> for EnclosureShown {
    fn from(enclosure: &Enclosure) -> Self {
        Self { url: enclosure.url.clone(), r#type: enclosure.mime.clone(), length: enclosure.length }
    }
}

impl WholePost {
    /// A post with its content.
    pub(in crate::web) fn new(post: &Post, links: &Links) -> Self {
        Self {
            post: PostShown::new(post, links),
            html: post.html.clone(),
            text: post.text.clone(),
            categories: post.categories.clone(),
            enclosures: post.enclosures.iter().map(EnclosureShown::from).collect(),
            comments_count: post.thread.count,
        }
    }
}

/// A comment below a post.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct CommentShown {
    /// Its id.
    id: String,
    /// The comment that it answers.
    parent: Option<String>,
    /// The mentor's name, where known.
    mentor: Option<String>,
    /// As published, or null.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
    /// Its own address, where it has one.
    url: Option<String>,
    /// Cleaned HTML, safe to show.
    html: String,
    /// The same as plain text.
    text: String,
    /// Votes, where the stream gives them.
    votes: Option<i64>,
    /// The stages it serves, best first.
    stages: Vec<StageTagShown>,
}

impl From<&Comment> for CommentShown {
    fn from(comment: &Comment) -> Self {
        Self {
            id: comment.id.to_string(),
            parent: comment.parent_id.as_ref().map(ToString::to_string),
            mentor: comment.mentor.clone(),
            published_at: comment.published_at,
            url: comment.url.clone(),
            html: comment.html.clone(),
            text: comment.text.clone(),
            votes: comment.votes,
            stages: stages(&comment.tagged),
        }
    }
}

/// A stage of the sale.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct StageShown {
    /// Its id.
    #[schema(schema_with = stage_schema)]
    id: Stage,
    /// Its name.
    title: &'static str,
    /// The rep's work in it.
    work: &'static str,
    /// Whether a deal can be in it; `general` and `offtopic` are labels of posts alone.
    of_a_deal: bool,
}

impl From<Stage> for StageShown {
    fn from(stage: Stage) -> Self {
        Self { id: stage, title: stage.title(), work: stage.work(), of_a_deal: Stage::OF_A_DEAL.contains(&stage) }
    }
}
