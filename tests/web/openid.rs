use crate::helpers::make;
use crate::helpers::pages::{Answer, Site};
use crate::helpers::provider::{Flaw, Provider};
use axum::http::StatusCode;

/// A browser goes to the provider, signs in there, and comes back.
async fn there_and_back(site: &Site, provider: &Provider) -> Answer {
    let begun = site.get("/sign-in/openid", "").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
    let back = provider.visit(begun.header("location")).await;
    site.get(back.strip_prefix("http://127.0.0.1:8080").unwrap(), &cookie).await
}

#[tokio::test]
async fn a_rep_signs_in_at_the_company_s_provider() {
    let provider = Provider::start().await;
    let site = Site::with_openid(&provider).await;
    assert!(site.get("/sign-in", "").await.body.contains("Company login"));
    for by_rsa in [false, true] {
        if by_rsa {
            provider.sign_by_rsa();
        }
        let answer = there_and_back(&site, &provider).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{}", answer.body);
        let cookies: Vec<_> =
            answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with("ridealong=")).unwrap();
        assert_eq!(site.get("/", session.split(';').next().unwrap()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_provider_is_left_for_the_page_that_was_wanted() {
    let provider = Provider::start().await;
    let site = Site::with_openid(&provider).await;
    let page = site.get("/sign-in?back=%2Fdeals", "").await;
    assert!(page.body.contains("href=\"/sign-in/openid?back=%2Fdeals\""), "{}", page.body);
    for (back, place) in [("%2Fdeals", "/deals"), ("https://evil.example", "/"), ("//evil.example", "/")] {
        let begun = site.get(&format!("/sign-in/openid?back={back}"), "").await;
        let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
        let address = provider.visit(begun.header("location")).await.replace("http://127.0.0.1:8080", "");
        assert_eq!(site.get(&address, &cookie).await.header("location"), place);
    }
}

#[tokio::test]
async fn a_proof_that_is_not_good_signs_nobody_in() {
    let provider = Provider::start().await;
    let site = Site::with_openid(&provider).await;
    for flaw in [
        Flaw::WrongSignature,
        Flaw::NoAlgorithm,
        Flaw::OtherKeysAlgorithm,
        Flaw::WrongAudience,
        Flaw::SeveralAudiences,
        Flaw::WrongIssuer,
        Flaw::WrongNonce,
        Flaw::Expired,
        Flaw::OfTheFuture,
        Flaw::UnverifiedAddress,
        Flaw::NoAddress,
        Flaw::ServerError,
    ] {
        provider.lie(flaw);
        let answer = there_and_back(&site, &provider).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{flaw:?}: {}", answer.body);
        assert!(!answer.headers.contains_key("set-cookie"), "{flaw:?}");
        assert!(!answer.body.contains("token"), "the cause is for the log: {}", answer.body);
    }
    provider.lie(Flaw::None);
    assert_eq!(there_and_back(&site, &provider).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn only_the_browser_that_began_comes_back_and_only_once() {
    let provider = Provider::start().await;
    let site = Site::with_openid(&provider).await;
    let begun = site.get("/sign-in/openid", "").await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(begun.header("set-cookie").contains("HttpOnly"));
    let back = provider.visit(begun.header("location")).await.replace("http://127.0.0.1:8080", "");
    let other = site.get("/sign-in/openid", "").await.header("set-cookie").split(';').next().unwrap().to_owned();
    for stranger in ["", other.as_str(), "ridealong-openid=..", "ridealong-openid=x"] {
        assert_eq!(site.get(&back, stranger).await.status, StatusCode::GONE, "{stranger}");
    }
    assert_eq!(site.get("/sign-in/openid/back?error=access_denied", &cookie).await.status, StatusCode::GONE);
    assert_eq!(site.get(&back, &cookie).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get(&back, &cookie).await.status, StatusCode::BAD_GATEWAY, "a code is good once");
}

#[tokio::test]
async fn whom_no_admin_added_is_sent_to_one_and_a_provider_speaks_for_itself_alone() {
    let provider = Provider::start().await;
    let site = Site::with_openid(&provider).await;
    provider.know("stranger@example.com");
    let answer = there_and_back(&site, &provider).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("admin"), "{}", answer.body);
    assert_eq!(site.store.find_rep(&make::email("stranger@example.com")).await.unwrap(), None);
    let other = Provider::start().await;
    other.speak_for("https://login.example");
    let site = Site::with_openid(&other).await;
    assert_eq!(site.get("/sign-in/openid", "").await.status, StatusCode::BAD_GATEWAY);
    assert_eq!(Site::new().await.get("/sign-in/openid", "").await.status, StatusCode::NOT_FOUND);
}
