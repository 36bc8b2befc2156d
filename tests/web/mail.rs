//! Mail as a rep sets it up and looks at it, and as an admin tests it.

use crate::helpers::{make, pages::Site};
use axum::http::StatusCode;
use ridealong::model::*;

const FORM: &str = "enabled=yes&weekday=tuesday&at=08:15&zone=Europe/Berlin";

#[tokio::test]
async fn days_without_mail_are_saved_and_the_next_mail_passes_over_them() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let saved =
        site.post("/settings/mail", &format!("{FORM}&holidays=2026-12-29,+2026-11-24&names_deals=yes"), &cookie).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let rep = site.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    let days = [jiff::civil::date(2026, 11, 24), jiff::civil::date(2026, 12, 29)];
    assert_eq!((rep.mail.holidays.as_slice(), rep.mail.subject_names_deals), (&days[..], true));
    let page = site.get("/settings", &cookie).await.body;
    assert!(page.contains("value=\"2026-11-24, 2026-12-29\""), "{page}");
    // Tuesday the 24th is a day without mail.
    assert!(page.contains("The next mail goes out on Tue 1 Dec, 08:15, Europe/Berlin time."), "{page}");
}

#[tokio::test]
async fn time_away_may_begin_today_and_needs_an_end() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    site.post("/settings/mail", &format!("{FORM}&away_to=2026-12-06"), &cookie).await;
    let rep = site.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    assert_eq!(rep.mail.away, Some((jiff::civil::date(2026, 11, 23), jiff::civil::date(2026, 12, 6))));
    for wrong in ["away_from=2026-12-01", "away_from=2026-12-06&away_to=2026-12-01", "holidays=christmas"] {
        let refused = site.post("/settings/mail", &format!("{FORM}&{wrong}"), &cookie).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test]
async fn the_next_mail_is_shown_as_text_and_as_mail_programs_show_it() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let before = site.store.list_mail_asks().await.unwrap();
    let page = site.get("/settings/mail/next", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    for needed in ["Negotiation: 1 idea, 1 min", "It goes out on Mon 23 Nov, 07:30", "ride@sales.example", "Why this:"]
    {
        assert!(page.body.contains(needed), "{needed:?} is missing in {}", page.body);
    }
    let html = site.get("/settings/mail/next.html", &cookie).await;
    let policy = html.header("content-security-policy");
    assert!(policy.contains("default-src 'none'; style-src 'unsafe-inline'") && !policy.contains("script"), "{policy}");
    assert!(html.body.contains("style=\"") && html.body.contains("<h1"), "{}", html.body);
    assert_eq!(site.store.list_mail_asks().await.unwrap(), before, "looking changes nothing");
    assert!(site.get("/settings/mail/next.html", "").await.header("location").starts_with("/sign-in?"));
}

#[tokio::test]
async fn a_week_with_nothing_to_say_is_said_to_send_nothing() {
    let site = Site::new().await;
    let cookie = site.sign_in(&Rep::new(make::email("noor@example.com"), "Noor")).await;
    let page = site.get("/settings/mail/next", &cookie).await.body;
    assert!(page.contains("no mail would go out"), "{page}");
    assert_eq!(site.get("/settings/mail/next.html", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rep_asks_for_the_mail_and_reads_what_came_of_it() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    assert_eq!(site.get("/settings/mail/ask", &cookie).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let asked = site.post("/settings/mail/ask", "", &cookie).await;
    assert_eq!(asked.header("location"), "/settings?saved=asked#mail");
    let asks = site.store.list_mail_asks().await.unwrap();
    assert_eq!((asks.len(), asks[0].what), (1, AskedMail::Weekly));
    assert!(site.get("/settings", &cookie).await.body.contains("Asked for; it goes out within a minute."));
    let finding = Finding { what: "Weekly mail".to_owned(), good: Some(true), said: "sent: 3 ideas".to_owned() };
    let answer = MailAnswer { done_at: make::now(), findings: vec![finding] };
    site.store.answer_mail(&asks[0], &answer).await.unwrap();
    let page = site.get("/settings", &cookie).await.body;
    assert!(page.contains("sent: 3 ideas") && !page.contains("Asked for"), "{page}");
}

#[tokio::test]
async fn an_admin_tests_the_mail_and_reads_what_is_missing() {
    let site = Site::new().await;
    let maya = site.maya().await;
    for answer in [site.get("/admin/mail", &maya).await, site.post("/admin/mail", "", &maya).await] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let ada = Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") };
    let cookie = site.sign_in(&ada).await;
    assert_eq!(site.post("/admin/mail", "", &cookie).await.header("location"), "/admin/mail");
    assert!(site.get("/admin/mail", &cookie).await.body.contains("The test mail is on its way."));
    let ask = site.store.find_mail_ask(&ada.email, AskedMail::Test).await.unwrap().unwrap();
    let finding = Finding { what: "SPF".to_owned(), good: Some(false), said: "publish <one>".to_owned() };
    site.store.answer_mail(&ask, &MailAnswer { done_at: make::now(), findings: vec![finding] }).await.unwrap();
    let page = site.get("/admin/mail", &cookie).await.body;
    assert!(page.contains("publish &#60;one&#62;") && page.contains("to do") && page.contains("not due yet"), "{page}");
}
