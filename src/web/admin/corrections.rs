use super::super::context::App;
use super::super::error::Result;
use super::Admin;
use crate::desk::corrections::{SourceCorrections, by_source, list_corrections};
use crate::model::Stage;
use crate::render::pages::{AdminPage, Table};
use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// Corrections shown one by one.
const SHOWN_MAX: usize = 200;
/// Moves named for one source.
const MOVES_MAX: usize = 3;

/// What people said against the tagger, by source and by post.
pub(in crate::web) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    let corrections = list_corrections(app.store()).await?;
    let sources = app.context.desk.sources();
    let states = app.store().list_states().await?;
    let name = |id| sources.find(id).map_or_else(|| id.to_string(), |source| source.name.clone());
    let counted = by_source(&corrections);
    let rows = counted.iter().map(|source| {
        let posts = states.iter().find(|state| state.source_id == source.source).map_or(0, |state| state.posts);
        vec![name(&source.source), source.posts.to_string(), posts.to_string(), moves(source)]
    });
    let newest = corrections.iter().take(SHOWN_MAX).map(|one| {
        let stage = one.stage.title().to_owned();
        vec![one.title.clone(), name(&one.source), title(one.was), stage, one.people.to_string()]
    });
    let lead = "A rep’s correction counts for that rep, yours for everybody. Both teach the next model.";
    Ok(admin.show(&AdminPage {
        heading: "Stage corrections",
        lead,
        tables: vec![
            Table {
                name: "By source",
                heads: &["Source", "Corrected posts", "Posts in all", "Most often"],
                rows: rows.collect(),
            },
            Table {
                name: "By post",
                heads: &["Post", "Source", "The model says", "It is", "People"],
                rows: newest.collect(),
            },
        ],
        places: &[(
            "/admin/corrections.jsonl",
            "Download as training lines",
            "for ridealong train --with-corrections=FILE",
        )],
        ..AdminPage::default()
    }))
}

fn title(stage: Option<Stage>) -> String {
    stage.map_or("nothing", Stage::title).to_owned()
}

fn moves(source: &SourceCorrections) -> String {
    let moves = source.moves.iter().take(MOVES_MAX);
    let moves = moves.map(|(was, stage, count)| format!("{} to {} ({count})", title(*was), stage.title()));
    moves.collect::<Vec<_>>().join(", ")
}

/// Every correction as a labelled line.
pub(in crate::web) async fn lines(State(app): State<Arc<App>>, _: Admin) -> Result<Response> {
    let corrections = list_corrections(app.store()).await?;
    let lines: String = corrections.iter().map(|correction| correction.to_line() + "\n").collect();
    let about = [
        (header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"corrections.jsonl\""),
    ];
    Ok((about, lines).into_response())
}
