//! What other programs read: the objects of the API, apart from how they are kept, so that both can change.

pub(in crate::web) mod act;
pub(in crate::web) mod deal;
pub(in crate::web) mod digest;
pub(in crate::web) mod post;
pub(in crate::web) mod rep;
pub(in crate::web) mod source;

use crate::model::Stage;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, Schema, response::Response};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

/// The stages as a list of allowed words.
pub(in crate::web) fn stage_schema() -> utoipa::openapi::schema::Object {
    let words = Stage::ALL.iter().map(|stage| stage.as_str());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

/// The id of a stage, where it is named without more.
pub(super) struct StageName;

impl PartialSchema for StageName {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(stage_schema()))
    }
}

impl ToSchema for StageName {}

/// What went wrong (RFC 9457), as `application/problem+json`.
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemDocument {
    /// `about:blank`: the status says what kind of problem it is.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong and what to do, in one sentence.
    detail: String,
    /// The request's id, by which the log knows it.
    instance: Option<String>,
}

/// Every way in which a request may fail.
pub(super) struct Problem;

impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let of = |words: &str| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDocument"))).build();
            RefOr::T(ResponseBuilder::new().description(words).content("application/problem+json", content).build())
        };
        [
            ("401", "No token, or one that opens nothing."),
            ("403", "The token allows less than this."),
            ("404", "It does not exist, or it is not yours to see."),
            ("409", "The same write is under way, or something stands in the way."),
            ("412", "It was changed meanwhile."),
            ("413", "The body is too large."),
            ("415", "The body is not of a kind that is read here."),
            ("422", "What was sent cannot be used; the detail says why."),
            ("429", "Too many requests; Retry-After says how long to wait."),
            ("503", "The store cannot be reached at the moment."),
        ]
        .map(|(status, words)| (status.to_owned(), of(words)))
        .into()
    }
}
