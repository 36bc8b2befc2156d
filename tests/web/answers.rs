use crate::helpers::{make, pages, pages::Site};
use axum::http::StatusCode;
use ridealong::model::*;
use ridealong::render::mail::MailLinks;
use ridealong::render::signed::{LINK_KEY_SETTING, LinkKey, Offer};

async fn links(site: &Site) -> MailLinks {
    let secret = site.store.find_or_make_setting(LINK_KEY_SETTING, || "for the tests alone".to_owned()).await.unwrap();
    MailLinks::new(&site.public_url, &LinkKey::new(&secret), &make::rep().email, make::now())
}

fn path(address: &str) -> String {
    address.parse::<url::Url>().unwrap().path().to_owned()
}

#[tokio::test]
async fn following_a_link_of_a_mail_changes_nothing_and_its_button_acts() {
    let site = Site::new().await;
    let links = links(&site).await;
    let digest = pages::digest();
    let (post, deal) = (digest.posts[0].id.clone(), digest.deals[0].deal.id.clone());
    let rep = make::rep().email;
    for (offer, key) in [
        (Offer::Useful(post.clone(), deal.clone()), format!("vote:{post}")),
        (Offer::NotForMe(post.clone(), deal.clone()), format!("vote:{post}")),
        (Offer::Snooze(deal.clone()), format!("snooze-deal:{deal}")),
        (Offer::MuteSource(post.clone()), "mute-source:blog".to_owned()),
    ] {
        let path = path(&links.act(offer));
        let page = site.get(&path, "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains(&format!("<form method=\"post\" action=\"{path}\">")));
        assert!(!page.body.contains("Sundby"), "a mail may be passed on");
        assert_eq!(site.store.list_acts(&rep).await.unwrap().acts, []);
        assert_eq!(site.post(&path, "", "").await.status, StatusCode::OK);
        assert!(site.store.list_acts(&rep).await.unwrap().acts.iter().any(|(_, act)| act.key() == key));
        site.store.undo_act(&rep, &key).await.unwrap();
    }
}

#[tokio::test]
async fn a_promise_made_in_a_mail_is_made_once() {
    let site = Site::new().await;
    let digest = pages::digest();
    let offer = Offer::Try(digest.posts[0].id.clone(), digest.deals[0].deal.id.clone());
    let path = path(&links(&site).await.act(offer));
    site.post(&path, "", "").await;
    site.post(&path, "", "").await;
    let made = site.store.list_commitments(&make::rep().email).await.unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].due_on, jiff::civil::date(2026, 11, 30));
}

#[tokio::test]
async fn unsubscribing_takes_one_post_without_signing_in() {
    let site = Site::new().await;
    let path = path(&links(&site).await.unsubscribe());
    assert!(site.get(&path, "").await.body.contains("Stop the mail"));
    let mail = |rep: Option<Rep>| rep.unwrap().mail.enabled;
    assert!(mail(site.store.find_rep(&make::rep().email).await.unwrap()));
    assert_eq!(site.post(&path, "List-Unsubscribe=One-Click", "").await.status, StatusCode::OK);
    assert!(!mail(site.store.find_rep(&make::rep().email).await.unwrap()));
}

#[tokio::test]
async fn a_changed_or_old_link_does_nothing() {
    let site = Site::new().await;
    let path = path(&links(&site).await.act(Offer::Snooze(pages::digest().deals[0].deal.id.clone())));
    let mut changed = path.clone();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'B' } else { 'A' });
    for wrong in [changed.as_str(), "/u/", "/act/x", "/u/%00"] {
        assert_eq!(site.post(wrong, "", "").await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    site.clock.set(make::now() + jiff::SignedDuration::from_hours(24 * 60));
    assert_eq!(site.post(&path, "", "").await.status, StatusCode::GONE);
}
