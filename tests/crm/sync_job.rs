//! The job that reads deals from CRMs: only what changed, everything once a day, on from where it stopped.

use crate::helpers::make::{now, rep};
use crate::helpers::stores;
use jiff::SignedDuration;
use ridealong::clock::FixedClock;
use ridealong::config::{Layer, NetSettings, Secret, Settings};
use ridealong::crm::remote::Access;
use ridealong::desk::Desk;
use ridealong::jobs::sync_deals::{SyncDeals, Synced, Until};
use ridealong::model::{Crm, Deal, DealState};
use ridealong::net::Client;
use ridealong::store::{Record, Store};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

struct Office {
    store: Arc<dyn Store>,
    clock: Arc<FixedClock>,
    desk: Arc<Desk>,
    server: MockServer,
}

impl Office {
    async fn open() -> Self {
        let store = stores::fresh().await;
        store.save(Record::Rep(rep())).await.unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let desk = Arc::new(Desk::new(Arc::clone(&store), clock.clone(), Arc::default(), None));
        let server = MockServer::start().await;
        for at in ["/api/v2/pipelines", "/api/v2/stages", "/api/v1/users", "/api/v2/organizations"] {
            let empty = ResponseTemplate::new(200).set_body_json(json!({"data": []}));
            Mock::given(path(at)).respond_with(empty).mount(&server).await;
        }
        Self { store, clock, desk, server }
    }

    /// The job as a fresh start of the program makes it.
    fn job(&self) -> SyncDeals {
        let access = Access::new(
            Client::new(&NetSettings::default()),
            Crm::Pipedrive,
            self.server.uri().parse().unwrap(),
            Secret::new("the-token"),
            vec!["127.0.0.0/8".parse().unwrap()],
        );
        SyncDeals::over(vec![(Crm::Pipedrive, access)], Arc::clone(&self.desk), self.clock.clone())
    }

    /// What Pipedrive answers to a question for open deals (`since` false) or for what changed.
    async fn answers(&self, since: bool, cursor: Option<&str>, status: u16, deals: Value, next: Option<&str>) {
        let body = json!({"data": deals, "additional_data": {"next_cursor": next}});
        let answer = ResponseTemplate::new(status).set_body_json(body).insert_header("retry-after", "120");
        let asked = Mock::given(method("GET")).and(path("/api/v2/deals"));
        let asked =
            if since { asked.and(query_param_is_missing("status")) } else { asked.and(query_param("status", "open")) };
        let asked = match cursor {
            Some(cursor) => asked.and(query_param("cursor", cursor)),
            None => asked.and(query_param_is_missing("cursor")),
        };
        asked.respond_with(answer).up_to_n_times(1).mount(&self.server).await;
    }

    async fn deal(&self, id: &str) -> Deal {
        let deals = self.store.list_deals(None).await.unwrap();
        deals.into_iter().find(|deal| deal.external_id == id).unwrap()
    }

    fn later(&self, minutes: i64) {
        use ridealong::clock::Clock;
        self.clock.set(self.clock.now() + SignedDuration::from_mins(minutes));
    }
}

fn deal(id: u32, status: &str) -> Value {
    json!({"id": id, "title": format!("Deal {id}"), "status": status, "stage_id": 3, "won_time": "2026-11-23T08:00:00Z"})
}

fn error(synced: &[Synced]) -> String {
    synced[0].outcome.as_ref().unwrap_err().to_string()
}

#[tokio::test]
async fn after_the_first_read_only_changes_are_asked_for_and_once_a_day_everything() {
    let office = Office::open().await;
    office.answers(false, None, 200, json!([deal(1, "open"), deal(2, "open"), deal(3, "open")]), None).await;
    let job = office.job();
    assert_eq!(job.run(Until::Asked).await[0].outcome.as_ref().unwrap().read, 3);

    office.later(30);
    office.answers(true, None, 200, json!([deal(2, "won")]), None).await;
    let synced = job.run(Until::Asked).await;
    assert_eq!(synced[0].outcome.as_ref().unwrap().read, 1);
    assert_eq!((office.deal("2").await.state, office.deal("3").await.state), (DealState::Won, DealState::Open));

    // A restart of the program goes on where the last run ended: what changed, then everything as a day has passed.
    office.later(24 * 60);
    office.answers(true, None, 200, json!([]), None).await;
    office.answers(false, None, 200, json!([deal(1, "open")]), None).await;
    let synced = office.job().run(Until::Asked).await;
    assert_eq!(synced[0].outcome.as_ref().unwrap().summary.gone, 1);
    assert_eq!((office.deal("2").await.state, office.deal("3").await.state), (DealState::Won, DealState::Gone));
    let asked = office.server.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| request.method.as_str() == "GET"), "nothing is written");
}

#[tokio::test]
async fn a_crm_that_asks_to_slow_down_is_left_alone_and_then_read_on() {
    let office = Office::open().await;
    office.answers(false, None, 200, json!([deal(1, "open")]), Some("p2")).await;
    office.answers(false, Some("p2"), 429, json!([]), None).await;
    let job = office.job();
    assert!(error(&job.run(Until::Asked).await).contains("goes on in 120 s"));
    assert!(office.store.list_deals(None).await.unwrap().is_empty(), "half a read changes nothing");
    office.later(1);
    assert!(job.run(Until::Asked).await.is_empty(), "it is left alone");
    office.later(2);
    office.answers(false, Some("p2"), 200, json!([deal(2, "open")]), None).await;
    assert_eq!(job.run(Until::Asked).await[0].outcome.as_ref().unwrap().read, 2);
    let asked = office.server.received_requests().await.unwrap();
    let firsts = asked.iter().filter(|r| r.url.path() == "/api/v2/deals" && !r.url.as_str().contains("cursor="));
    assert_eq!(firsts.count(), 1, "the first page is not read again");
}

#[tokio::test]
async fn an_expired_token_or_an_answer_without_deals_changes_nothing() {
    let office = Office::open().await;
    office.answers(false, None, 200, json!([deal(1, "open")]), None).await;
    let job = office.job();
    job.run(Until::Asked).await;
    office.later(25 * 60);
    office.answers(true, None, 401, json!([]), None).await;
    let said = error(&job.run(Until::Asked).await);
    assert!(said.contains("make a new one") && !said.contains("the-token"), "{said}");
    office.answers(true, None, 200, json!([]), None).await;
    office.answers(false, None, 200, json!([]), None).await;
    let synced = job.run(Until::Asked).await;
    assert!(synced[0].outcome.as_ref().unwrap().to_string().contains("nothing was changed"));
    assert_eq!(office.deal("1").await.state, DealState::Open);
}

#[test]
fn a_token_in_a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "pat-1234\n").unwrap();
    let layer = || Layer { hubspot_token_file: Some(file.to_str().unwrap().parse().unwrap()), ..Layer::default() };
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = layer().load_files().unwrap_err().to_string();
    assert!(refused.starts_with("hubspot-token-file: ") && refused.contains("chmod 600"), "{refused}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let settings = Settings::from_layers([layer().load_files().unwrap()]).unwrap();
    let [crm] = settings.sync.crms.as_slice() else { panic!("{:?}", settings.sync) };
    assert_eq!((crm.crm, crm.url.as_str(), crm.token.expose()), (Crm::Hubspot, "https://api.hubapi.com/", "pat-1234"));
    assert!(!format!("{settings:?} {:?}", settings.shown()).contains("pat-1234"));
    let without_address = Layer { salesforce_token: Some(Secret::new("x")), ..Layer::default() };
    let refused = Settings::from_layers([without_address]).unwrap_err().to_string();
    assert!(refused.starts_with("salesforce-url: "), "{refused}");
}
