//! A rep's find: the form, its bookmark, and where a phone shares to.

use super::context::App;
use super::error::{Error, Result};
use super::session::SignedIn;
use crate::crawl::finds::{LINE_CHARS_MAX, NOTE_CHARS_MAX, QUOTE_CHARS_MAX, link_in};
use crate::desk::{Find, FindError, Taken};
use crate::model::Rep;
use crate::render::pages::{self, FindPage, FindShown};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::{Html, Redirect};
use serde::Deserialize;
use std::sync::Arc;

/// Characters of a link.
const URL_CHARS_MAX: usize = 2_000;

/// What a bookmark or a phone gives along: the words of the Web Share Target API.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Shared {
    url: String,
    title: String,
    text: String,
}

impl Shared {
    /// The form as far as it can be filled in. Some phones share the link within the text.
    fn shown(self) -> FindShown {
        let link = [&self.url, &self.text, &self.title].into_iter().find_map(|text| link_in(text));
        let url = link.map_or(self.url, String::from);
        let words = self.text.split_whitespace().filter(|word| link_in(word).is_none()).collect::<Vec<_>>();
        FindShown {
            url,
            quote: words.join(" ").chars().take(QUOTE_CHARS_MAX).collect(),
            title: self.title.trim().chars().take(LINE_CHARS_MAX).collect(),
            ..FindShown::default()
        }
    }
}

/// The form, filled in from a bookmark or a phone. Nothing is kept yet.
pub(super) async fn ask(State(app): State<Arc<App>>, who: SignedIn, Query(shared): Query<Shared>) -> Html<String> {
    let readers = match &who.rep.team {
        Some(team) => format!("Hand it in here, and the team {team} gets it for the deals that it fits."),
        None => "Hand it in here, and your colleagues get it for the deals that it fits.".to_owned(),
    };
    Html(pages::find(&FindPage {
        frame: who.frame("Hand in a find", "/finds"),
        find: shared.shown(),
        readers: &readers,
        bookmarklet: bookmarklet(&app.links.to("/finds")),
        note_max: NOTE_CHARS_MAX,
        quote_max: QUOTE_CHARS_MAX,
        line_max: LINE_CHARS_MAX,
    }))
}

/// A bookmark that opens the form with the page's link and title and the selected words.
fn bookmarklet(form: &str) -> String {
    format!(
        "javascript:void(open('{form}?url='+encodeURIComponent(location.href)\
         +'&title='+encodeURIComponent(document.title)\
         +'&text='+encodeURIComponent(String(getSelection()).slice(0,{QUOTE_CHARS_MAX}))))"
    )
}

/// The form of a find.
#[derive(Deserialize)]
pub(super) struct HandedIn {
    url: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    quote: String,
    #[serde(default)]
    mentor: String,
    #[serde(default)]
    title: String,
}

/// Takes a find in; the link is visited later.
pub(super) async fn take(State(app): State<Arc<App>>, who: SignedIn, Form(form): Form<HandedIn>) -> Result<Redirect> {
    let HandedIn { url, note, quote, mentor, title } = form;
    let find = Find { url, note: note.replace('\r', ""), quote: quote.replace('\r', ""), mentor, title };
    let taken = take_in(&app, &who.rep, find).await?;
    Ok(Redirect::to(&format!("/posts/{}", taken.post)))
}

/// Takes a rep's find in.
pub(super) async fn take_in(app: &App, rep: &Rep, find: Find) -> Result<Taken> {
    if find.url.chars().count() > URL_CHARS_MAX {
        return Err(Error::Unusable(format!("the link is too long; it may have {URL_CHARS_MAX} characters")));
    }
    app.context.desk.take_find(rep, &find).await.map_err(|error| match error {
        FindError::Unusable(sentence) => Error::Unusable(sentence),
        FindError::Store(error) => Error::Store(error),
    })
}
