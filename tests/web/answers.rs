use crate::helpers::{make, pages, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ridealong::model::*;
use ridealong::render::mail::{MailLinks, parts};
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

/// Everything that a link could change, in words.
async fn everything(site: &Site) -> String {
    let rep = make::rep().email;
    format!(
        "{:?} {:?} {:?} {:?}",
        site.store.find_rep(&rep).await.unwrap(),
        site.store.list_acts(&rep).await.unwrap(),
        site.store.list_commitments(&rep).await.unwrap(),
        site.store.list_deals(Some(&rep)).await.unwrap()
    )
}

#[tokio::test]
async fn a_scanner_that_follows_every_link_of_a_mail_changes_nothing() {
    let site = Site::new().await;
    let mail = parts(&pages::digest(), &links(&site).await, false).unwrap();
    let before = everything(&site).await;
    let (mut acting, mut followed) = (0, 0);
    for rest in mail.html.split("href=\"").skip(1) {
        let address = rest.split('"').next().unwrap().replace("&amp;", "&");
        let Some(path) = address.strip_prefix(site.public_url.as_str().trim_end_matches('/')) else { continue };
        for method in ["GET", "HEAD", "GET"] {
            let request =
                Request::builder().method(method).uri(path).header("user-agent", "Mozilla/5.0 (link scanner)");
            let answer = site.ask(request.body(Body::empty()).unwrap()).await;
            assert!(answer.status == StatusCode::OK || answer.status == StatusCode::SEE_OTHER, "{method} {path}");
        }
        acting += usize::from(path.starts_with("/act/") || path.starts_with("/u/"));
        followed += 1;
    }
    assert!(acting >= 6 && followed > acting, "{acting} of {followed}");
    assert_eq!(everything(&site).await, before);
}

#[tokio::test]
async fn a_provider_unsubscribes_in_either_encoding_and_the_settings_start_the_mail_again() {
    let site = Site::new().await;
    let cookie = site.maya().await;
    let path = path(&links(&site).await.unsubscribe());
    let enabled = async || site.store.find_rep(&make::rep().email).await.unwrap().unwrap().mail.enabled;
    // RFC 8058, section 3.2: the body is a form of either kind, and no cookie comes along.
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=b", multipart),
    ] {
        let request = Request::post(&path).header("content-type", kind).body(Body::from(body)).unwrap();
        assert_eq!(site.ask(request).await.status, StatusCode::OK, "{kind}");
        assert!(!enabled().await, "{kind}");
        site.post("/settings/mail", "enabled=yes&weekday=monday&at=07:30&zone=UTC", &cookie).await;
        assert!(enabled().await, "started again after {kind}");
    }
}

#[tokio::test]
async fn links_of_a_rep_who_is_gone_and_of_a_post_that_is_gone_do_nothing() {
    let site = Site::new().await;
    let links = links(&site).await;
    let deal = pages::digest().deals[0].deal.id.clone();
    let gone = path(&links.act(Offer::Useful(PostId::new("00000000000000000000dead"), deal.clone())));
    assert_eq!(site.get(&gone, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.post(&gone, "", "").await.status, StatusCode::NOT_FOUND);
    let paths = [links.act(Offer::Snooze(deal)), links.unsubscribe()].map(|address| path(&address));
    assert!(site.store.remove_rep(&make::rep().email).await.unwrap());
    for path in paths {
        assert_eq!(site.get(&path, "").await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.post(&path, "", "").await.status, StatusCode::NOT_FOUND);
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
