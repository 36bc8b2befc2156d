use super::super::context::App;
use super::super::error::{Error, Result};
use super::Admin;
use crate::model::{AskedMail, Finding, MailAsk, MailState, Rep};
use crate::render::pages::{AdminForm, AdminPage, Table};
use axum::extract::State;
use axum::response::{Html, Redirect};
use std::sync::Arc;

/// How mail is set up, what came of the last test, and this week's mails.
pub(in crate::web) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Result<Html<String>> {
    let email = &admin.0.rep.email;
    let asked = app.store().find_mail_ask(email, AskedMail::Test).await?;
    let answer = app.store().find_mail_answer(email, AskedMail::Test).await?;
    let mut said = Vec::new();
    let mut tables = Vec::new();
    match (&asked, &answer) {
        (Some(_), _) => said.push("The test mail is on its way. Load this page again in a minute.".to_owned()),
        (None, Some(answer)) => {
            said.push(format!("Tested on {}.", admin.0.calendar.moment(answer.done_at)));
            let rows =
                answer.findings.iter().map(|finding| vec![finding.what.clone(), state(finding), finding.said.clone()]);
            tables.push(Table {
                name: "The last test",
                heads: &["What", "State", "Found, or what to do"],
                rows: rows.collect(),
            });
        }
        (None, None) => {}
    }
    tables.push(this_week(&app, &admin).await?);
    let lead = match app.context.mailer {
        Some(_) => format!("Mail goes out from {}.", app.context.mail_from),
        None => "Mail is not set up. Start ridealong with --mail smtp://... and --mail-from.".to_owned(),
    };
    let form = if app.context.mailer.is_some() { AdminForm::TestMail(email) } else { AdminForm::None };
    Ok(admin.show(&AdminPage { heading: "Mail", lead: &lead, said, tables, form, ..AdminPage::default() }))
}

/// Takes down that the admin wants a test mail; the mail job sends it and looks at DNS.
pub(in crate::web) async fn ask(State(app): State<Arc<App>>, admin: Admin) -> Result<Redirect> {
    if app.context.mailer.is_none() {
        return Err(Error::Unusable("mail is not set up; start ridealong with --mail and --mail-from".to_owned()));
    }
    let ask = MailAsk { rep: admin.0.rep.email, what: AskedMail::Test, asked_at: admin.0.now };
    app.store().ask_mail(&ask).await?;
    app.context.mail_asked.notify_one();
    Ok(Redirect::to("/admin/mail"))
}

fn state(finding: &Finding) -> String {
    match finding.good {
        Some(true) => "in order",
        Some(false) => "to do",
        None => "not known",
    }
    .to_owned()
}

/// What became of each rep's mail of the week that the rep is in.
async fn this_week(app: &App, admin: &Admin) -> Result<Table> {
    let mut rows = Vec::new();
    for rep in app.store().list_reps().await? {
        let week = crate::model::IsoWeek::of(admin.0.now, &rep.time_zone());
        let claim = app.store().find_mail(&rep.email, week).await?;
        let said = match &claim {
            None => waiting(&rep),
            Some(claim) => {
                let word = match claim.state {
                    MailState::Sent => "sent",
                    MailState::Skipped => "skipped",
                    MailState::Failed if claim.retry_at.is_some() => "not yet, tried again",
                    MailState::Failed => "failed",
                    MailState::Claimed | MailState::Built => "being sent",
                };
                claim.cause.as_ref().map_or_else(|| word.to_owned(), |cause| format!("{word}: {cause}"))
            }
        };
        rows.push(vec![rep.name, week.to_string(), said]);
    }
    Ok(Table { name: "This week’s mails", heads: &["Rep", "Week", "What became of it"], rows })
}

fn waiting(rep: &Rep) -> String {
    match (&rep.mail.stopped_because, rep.mail.enabled) {
        (Some(cause), _) => format!("stopped: {cause}"),
        (None, true) => "not due yet".to_owned(),
        (None, false) => "off".to_owned(),
    }
}
