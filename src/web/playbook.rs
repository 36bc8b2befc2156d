//! "Save as playbook page": a post as Markdown, into the folder of the team's own wiki or as a download.

use super::access::find_post;
use super::context::App;
use super::error::{Error, Result};
use super::forms::lines;
use super::session::SignedIn;
use crate::render::pages::{self, Message};
use crate::render::playbook::{PlaybookPage, playbook_page};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use std::io::Write as _;
use std::path::{self, PathBuf};
use std::sync::Arc;

/// Characters of what the rep adds.
const NOTE_CHARS_MAX: usize = 2_000;
/// Pages of the same name, told apart by a number.
const SAME_NAME_MAX: usize = 100;

/// The form of a playbook page.
#[derive(Deserialize)]
pub(super) struct Save {
    #[serde(default)]
    note: String,
}

/// Writes the page into the folder, or hands it over as a file where no folder is set.
pub(super) async fn save(
    State(app): State<Arc<App>>,
    who: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Save>,
) -> Result<Response> {
    let post = find_post(&app, &who.rep, &id).await?;
    let note = lines(&form.note, "note", NOTE_CHARS_MAX)?;
    let page = playbook_page(&post, Some(&note), &who.rep.name, who.calendar.today());
    let Some(folder) = app.context.playbook.clone() else {
        let about = [
            (header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()),
            // The name holds letters, digits and dashes only.
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", page.file_name)),
        ];
        return Ok((about, page.markdown).into_response());
    };
    let written = tokio::task::spawn_blocking(move || write(&folder, &page)).await;
    match written {
        Ok(Ok(file)) => {
            tracing::info!(rep = %who.rep.email, file = %file.display(), "a playbook page was saved");
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let way = format!("/posts/{}", post.id);
            let page = Message {
                frame: who.frame("Saved", ""),
                kicker: "Playbook".to_owned(),
                heading: "Saved as a playbook page",
                sentence: &format!(
                    "It is called {name}. Where the folder is a source of kind wiki, it comes back as one of your own pages."
                ),
                way: Some((&way, "Back to the post")),
                request_id: None,
            };
            Ok(Html(pages::message(&page)).into_response())
        }
        Ok(Err(error)) => {
            tracing::error!(cause = %error, "a playbook page could not be saved");
            Err(Error::Unusable(format!("the playbook folder cannot be written: {error}; tell your admin")))
        }
        Err(_) => Err(Error::Unusable("the page could not be saved; try again".to_owned())),
    }
}

/// Writes the page under a name of its own; never over another page, never outside the folder. The same page again is
/// the same file.
fn write(folder: &path::Path, page: &PlaybookPage) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let stem = page.file_name.strip_suffix(".md").unwrap_or(&page.file_name);
    for number in 1..=SAME_NAME_MAX {
        let file = folder.join(if number == 1 { page.file_name.clone() } else { format!("{stem}-{number}.md") });
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&file) {
            Ok(mut made) => {
                made.write_all(page.markdown.as_bytes())?;
                made.sync_all()?;
                return Ok(file);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                if std::fs::read(&file).is_ok_and(|held| held == page.markdown.as_bytes()) {
                    return Ok(file);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other(format!("{} pages are called {stem} already", SAME_NAME_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_never_replaces_another_and_the_same_page_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let page = |text: &str| PlaybookPage { file_name: "price.md".to_owned(), markdown: text.to_owned() };
        let names: Vec<PathBuf> =
            ["one", "two", "one"].iter().map(|text| write(&folder.path().join("deep"), &page(text)).unwrap()).collect();
        assert_eq!(names[0], folder.path().join("deep/price.md"));
        assert_eq!(names[1], folder.path().join("deep/price-2.md"));
        assert_eq!(names[2], names[0]);
        assert_eq!(std::fs::read_to_string(&names[0]).unwrap(), "one");
    }
}
