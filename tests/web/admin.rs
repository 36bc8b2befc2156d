use crate::helpers::{make, pages::Site};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ridealong::model::*;
use ridealong::store::Record;

const CSV: &str = "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Currency,Close Date,Deal owner\n\
    71,Kestrel <b>Line</b>,Contract Sent,Sales Pipeline,12000,EUR,2026-12-20,Noor Haddad\n";

fn ada() -> Rep {
    Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") }
}

async fn upload(site: &Site, cookie: &str, csv: &str) -> crate::helpers::pages::Answer {
    let body = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"deals.csv\"\r\nContent-Type: text/csv\r\n\r\n{csv}\r\n--cut--\r\n"
    );
    let request = Request::post("/admin/deals/preview")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
    site.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn only_an_admin_gets_in() {
    let site = Site::new().await;
    let (maya, manager) =
        (site.maya().await, Rep { role: Role::Manager, ..Rep::new(make::email("m@example.com"), "M") });
    let manager = site.sign_in(&manager).await;
    for path in ["/admin", "/admin/deals", "/admin/reps", "/admin/stages"] {
        assert_eq!(site.get(path, &maya).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(site.get(path, &manager).await.status, StatusCode::FORBIDDEN, "{path}");
        assert!(site.get(path, "").await.header("location").starts_with("/sign-in?"), "{path}");
    }
    let takes_over = "email=maya@example.com&name=Maya&role=admin&zone=UTC";
    for (path, form) in [
        ("/admin/reps", takes_over),
        ("/admin/reps/link", "email=ada@example.com"),
        ("/admin/reps/remove", "email=ada@example.com&sure=yes"),
        ("/admin/deals/import", "file="),
        ("/admin/stages", "own="),
    ] {
        assert_eq!(site.post(path, form, &maya).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let rep = site.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    assert_eq!(rep.role, Role::Rep);
}

#[tokio::test]
async fn a_file_of_deals_is_shown_before_it_changes_anything() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    let before = site.store.list_deals(None).await.unwrap();
    let preview = upload(&site, &cookie, CSV).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    assert!(preview.body.contains("Kestrel &#60;b&#62;Line"), "{}", preview.body);
    assert!(preview.body.contains("No rep claims the deals of Noor Haddad."));
    assert_eq!(site.store.list_deals(None).await.unwrap(), before);
    let file = preview.between("name=\"file\" value=\"", "\"");
    let form = format!("file={}", url::form_urlencoded::byte_serialize(file.as_bytes()).collect::<String>());
    let done = site.post("/admin/deals/import", &form, &cookie).await;
    assert!(done.body.contains("1 new"), "{}", done.body);
    let form = "email=noor@example.com&name=Noor+Haddad&role=rep&zone=Europe/Berlin&owners=&team=";
    let saved = site.post("/admin/reps", form, &cookie).await;
    assert!(saved.body.contains("1 more deals are theirs"), "{}", saved.body);
    let noor = make::email("noor@example.com");
    assert_eq!(site.store.list_deals(Some(&noor)).await.unwrap().len(), 1);
    let link = site.post("/admin/reps/link", "email=noor@example.com", &cookie).await;
    let path = format!("/sign-in/{}", link.between("/sign-in/", "<"));
    assert_eq!(site.post(&path, "", "").await.header("location"), "/");
    assert_eq!(
        site.post("/admin/reps/remove", "email=noor@example.com", &cookie).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        site.post("/admin/reps/remove", "email=noor@example.com&sure=yes", &cookie).await.status,
        StatusCode::OK
    );
    assert_eq!(site.store.find_rep(&noor).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_with_a_sentence() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    for (file, word) in [("", "empty"), ("a,b\n1,2\n", "no column"), ("\u{0}\u{1}\u{2}", "")] {
        let answer = upload(&site, &cookie, file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{file:?}");
        assert!(answer.body.contains(word), "{}", answer.body);
    }
    let large = "x".repeat(11 * 1024 * 1024);
    let answer = upload(&site, &cookie, &large).await;
    assert!(answer.status.is_client_error() && answer.body.contains("10 MB"), "{} {}", answer.status, answer.body);
}

#[tokio::test]
async fn an_admin_cannot_lock_themselves_out() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    let demoted = site.post("/admin/reps", "email=ada@example.com&name=Ada&role=rep&zone=UTC", &cookie).await;
    assert_eq!(demoted.status, StatusCode::CONFLICT);
    let removed = site.post("/admin/reps/remove", "email=ada@example.com&sure=yes", &cookie).await;
    assert_eq!(removed.status, StatusCode::CONFLICT);
    assert_eq!(site.get("/admin", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_stage_mapping_is_shown_with_reasons_and_a_broken_one_is_refused() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    let page = site.get("/admin/stages", &cookie).await;
    assert!(page.body.contains("Contract Sent"), "{}", page.body);
    let broken = site.post("/admin/stages", "own=%7B%5Bnonsense", &cookie).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.post("/admin/stages", "own=", &cookie).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_stage_is_mapped_in_its_row_and_every_deal_follows() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    let mut deal = make::deal("Odd one");
    (deal.stage_label, deal.stage_id, deal.probability) = ("Moonshot <x>".to_owned(), None, None);
    (deal.stages, deal.pipeline) = (Vec::new(), Some("Labs".to_owned()));
    site.store.save(Record::Deal(Box::new(deal.clone()))).await.unwrap();
    let page = site.get("/admin/stages", &cookie).await;
    assert!(page.body.contains("Moonshot &#60;x&#62;") && page.body.contains("Labs"), "{}", page.body);
    let row = "crm=hubspot&pipeline=Labs&stage=Moonshot+%3Cx%3E&first=discovery&second=presentation";
    let saved = site.post("/admin/stages/row", row, &cookie).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert!(saved.body.contains("stage: &#34;Moonshot &#60;x&#62;&#34;"), "the same as a file: {}", saved.body);
    let mapped = site.store.find_deal(&make::rep().email, &deal.id).await.unwrap().unwrap();
    let stages: Vec<_> = mapped.stages.iter().map(|weight| (weight.stage, weight.weight)).collect();
    assert_eq!(stages, [(Stage::Discovery, 1.0), (Stage::Presentation, 0.5)]);
    site.post("/admin/stages/row", "crm=hubspot&pipeline=Labs&stage=moonshot+x&first=", &cookie).await;
    let freed = site.store.find_deal(&make::rep().email, &deal.id).await.unwrap().unwrap();
    assert!(freed.stages.is_empty(), "{:?}", freed.stages);
    let wrong = site.post("/admin/stages/row", "crm=hubspot&stage=x&first=offtopic", &cookie).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_owner_whom_nobody_claims_is_given_to_a_rep() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    site.store.save(Record::Rep(make::rep())).await.unwrap();
    let mut deal = make::deal("Waiting");
    (deal.owner, deal.rep) = ("N. Haddad".to_owned(), None);
    site.store.save(Record::Deal(Box::new(deal.clone()))).await.unwrap();
    assert!(site.get("/admin/deals", &cookie).await.body.contains("N. Haddad"));
    let done = site.post("/admin/deals/claim", "owner=N.+Haddad&rep=maya%40example.com", &cookie).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(site.store.find_deal(&make::rep().email, &deal.id).await.unwrap().is_some());
    let rep = site.store.find_rep(&make::rep().email).await.unwrap().unwrap();
    assert!(rep.owns("n. haddad"));
    let maya = site.maya().await;
    let refused = site.post("/admin/deals/claim", "owner=N.+Haddad&rep=maya%40example.com", &maya).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_post_is_handed_over_as_a_playbook_page_where_no_folder_is_set() {
    let site = Site::new().await;
    let maya = site.maya().await;
    let post = make::post("hold", "Hold the price", Stage::Negotiation);
    site.add_post(&post).await;
    let page = site.post(&format!("/posts/{}/playbook", post.id), "note=Worked+on+Kestrel", &maya).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"hold-the-price.md\"");
    assert!(page.body.starts_with("---\ntitle: \"Hold the price\"") && page.body.contains("> Worked on Kestrel"));
    let mut secret = make::post("secret", "For the north", Stage::Negotiation);
    secret.audience = Audience::Team("north".to_owned());
    site.add_post(&secret).await;
    let refused = site.post(&format!("/posts/{}/playbook", secret.id), "", &maya).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}
