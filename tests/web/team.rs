use crate::helpers::{eventually, make, pages, pages::Site};
use axum::http::StatusCode;
use ridealong::model::*;
use ridealong::store::Record;

fn manager(team: &str) -> Rep {
    let name = format!("{team}-manager@example.com");
    Rep { role: Role::Manager, team: Some(team.to_owned()), ..Rep::new(make::email(&name), "Kim") }
}

fn ada() -> Rep {
    Rep { role: Role::Admin, ..Rep::new(make::email("ada@example.com"), "Ada") }
}

#[tokio::test]
async fn coverage_sets_what_there_is_to_read_against_the_team_s_open_deals() {
    let site = Site::new().await;
    let cookie = site.sign_in(&manager("north")).await;
    site.store.save(Record::Rep(Rep { team: Some("north".to_owned()), ..make::rep() })).await.unwrap();
    let page = site.get("/team", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Team north") && page.body.contains("2 reps, 2 open deals"), "{}", page.body);
    assert!(page.body.contains("3 posts, 1 wiki page, 2 open deals"), "{}", page.body);
    assert!(page.body.contains("<svg class=\"chart\""));
    let south = site.sign_in(&manager("south")).await;
    assert!(site.get("/team?team=north", &south).await.body.contains("1 rep, 0 open deals"));
}

#[tokio::test]
async fn reps_do_not_get_into_the_team_s_pages() {
    let site = Site::new().await;
    let maya = site.maya().await;
    let post = &pages::digest().posts[0].id;
    assert_eq!(site.get("/team", &maya).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.post(&format!("/posts/{post}/play"), "note=x", &maya).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.post("/team/play/remove", "", &maya).await.status, StatusCode::FORBIDDEN);
    assert!(!site.get("/", &maya).await.body.contains("href=\"/team\""));
}

#[tokio::test]
async fn a_manager_sees_commitments_only_where_the_team_opted_in_and_the_rep_is_told() {
    let site = Site::new().await;
    let north = Rep { team: Some("north".to_owned()), ..make::rep() };
    let maya = site.sign_in(&north).await;
    let digest = pages::digest();
    let form = format!("deal={}&due=2026-11-30&note=Ask+for+the+date", digest.deals[0].deal.id);
    site.post(&format!("/posts/{}/commit", digest.posts[0].id), &form, &maya).await;
    let kim = site.sign_in(&manager("north")).await;
    assert!(!site.get("/team", &kim).await.body.contains("When the CFO"));
    let opens = site.post("/team/commitments", "team=north&share=yes", &kim).await;
    assert_eq!(opens.status, StatusCode::FORBIDDEN, "a manager does not open them");
    let ada = site.sign_in(&ada()).await;
    assert_eq!(site.post("/team/commitments", "team=north&share=yes", &ada).await.status, StatusCode::SEE_OTHER);
    let page = site.get("/team", &kim).await.body;
    assert!(
        page.contains("When the CFO") && page.contains("Maya Lindqvist") && page.contains("due in 7 days"),
        "{page}"
    );
    assert!(site.get("/commitments", &maya).await.body.contains("share these with its managers"));
    let south = site.sign_in(&manager("south")).await;
    assert!(!site.get("/team?team=north", &south).await.body.contains("When the CFO"));
    assert!(site.get("/admin/log", &ada).await.body.contains("opened the commitments of north to its managers"));
}

#[tokio::test]
async fn the_play_of_the_week_is_pinned_with_a_note_and_taken_down_again() {
    let site = Site::new().await;
    let cookie = site.sign_in(&manager("north")).await;
    let post = pages::digest().posts[0].clone();
    let page = site.get(&format!("/posts/{}", post.id), &cookie).await.body;
    assert!(page.contains(&format!("action=\"/posts/{}/play\"", post.id)));
    let pinned = site.post(&format!("/posts/{}/play", post.id), "note=Try+it+on+%3Cone%3E+call", &cookie).await;
    assert_eq!(pinned.header("location"), "/team");
    let page = site.get("/team", &cookie).await.body;
    assert!(page.contains("Try it on &#60;one&#62; call") && page.contains("pinned by Kim"), "{page}");
    site.clock.set(make::now() + jiff::SignedDuration::from_hours(24 * 8));
    assert!(!site.get("/team", &cookie).await.body.contains("pinned by Kim"), "it stands for a week");
    site.clock.set(make::now());
    site.post("/team/play/remove", "back=/team", &cookie).await;
    assert!(!site.get("/team", &cookie).await.body.contains("pinned by Kim"));
}

#[tokio::test]
async fn the_desk_puts_the_play_into_the_digests_of_its_team_alone() {
    let site = Site::new().await;
    let post = Post {
        audience: Audience::Team("north".to_owned()),
        ..make::post("play", "A play for the north", Stage::Closing)
    };
    site.add_post(&post).await;
    let kim = site.sign_in(&manager("north")).await;
    assert_eq!(
        site.post(&format!("/posts/{}/play", post.id), "note=All+of+us", &kim).await.status,
        StatusCode::SEE_OTHER
    );
    let week = "2026-W48".parse().unwrap();
    let north = site.desk.build(&manager("north"), week).await.unwrap();
    assert_eq!(north.play.as_ref().map(|play| play.note.as_str()), Some("All of us"));
    assert!(north.post(&post.id).is_some());
    assert_eq!(site.desk.build(&make::rep(), week).await.unwrap().play, None);
    // The pin has everybody's digest built anew, behind the answer; Maya's is then the one of the north.
    let maya = make::rep().email;
    eventually("a digest of Maya's is built", || async {
        site.store.find_digest(&maya, week).await.unwrap().is_some()
    })
    .await;
    site.store.save(Record::Digest(Box::new(Digest { rep: maya, ..north }))).await.unwrap();
    let maya = site.sign_in(&Rep { team: Some("north".to_owned()), ..make::rep() }).await;
    let page = site.get("/", &maya).await;
    assert!(page.body.contains("All of us"), "{}", page.body);
    let elsewhere = site.sign_in(&Rep { team: Some("south".to_owned()), ..make::rep() }).await;
    assert!(!site.get("/", &elsewhere).await.body.contains("A play for the north"), "the audience is checked again");
}

#[tokio::test]
async fn the_log_tells_what_admins_changed_newest_first() {
    let site = Site::new().await;
    let cookie = site.sign_in(&ada()).await;
    site.post("/admin/reps", "email=noor@example.com&name=Noor&role=rep&zone=UTC", &cookie).await;
    site.clock.set(make::now() + jiff::SignedDuration::from_mins(5));
    site.post("/admin/reps/link", "email=noor@example.com", &cookie).await;
    let page = site.get("/admin/log", &cookie).await.body;
    let (saved, linked) =
        (page.find("saved noor@example.com (rep)"), page.find("made a sign-in link for noor@example.com"));
    assert!(linked.unwrap() < saved.unwrap(), "{page}");
    assert!(!page.contains("/sign-in/"), "no secret is in the log");
}
