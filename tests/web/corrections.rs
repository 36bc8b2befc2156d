use crate::helpers::{make, pages::Site};
use axum::http::StatusCode;
use ridealong::model::*;
use ridealong::store::{CrawlBatch, KeyedPost};
use ridealong::tag::gold;

fn ada() -> Rep {
    Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") }
}

async fn save(site: &Site, post: Post) {
    let posts = vec![KeyedPost { post, keys: Vec::new() }];
    site.store.save_crawl(CrawlBatch { lease: None, state: None, posts, comments: Vec::new() }).await.unwrap();
}

fn quote_post() -> Post {
    Post {
        text: "Put three options on one page of the quote, with the price after the outcome.".to_owned(),
        ..make::post("options", "Three options on one page", Stage::Negotiation)
    }
}

async fn stored(site: &Site, post: &Post) -> Post {
    site.store.find_posts(std::slice::from_ref(&post.id)).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_reps_correction_holds_for_that_rep_at_once_and_for_nobody_else() {
    let site = Site::new().await;
    let post = quote_post();
    save(&site, post.clone()).await;
    let (maya, noor) = (site.maya().await, site.sign_in(&Rep::new(make::email("noor@example.com"), "Noor")).await);
    let page = format!("/posts/{}", post.id);
    site.post(&format!("{page}/stage"), "stage=proposal", &maya).await;
    assert!(site.get(&page, &maya).await.body.contains("<option value=\"proposal\" selected>"));
    assert!(site.get(&page, &noor).await.body.contains("<option value=\"negotiation\" selected>"));
    assert_eq!(stored(&site, &post).await.tagged.primary, Some(Stage::Negotiation));
}

#[tokio::test]
async fn an_admins_correction_holds_for_everybody_until_it_is_taken_back() {
    let site = Site::new().await;
    let post = quote_post();
    save(&site, post.clone()).await;
    let (maya, admin) = (site.maya().await, site.sign_in(&ada()).await);
    site.post(&format!("/posts/{}/stage", post.id), "stage=closing", &admin).await;
    let tagged = stored(&site, &post).await.tagged;
    assert_eq!((tagged.primary, tagged.score(Stage::Closing)), (Some(Stage::Closing), 1.0));
    let page = format!("/posts/{}", post.id);
    assert!(site.get(&page, &maya).await.body.contains("<option value=\"closing\" selected>"));
    site.post("/acts/undo", &format!("key=restage:{}", post.id), &admin).await;
    let tagged = stored(&site, &post).await.tagged;
    assert_eq!(tagged.given, Vec::new());
    assert!(tagged.score(Stage::Closing) < 1.0, "what the model says stands again: {tagged:?}");
}

#[tokio::test]
async fn an_admin_sees_corrections_by_source_and_downloads_them_as_training_lines() {
    let site = Site::new().await;
    let post = quote_post();
    save(&site, post.clone()).await;
    let (maya, admin) = (site.maya().await, site.sign_in(&ada()).await);
    assert_eq!(site.get("/admin/corrections", &maya).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.get("/admin/corrections.jsonl", &maya).await.status, StatusCode::FORBIDDEN);
    site.post(&format!("/posts/{}/stage", post.id), "stage=objections", &maya).await;
    site.post(&format!("/posts/{}/stage", post.id), "stage=presentation", &admin).await;
    let page = site.get("/admin/corrections", &admin).await;
    assert!(page.body.contains("Three options on one page") && page.body.contains("Presentation"), "{}", page.body);
    let file = site.get("/admin/corrections.jsonl", &admin).await;
    assert!(file.header("content-disposition").contains("corrections.jsonl"));
    let golds = gold::read(&file.body).unwrap();
    assert_eq!(golds.len(), 1, "{}", file.body);
    assert_eq!((golds[0].primary, golds[0].text.as_str()), (Stage::Presentation, post.text.as_str()));
}
