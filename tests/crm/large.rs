//! An import of any size ends as a small one does, and never stands in memory as a whole.

use super::import::import;
use crate::helpers::make::{deal, now, rep};
use jiff::SignedDuration;
use ridealong::clock::FixedClock;
use ridealong::crm::csv::{Companions, CsvOptions, Export};
use ridealong::crm::stages::StageMap;
use ridealong::crm::{Import, Snapshot};
use ridealong::desk::Desk;
use ridealong::model::{Deal, DealState};
use ridealong::store::memory::MemoryStore;
use ridealong::store::{Record, Store};
use std::sync::Arc;

/// More than one write takes.
const MANY: usize = 5_300;

fn deals(from: usize) -> Vec<Deal> {
    (from..MANY).map(|number| Deal { owner: "Maya Lindqvist".to_owned(), ..deal(&format!("d{number}")) }).collect()
}

#[tokio::test]
async fn a_large_import_is_a_full_snapshot_like_a_small_one() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let desk = Desk::new(Arc::clone(&store), Arc::new(FixedClock::new(now())), Arc::default(), None);
    let first = desk.import_deals(import(deals(0))).await.unwrap();
    assert_eq!((first.summary.new, first.summary.gone), (MANY, 0));
    assert_eq!(first.unclaimed, ["Maya Lindqvist"]);
    // Now somebody claims them, and two are not in the file any more: places change, nothing stands twice.
    store.save(Record::Rep(rep())).await.unwrap();
    let second = desk.import_deals(import(deals(2))).await.unwrap();
    assert_eq!((second.summary.new, second.summary.unchanged, second.summary.gone), (0, MANY - 2, 2));
    let kept = store.list_deals(None).await.unwrap();
    assert_eq!(kept.len(), MANY);
    assert!(kept.iter().all(|deal| deal.rep.as_ref() == Some(&rep().email)));
    assert_eq!(kept.iter().filter(|deal| deal.state == DealState::Gone).count(), 2);
}

#[tokio::test]
async fn a_file_is_laid_over_the_store_row_by_row() {
    let mut file = String::from("Record ID,Deal Name,Deal Stage,Deal owner\n");
    (0..1_500).for_each(|row| file.push_str(&format!("{row},Deal {row},Contract Sent,Maya Lindqvist\n")));
    file.push_str("7,Deal 7 again,Contract Sent,Maya Lindqvist\n");
    let (map, companions) = (StageMap::shipped(), Companions::default());
    let options = CsvOptions { crm: None, dates: None, now: now(), map: &map, companions: &companions };
    let export = Export::open(file.as_bytes(), options).unwrap();
    let mut reading = export.deals();
    assert_eq!(reading.by_ref().filter(Result::is_ok).count(), 1_500);
    let about: Import = reading.finish().unwrap();
    assert_eq!((about.rows, about.deals.len(), about.complaints.len()), (1_501, 0, 1));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let clock = Arc::new(FixedClock::new(now() + SignedDuration::from_hours(1)));
    let desk = Desk::new(Arc::clone(&store), clock, Arc::default(), None);
    let mut laying = desk.begin_import().await.unwrap();
    laying.lay_all(Snapshot::of(&about), export.deals().filter_map(Result::ok)).await.unwrap();
    assert_eq!(laying.finish().await.unwrap().summary.new, 1_500);
    assert_eq!(store.list_deals(None).await.unwrap().len(), 1_500);
}
