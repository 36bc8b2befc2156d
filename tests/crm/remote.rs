//! Deals come by API as HubSpot, Salesforce and Pipedrive document it, whatever goes wrong on the way.

use crate::helpers::make::now;
use ridealong::config::{NetSettings, Secret};
use ridealong::crm::Import;
use ridealong::crm::remote::{Access, Progress, SyncError, SyncOptions, sync};
use ridealong::crm::stages::StageMap;
use ridealong::model::{Crm, DealState, Stage};
use ridealong::net::Client;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn access(server: &MockServer, crm: Crm) -> Access {
    let base = server.uri().parse().unwrap();
    Access::new(
        Client::new(&NetSettings::default()),
        crm,
        base,
        Secret::new("the-token"),
        vec!["127.0.0.0/8".parse().unwrap()],
    )
}

async fn read(server: &MockServer, crm: Crm, progress: &mut Progress) -> Result<Import, SyncError> {
    let map = StageMap::shipped();
    sync(&access(server, crm), &SyncOptions { crm, since: None, now: now(), map: &map }, progress).await
}

async fn give(server: &MockServer, verb: &str, at: &str, body: Value) {
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

async fn hubspot() -> MockServer {
    let server = MockServer::start().await;
    give(&server, "GET", "/crm/v3/owners", json!({"results": [{"id": "5", "email": "maya@example.com"}]})).await;
    let stages = json!([{"id": "contractsent", "label": "Papers out", "metadata": {"probability": "0.9"}}]);
    give(
        &server,
        "GET",
        "/crm/v3/pipelines/deals",
        json!({"results": [{"id": "default", "label": "Sales", "stages": stages}]}),
    )
    .await;
    let links = json!({"results": [{"from": {"id": "1"}, "to": [{"toObjectId": 77}]}]});
    give(&server, "POST", "/crm/v4/associations/deals/companies/batch/read", links).await;
    let company = json!({"id": "77", "properties": {"name": "Northwind", "industry": "FOOD_PRODUCTION"}});
    give(&server, "POST", "/crm/v3/objects/companies/batch/read", json!({"results": [company]})).await;
    server
}

fn hubspot_deal(id: usize, changed_ms: i64) -> Value {
    let changed = jiff::Timestamp::from_millisecond(changed_ms).unwrap().to_string();
    json!({"id": id.to_string(), "properties": {
        "dealname": format!("Deal {id}"), "dealstage": "contractsent", "pipeline": "default", "amount": "48000.5",
        "deal_currency_code": "EUR", "closedate": "2026-12-18T00:00:00Z", "hubspot_owner_id": "5",
        "hs_deal_stage_probability": null, "hs_next_step": "Mail eva@kestrel.example", "hs_lastmodifieddate": changed,
        "notes_last_updated": "2026-11-20T09:00:00Z"}})
}

#[tokio::test]
async fn a_hubspot_deal_comes_with_owner_stage_and_company_by_name() {
    let server = hubspot().await;
    give(&server, "POST", "/crm/v3/objects/deals/search", json!({"results": [hubspot_deal(1, 1_000)]})).await;
    let import = read(&server, Crm::Hubspot, &mut Progress::default()).await.unwrap();
    let deal = &import.deals[0];
    assert_eq!((deal.owner.as_str(), deal.stage_label.as_str()), ("maya@example.com", "Papers out"));
    assert_eq!(
        (deal.stages[0].stage, deal.probability),
        (Stage::Closing, Some(90.0)),
        "the id outlives the renamed label"
    );
    assert_eq!((deal.account.as_deref(), deal.industry.as_deref()), (Some("Northwind"), Some("food production")));
    assert_eq!((deal.amount_minor, deal.next_step.as_deref()), (Some(4_800_050), Some("Mail [address]")));
    assert!(import.full);
    let asked = server.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| request.headers["authorization"] == "Bearer the-token"));
}

/// Answers searches as HubSpot does: pages of 200 by offset, and nothing past the 10,000th result of one search.
fn search(all: usize) -> impl Fn(&Request) -> ResponseTemplate {
    move |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let offset: usize = body["after"].as_str().map_or(0, |after| after.parse().unwrap());
        if offset >= 10_000 {
            return ResponseTemplate::new(400).set_body_json(json!({"message": "cannot page past 10,000"}));
        }
        let filters = body["filterGroups"][0]["filters"].as_array().unwrap();
        let from = filters.iter().find(|filter| filter["operator"] == "GTE");
        let from_ms: i64 = from.map_or(0, |filter| filter["value"].as_str().unwrap().parse().unwrap());
        // Deal n changed in millisecond n.
        let first = usize::try_from(from_ms).unwrap().max(1) + offset;
        let until = (first + 200).min(all + 1);
        let results: Vec<Value> = (first..until).map(|id| hubspot_deal(id, id as i64)).collect();
        let mut page = json!({ "results": results });
        if until <= all {
            page["paging"] = json!({"next": {"after": (offset + 200).to_string()}});
        }
        ResponseTemplate::new(200).set_body_json(page)
    }
}

#[tokio::test]
async fn more_than_ten_thousand_hubspot_deals_come_in_slices_each_once() {
    let server = hubspot().await;
    let at = "/crm/v3/objects/deals/search";
    Mock::given(method("POST")).and(path(at)).respond_with(search(10_450)).mount(&server).await;
    let import = read(&server, Crm::Hubspot, &mut Progress::default()).await.unwrap();
    assert_eq!(import.deals.len(), 10_450);
}

#[tokio::test]
async fn a_sync_that_is_slowed_down_goes_on_where_it_stopped() {
    let server = hubspot().await;
    let count = AtomicUsize::new(0);
    let pages = search(600);
    let answer = move |request: &Request| match count.fetch_add(1, Ordering::SeqCst) {
        1 => ResponseTemplate::new(429).insert_header("retry-after", "7"),
        2 => ResponseTemplate::new(200).set_body_string("{\"results\": [{\"id\": \"20"),
        _ => pages(request),
    };
    Mock::given(method("POST")).and(path("/crm/v3/objects/deals/search")).respond_with(answer).mount(&server).await;
    let mut progress = Progress::default();
    let slowed = read(&server, Crm::Hubspot, &mut progress).await.unwrap_err();
    assert!(matches!(slowed, SyncError::SlowDown { retry_after_s: 7, .. }), "{slowed}");
    assert_eq!(progress.read(), 200);
    let cut = read(&server, Crm::Hubspot, &mut progress).await.unwrap_err();
    assert!(matches!(cut, SyncError::Unreadable { .. }), "{cut}");
    assert_eq!(read(&server, Crm::Hubspot, &mut progress).await.unwrap().deals.len(), 600);
}

#[tokio::test]
async fn a_token_without_the_right_to_companies_costs_only_the_companies() {
    let server = MockServer::start().await;
    give(&server, "GET", "/crm/v3/owners", json!({"results": []})).await;
    give(&server, "GET", "/crm/v3/pipelines/deals", json!({"results": []})).await;
    give(&server, "POST", "/crm/v3/objects/deals/search", json!({"results": [hubspot_deal(1, 1)]})).await;
    let denied = ResponseTemplate::new(403).set_body_json(json!({"message": "requires crm.objects.companies.read"}));
    Mock::given(path("/crm/v4/associations/deals/companies/batch/read")).respond_with(denied).mount(&server).await;
    let import = read(&server, Crm::Hubspot, &mut Progress::default()).await.unwrap();
    assert_eq!(import.deals.len(), 1);
    assert!(import.notes[0].contains("crm.objects.companies.read"), "{:?}", import.notes);
}

#[tokio::test]
async fn an_expired_token_says_so_for_every_crm_and_never_shows_it() {
    for crm in [Crm::Hubspot, Crm::Salesforce, Crm::Pipedrive] {
        let server = MockServer::start().await;
        let body = json!([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]);
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(401).set_body_json(body))
            .mount(&server)
            .await;
        let error = read(&server, crm, &mut Progress::default()).await.unwrap_err();
        assert!(matches!(error, SyncError::Token { .. }), "{error}");
        assert!(!error.to_string().contains("the-token"));
    }
}

fn opportunity(id: &str) -> Value {
    json!({"attributes": {"type": "Opportunity"}, "Id": id, "Name": "Harbor pumps", "StageName": "Negotiation/Review",
        "Probability": 90.0, "Amount": 125000.0, "CloseDate": "2026-12-31", "NextStep": "Send redlines",
        "LastModifiedDate": "2026-11-20T10:00:00.000+0000", "LastActivityDate": "2026-11-19", "IsClosed": false,
        "IsWon": false, "Owner": {"Email": "tom@example.com", "Name": "Tom"}, "Account": {"Name": "Harbor", "Industry": null}})
}

#[tokio::test]
async fn salesforce_opportunities_come_by_pages_that_stay_on_its_own_site() {
    let server = MockServer::start().await;
    let next = "/services/data/v62.0/query/01g-2000";
    give(
        &server,
        "GET",
        "/services/data/v62.0/query",
        json!({"done": false, "nextRecordsUrl": next, "records": [opportunity("a")]}),
    )
    .await;
    give(&server, "GET", next, json!({"done": true, "records": [opportunity("b"), opportunity("a")]})).await;
    let import = read(&server, Crm::Salesforce, &mut Progress::default()).await.unwrap();
    assert_eq!(import.deals.len(), 2);
    let deal = &import.deals[0];
    assert_eq!((deal.owner.as_str(), deal.stages[0].stage), ("tom@example.com", Stage::Negotiation));
    assert_eq!(deal.updated_at, Some("2026-11-20T10:00:00Z".parse().unwrap()));
    let soql = server.received_requests().await.unwrap()[0].url.query_pairs().next().unwrap().1.into_owned();
    assert!(soql.contains("FROM Opportunity WHERE IsClosed = false"), "{soql}");

    let elsewhere = MockServer::start().await;
    let away = json!({"done": false, "nextRecordsUrl": "https://evil.example/steal", "records": []});
    give(&elsewhere, "GET", "/services/data/v62.0/query", away).await;
    let error = read(&elsewhere, Crm::Salesforce, &mut Progress::default()).await.unwrap_err();
    assert!(error.to_string().contains("another site"), "{error}");
}

#[tokio::test]
async fn salesforce_is_left_alone_before_its_calls_of_the_day_are_used_up() {
    let server = MockServer::start().await;
    let page =
        json!({"done": false, "nextRecordsUrl": "/services/data/v62.0/query/next", "records": [opportunity("a")]});
    let answer =
        ResponseTemplate::new(200).insert_header("sforce-limit-info", "api-usage=4800/5000").set_body_json(page);
    Mock::given(path("/services/data/v62.0/query")).respond_with(answer).mount(&server).await;
    let mut progress = Progress::default();
    let error = read(&server, Crm::Salesforce, &mut progress).await.unwrap_err();
    assert!(matches!(error, SyncError::SlowDown { .. }) && progress.read() == 1, "{error}");

    let used = MockServer::start().await;
    let body = json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]);
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(403).set_body_json(body))
        .mount(&used)
        .await;
    let error = read(&used, Crm::Salesforce, &mut Progress::default()).await.unwrap_err();
    assert!(matches!(error, SyncError::SlowDown { .. }), "{error}");
}

#[tokio::test]
async fn pipedrive_deals_come_by_cursor_with_names_and_rotten_days() {
    let server = MockServer::start().await;
    give(&server, "GET", "/api/v2/pipelines", json!({"data": [{"id": 1, "name": "Neukunden"}]})).await;
    let stage = json!({"id": 3, "name": "Proposal Made", "days_to_rotten": 9, "deal_probability": 70});
    give(&server, "GET", "/api/v2/stages", json!({"data": [stage]})).await;
    give(&server, "GET", "/api/v1/users", json!({"data": [{"id": 8, "name": "Ana", "email": "ana@example.com"}]}))
        .await;
    give(&server, "GET", "/api/v2/organizations", json!({"data": [{"id": 21, "name": "Kestrel AG"}]})).await;
    let deal = |id: usize, status: &str| {
        json!({"id": id, "title": format!("Deal {id}"), "status": status, "stage_id": 3, "pipeline_id": 1, "owner_id": 8,
            "org_id": 21, "value": 1234.56, "currency": "EUR", "expected_close_date": "2026-12-31",
            "update_time": "2026-11-20T10:00:00Z"})
    };
    let page = |deals: Value, next: Value| {
        ResponseTemplate::new(200).set_body_json(json!({"data": deals, "additional_data": {"next_cursor": next}}))
    };
    let deals = || Mock::given(method("GET")).and(path("/api/v2/deals")).and(header("x-api-token", "the-token"));
    deals()
        .and(query_param("status", "open"))
        .and(query_param_is_missing("cursor"))
        .respond_with(page(json!([deal(1, "open")]), json!("p2")))
        .mount(&server)
        .await;
    deals()
        .and(query_param("cursor", "p2"))
        .respond_with(page(json!([deal(2, "open")]), Value::Null))
        .mount(&server)
        .await;
    let import = read(&server, Crm::Pipedrive, &mut Progress::default()).await.unwrap();
    assert_eq!(import.deals.len(), 2);
    let first = &import.deals[0];
    assert_eq!((first.rotten_days, first.probability, first.amount_minor), (Some(9), Some(70.0), Some(123_456)));
    assert_eq!((first.owner.as_str(), first.account.as_deref()), ("ana@example.com", Some("Kestrel AG")));
    assert_eq!((first.pipeline.as_deref(), first.stages[0].stage), (Some("Neukunden"), Stage::Proposal));
    let asked = server.received_requests().await.unwrap();
    assert_eq!(
        asked.iter().filter(|request| request.url.path() == "/api/v2/organizations").count(),
        1,
        "a known name is not asked again"
    );
    assert!(asked.iter().all(|request| request.method.as_str() == "GET"), "nothing is ever written");
}

#[tokio::test]
async fn what_changed_since_is_no_full_snapshot_and_brings_the_won() {
    let server = MockServer::start().await;
    for at in ["/api/v2/pipelines", "/api/v2/stages", "/api/v1/users"] {
        give(&server, "GET", at, json!({"data": []})).await;
    }
    let won = json!({"data": [{"id": 1, "title": "A", "status": "won", "won_time": "2026-11-20T10:00:00Z"}], "additional_data": {}});
    Mock::given(path("/api/v2/deals"))
        .and(query_param("updated_since", "2026-11-20T00:00:00Z"))
        .respond_with(ResponseTemplate::new(200).set_body_json(won))
        .mount(&server)
        .await;
    let map = StageMap::shipped();
    let since = Some("2026-11-20T00:00:00Z".parse().unwrap());
    let options = SyncOptions { crm: Crm::Pipedrive, since, now: now(), map: &map };
    let import = sync(&access(&server, Crm::Pipedrive), &options, &mut Progress::default()).await.unwrap();
    assert!(!import.full);
    assert_eq!((import.deals[0].state, import.deals[0].stages[0].stage), (DealState::Won, Stage::Growth));
}
