use crate::helpers::make::{days_ago, email, now, rep};
use crate::helpers::stores;
use ridealong::clock::FixedClock;
use ridealong::crm::push::{Fault, Push};
use ridealong::desk::{Desk, Imported};
use ridealong::model::{Crm, Deal, DealState, Stage};
use ridealong::sources::Running;
use ridealong::store::{Record, Store};
use serde_json::{Value, json};
use std::sync::Arc;

struct Office {
    store: Arc<dyn Store>,
    desk: Desk,
}

impl Office {
    async fn open() -> Self {
        let store = stores::fresh().await;
        store.save(Record::Rep(rep())).await.unwrap();
        let desk = Desk::new(store.clone(), Arc::new(FixedClock::new(now())), Arc::new(Running::default()), None);
        Self { store, desk }
    }

    async fn push(&self, body: Value, how: Push) -> Result<Imported, Vec<Fault>> {
        self.desk.push_deals(&body, how).await.unwrap()
    }

    async fn deal(&self, external_id: &str) -> Deal {
        let deals = self.store.list_deals(None).await.unwrap();
        deals.into_iter().find(|deal| deal.external_id == external_id).unwrap()
    }
}

fn whole() -> Value {
    json!({
        "external_id": 77, "crm": "Dynamics 365", "name": "Northwind line 2", "stage": "Propose", "probability": "60",
        "amount": 1250.5, "currency": "eur", "owner": "Maya Lindqvist", "account": "Northwind Foods",
        "industry": "Manufacturing", "competitors": ["Brixton", " "], "next_step": "Call Jo, +49 30 1234 5678",
        "notes": "Write to jo@northwind.example", "close_on": "2026-12-18", "active_at": "2026-11-20T09:30:00Z",
        "stage_entered_at": "2026-11-02", "url": "https://crm.example/77", "unknown": [1, 2]
    })
}

#[tokio::test]
async fn a_pushed_deal_is_read_in_full_and_belongs_to_its_owner() {
    let office = Office::open().await;
    let done = office.push(json!({ "deals": [whole()] }), Push::Snapshot).await.unwrap();
    assert_eq!((done.summary.new, done.unclaimed.len()), (1, 0));
    let deal = office.deal("77").await;
    assert_eq!(
        (deal.crm, deal.state, deal.rep.clone()),
        (Crm::Dynamics, DealState::Open, Some(email("maya@example.com")))
    );
    assert_eq!((deal.amount_minor, deal.currency.as_deref()), (Some(125_050), Some("EUR")));
    assert_eq!(deal.stages[0].stage, Stage::Proposal);
    assert_eq!(deal.competitors, ["Brixton"]);
    assert_eq!(deal.next_step.as_deref(), Some("Call Jo, [number]"));
    assert_eq!(deal.notes.as_deref(), Some("Write to [address]"));
    assert_eq!(deal.active_at, Some("2026-11-20T09:30:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_snapshot_lets_missing_deals_of_its_own_crm_go_and_a_patch_does_not() {
    let office = Office::open().await;
    let one = |id: &str, crm: &str| json!({ "external_id": id, "crm": crm, "stage": "Proposal" });
    office.push(json!([one("a", "generic"), one("b", "generic"), one("c", "odoo")]), Push::Snapshot).await.unwrap();
    let patch = office.push(json!([one("a", "generic")]), Push::Patch).await.unwrap();
    assert_eq!((patch.summary.unchanged, patch.summary.gone), (1, 0));
    let snapshot = office.push(json!([one("a", "generic")]), Push::Snapshot).await.unwrap();
    assert_eq!(snapshot.summary.gone, 1);
    assert_eq!(office.deal("b").await.state, DealState::Gone);
    assert_eq!(office.deal("c").await.state, DealState::Open);
}

#[tokio::test]
async fn a_patch_changes_only_the_fields_it_names_and_null_empties_one() {
    let office = Office::open().await;
    office.push(json!([whole()]), Push::Snapshot).await.unwrap();
    let patch =
        json!([{ "external_id": "77", "crm": "dynamics", "stage": "Close", "next_step": null, "industry": null }]);
    let done = office.push(patch, Push::Patch).await.unwrap();
    assert_eq!((done.summary.changed, done.summary.moved), (1, 1));
    let deal = office.deal("77").await;
    assert_eq!(deal.name, "Northwind line 2");
    assert_eq!((deal.next_step, deal.industry), (None, None));
    assert_eq!(deal.amount_minor, Some(125_050));
    assert_eq!(deal.previous_stage_label.as_deref(), Some("Propose"));
    assert_eq!(deal.stages[0].stage, Stage::Closing);
    assert_eq!(deal.stage_entered_at, Some(now()), "the day on which the move was seen");
    office.push(json!([{ "external_id": "77", "crm": "dynamics", "state": "won" }]), Push::Patch).await.unwrap();
    assert_eq!(office.deal("77").await.state, DealState::Won);
}

#[tokio::test]
async fn every_fault_names_its_index_and_field_and_keeps_everything_out() {
    let office = Office::open().await;
    let mut wrong = whole();
    for (field, value) in [
        ("close_on", json!("31/12/2026")),
        ("probability", json!(130)),
        ("amount", json!("much")),
        ("currency", json!("euros")),
        ("state", json!("asleep")),
        ("crm", json!("abacus")),
        ("url", json!("javascript:alert(1)")),
        ("notes", json!({ "text": "no" })),
        ("competitors", json!([[]])),
    ] {
        wrong[field] = value;
    }
    let body = json!([whole(), wrong, { "name": "no id" }, 7, whole(), { "external_id": "x" }]);
    let faults = office.push(body, Push::Snapshot).await.unwrap_err();
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for begin in [
        "deals[1].close_on: \"31/12/2026\" is not a day",
        "deals[1].probability: 130 is not a number from 0 to 100",
        "deals[1].amount:",
        "deals[1].currency:",
        "deals[1].state:",
        "deals[1].crm:",
        "deals[1].url:",
        "deals[1].notes:",
        "deals[1].competitors:",
        "deals[2].external_id:",
        "deals[3]: a deal is an object",
        "deals[4].external_id: \"77\"",
        "deals[5].stage:",
    ] {
        assert!(said.iter().any(|text| text.starts_with(begin)), "{begin} is not among {said:#?}");
    }
    assert!(office.store.list_deals(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_is_no_list_or_an_empty_one_is_refused() {
    let office = Office::open().await;
    office.push(json!([whole()]), Push::Snapshot).await.unwrap();
    for body in [json!({}), json!("deals"), json!([]), json!({ "deals": [] })] {
        let faults = office.push(body, Push::Snapshot).await.unwrap_err();
        assert_eq!((faults.len(), faults[0].index), (1, None));
        assert!(faults[0].to_string().starts_with("deals: "));
    }
    assert_eq!(office.deal("77").await.state, DealState::Open);
    assert!(office.deal("77").await.imported_at > days_ago(1));
}

#[tokio::test]
async fn a_deal_keeps_a_stage_whatever_a_patch_puts_in_its_place() {
    let office = Office::open().await;
    office.push(json!([{ "external_id": "1", "stage": "Proposal" }]), Push::Snapshot).await.unwrap();
    for stage in [json!(null), json!(""), json!(" \t"), json!("\u{19}\u{0}"), json!(0), json!([]), json!({})] {
        let faults = office.push(json!([{ "external_id": "1", "stage": stage }]), Push::Patch).await.unwrap_err();
        assert_eq!(faults[0].field, "stage", "{stage}");
        assert_eq!(office.deal("1").await.stage_label, "Proposal");
    }
    office.push(json!([{ "external_id": "1", "stage": null, "stage_id": 7 }]), Push::Patch).await.unwrap();
    assert_eq!(office.deal("1").await.stage_id.as_deref(), Some("7"));
}
