//! What the index holds of a post, and how a post becomes a document.

use super::words::{WordTokenizer, in_language};
use crate::model::{Audience, Comment, CommentWorth, Post, PostId};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, TantivyDocument};

/// The name under which the tokenizer is registered.
const TOKENIZER: &str = "words";

/// Bytes of a text that are indexed: two hours of transcript.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Comments of a post that are indexed, the first ones.
const COMMENTS_MAX: usize = 500;

/// The audience of a post that everyone may see; a team's is its name behind `TEAM`.
pub(super) const EVERYONE: &str = "everyone";
const TEAM: &str = "team ";

/// The fields of a document. One document is one post with its comments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// The post's id; stored.
    pub(super) id: Field,
    /// Words of title, text, mentors and comments.
    pub(super) all: Field,
    /// Words of the title alone, so that they count more.
    pub(super) title: Field,
    pub(super) stage: Field,
    pub(super) source: Field,
    pub(super) mentor: Field,
    pub(super) language: Field,
    pub(super) kind: Field,
    pub(super) audience: Field,
    /// Seconds since 1970.
    pub(super) dated_s: Field,
}

impl Fields {
    /// The schema and its fields.
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let indexed = |record| {
            let words = TextFieldIndexing::default().set_tokenizer(TOKENIZER).set_index_option(record);
            TextOptions::default().set_indexing_options(words)
        };
        let fields = Self {
            id: schema.add_text_field("id", STRING | STORED),
            all: schema.add_text_field("all", indexed(IndexRecordOption::WithFreqsAndPositions)),
            title: schema.add_text_field("title", indexed(IndexRecordOption::WithFreqs)),
            stage: schema.add_text_field("stage", STRING),
            source: schema.add_text_field("source", STRING),
            mentor: schema.add_text_field("mentor", STRING),
            language: schema.add_text_field("language", STRING),
            kind: schema.add_text_field("kind", STRING),
            audience: schema.add_text_field("audience", STRING),
            dated_s: schema.add_i64_field("dated_s", INDEXED | FAST),
        };
        (schema.build(), fields)
    }

    /// Tells an index how to cut words.
    pub(super) fn register(index: &Index) {
        index.tokenizers().register(TOKENIZER, TextAnalyzer::from(WordTokenizer::default()));
    }

    /// The document of a post with its comments. Texts are in the store already, so none is kept here a second time.
    pub(super) fn document(&self, post: &Post, comments: &[Comment]) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let language = post.language.as_deref();
        let text = head(&post.text);
        let useful = || searched(comments.iter());
        let mentors = post.mentor.iter().chain(useful().filter_map(|comment| comment.mentor.as_ref()));

        document.add_text(self.id, post.id.as_str());
        document.add_text(self.title, in_language(language, &post.title));
        document.add_text(self.all, in_language(language, &post.title));
        document.add_text(self.all, in_language(language, text));
        for mentor in mentors {
            document.add_text(self.all, in_language(None, mentor));
            document.add_text(self.mentor, mentor_term(mentor));
        }
        for comment in useful() {
            document.add_text(self.all, in_language(language, head(&comment.text)));
        }
        for tag in &post.tagged.stages {
            document.add_text(self.stage, tag.stage.as_str());
        }
        document.add_text(self.source, post.source_id.as_str());
        for place in &post.also_at {
            document.add_text(self.source, place.source_id.as_str());
        }
        document.add_text(self.language, language.unwrap_or_default());
        document.add_text(self.kind, post.kind.as_str());
        document.add_text(self.audience, audience_term(&post.audience));
        document.add_i64(self.dated_s, post.dated_at().as_second());
        document
    }

    /// The post that a document stands for.
    pub(super) fn post_id(&self, document: &TantivyDocument) -> Option<PostId> {
        document.get_first(self.id).and_then(|value| value.as_str()).map(PostId::new)
    }

    /// The term that names one post's document.
    pub(super) fn id_term(&self, post: &PostId) -> tantivy::Term {
        tantivy::Term::from_field_text(self.id, post.as_str())
    }
}

/// A mentor's name as it is filtered by.
pub(super) fn mentor_term(name: &str) -> String {
    name.trim().to_lowercase()
}

/// An audience as it is filtered by.
pub(super) fn audience_term(audience: &Audience) -> String {
    match audience {
        Audience::Everyone => EVERYONE.to_owned(),
        Audience::Team(team) => team_term(team),
    }
}

/// A team as an audience.
pub(super) fn team_term(team: &str) -> String {
    [TEAM, team].concat()
}

/// The comments of a post that are searched; thin ones, pingbacks and spam are not.
pub(super) fn searched<'a>(comments: impl Iterator<Item = &'a Comment>) -> impl Iterator<Item = &'a Comment> {
    comments.filter(|comment| comment.worth == CommentWorth::Useful).take(COMMENTS_MAX)
}

/// The first bytes of a text, cut between characters.
pub(super) fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}
