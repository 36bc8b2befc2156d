//! Links in mails: a page with one button, whose POST acts without a sign-in. Mail scanners follow links, so looking
//! at one changes nothing (RFC 8058 for unsubscribing).

use super::access::find_post;
use super::acts::{Wish, perform};
use super::commitments::{Promise, promise_to_try};
use super::context::App;
use super::error::{Error, Result};
use crate::model::{Commitment, CommitmentState, DealId, MailSettings, PostId, Rep};
use crate::render::pages::{self, Frame, Message, SignIn};
use crate::render::signed::{LINK_KEY_SETTING, LinkClaim, LinkKey, LinkRefused, Offer, verify};
use crate::render::view::title_of;
use crate::render::words::Calendar;
use crate::store::Record;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Html;
use jiff::{Span, Timestamp};
use std::sync::Arc;

/// Weeks that a deal rests that is snoozed from a mail.
const REST_WEEKS: i64 = 4;
const VOTED: &str = "Noted. The next picks take it into account.";
/// Days after which a commitment made in a mail comes back.
const DUE_AFTER_DAYS: i64 = 7;

/// The page behind a link in a mail.
pub(super) async fn show(State(app): State<Arc<App>>, uri: Uri, Path(text): Path<String>) -> Result<Html<String>> {
    let (claim, rep) = open(&app, &text).await?;
    let (heading, button) = words(&claim.offer);
    Ok(Html(pages::sign_in(&SignIn {
        frame: Frame::outside(heading),
        heading,
        sentence: &subject(&app, &rep, &claim.offer).await?,
        action: uri.path(),
        button,
    })))
}

/// Does what the link offers.
pub(super) async fn act(State(app): State<Arc<App>>, Path(text): Path<String>) -> Result<Html<String>> {
    let (claim, rep) = open(&app, &text).await?;
    let now = app.now();
    let done = match claim.offer {
        Offer::Unsubscribe => unsubscribe(&app, rep).await?,
        Offer::Useful(post, deal) => {
            let wish = Wish::Useful { post: post.to_string(), deal: Some(deal.to_string()) };
            perform(&app, &rep, now, wish).await?;
            VOTED
        }
        Offer::NotForMe(post, deal) => {
            let wish = Wish::NotForMe { post: post.to_string(), deal: Some(deal.to_string()) };
            perform(&app, &rep, now, wish).await?;
            VOTED
        }
        Offer::Try(post, deal) => try_it(&app, &rep, now, post, deal).await?,
        Offer::Snooze(deal) => {
            perform(&app, &rep, now, Wish::SnoozeDeal { deal: deal.to_string(), weeks: REST_WEEKS }).await?;
            "The deal rests for four weeks. Wake it up in the settings whenever you like."
        }
        Offer::MuteSource(post) => {
            let source = find_post(&app, &rep, post.as_str()).await?.source_id.to_string();
            perform(&app, &rep, now, Wish::MuteSource { source }).await?;
            "Nothing more comes from this source. Undo it in the settings whenever you like."
        }
    };
    Ok(Html(pages::message(&Message {
        frame: Frame::outside("Done"),
        kicker: String::new(),
        heading: "Done",
        sentence: done,
        way: Some(("/", "To your digest")),
        request_id: None,
    })))
}

async fn open(app: &App, text: &str) -> Result<(LinkClaim, Rep)> {
    let secret = app.store().find_or_make_setting(LINK_KEY_SETTING, super::tokens::secret).await?;
    let claim = verify(&LinkKey::new(&secret), text, app.now()).map_err(|refused| match refused {
        LinkRefused::Broken => Error::NotFound("link"),
        LinkRefused::Expired => Error::Gone("this link is too old; sign in, and answer on the page of the post"),
    })?;
    let rep = app.find_rep(&claim.rep).await?.ok_or(Error::NotFound("link"))?;
    Ok((claim, rep))
}

fn words(offer: &Offer) -> (&'static str, &'static str) {
    match offer {
        Offer::Unsubscribe => ("No more weekly mail?", "Stop the mail"),
        Offer::Try(..) => ("I will try this", "I will try this"),
        Offer::Useful(..) => ("Was it useful?", "Yes, useful"),
        Offer::NotForMe(..) => ("Not for you?", "Not for me"),
        Offer::Snooze(_) => ("Let this deal rest?", "No picks for four weeks"),
        Offer::MuteSource(_) => ("No more from this source?", "Mute the source"),
    }
}

/// What the offer is about. Names of deals are for those who are signed in: a mail may be passed on.
async fn subject(app: &App, rep: &Rep, offer: &Offer) -> Result<String> {
    let post = match offer {
        Offer::Unsubscribe => return Ok("The digest stays on its page and in your feeds.".to_owned()),
        Offer::Snooze(_) => return Ok("It comes back by itself after four weeks.".to_owned()),
        Offer::Try(post, _) | Offer::Useful(post, _) | Offer::NotForMe(post, _) | Offer::MuteSource(post) => post,
    };
    Ok(title_of(&find_post(app, rep, post.as_str()).await?))
}

async fn unsubscribe(app: &App, rep: Rep) -> Result<&'static str> {
    let mail = MailSettings { enabled: false, ..rep.mail.clone() };
    app.store().save(Record::Rep(Rep { mail, ..rep })).await?;
    Ok("No more mail comes. Start it again in the settings whenever you like.")
}

/// Promises to try a pick; the button may be pressed twice.
async fn try_it(app: &App, rep: &Rep, now: Timestamp, post: PostId, deal: DealId) -> Result<&'static str> {
    let known = app.store().list_commitments(&rep.email).await?;
    let same = |commitment: &Commitment| {
        commitment.post == post && commitment.deal == deal && commitment.state == CommitmentState::Open
    };
    if !known.iter().any(same) {
        let calendar = Calendar::new(rep.time_zone(), now);
        let due = calendar.today().saturating_add(Span::new().days(DUE_AFTER_DAYS));
        let promise = Promise { post: post.to_string(), deal: deal.to_string(), note: String::new(), due };
        promise_to_try(app, rep, &calendar, now, promise).await?;
    }
    Ok("Noted. It comes back in your digest in a week.")
}
