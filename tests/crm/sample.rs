//! A public sample of 8,800 opportunities imports whole.

use crate::helpers::make::now;
use ridealong::crm::csv::{Companions, CsvOptions, read};
use ridealong::crm::stages::StageMap;
use ridealong::model::DealState;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    let data = std::env::var("RIDEALONG_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    Some(PathBuf::from(data).join("crm")).filter(|folder| folder.is_dir())
}

#[test]
fn deals_per_agent_and_stage_are_those_of_an_independent_count() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("sales_pipeline.csv")).unwrap();
    let side = |name: &str| std::fs::read(folder.join(name)).ok();
    let companions = Companions::read(side("accounts.csv").as_deref(), side("products.csv").as_deref());
    let map = StageMap::shipped();
    let import =
        read(&bytes, &CsvOptions { crm: None, dates: None, now: now(), map: &map, companions: &companions }).unwrap();

    // The file has neither quotes nor separators inside cells, so splitting lines counts it independently.
    let text = String::from_utf8(bytes).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut counted: BTreeMap<(String, String), usize> = BTreeMap::new();
    rows.iter().for_each(|row| *counted.entry((row[1].to_owned(), row[4].to_owned())).or_default() += 1);
    let mut read: BTreeMap<(String, String), usize> = BTreeMap::new();
    import.deals.iter().for_each(|deal| *read.entry((deal.owner.clone(), deal.stage_label.clone())).or_default() += 1);
    assert_eq!(read, counted);

    let said = |line: usize, words: &str| {
        import.complaints.iter().any(|complaint| complaint.line == line as u64 && complaint.text.contains(words))
    };
    for (at, row) in rows.iter().enumerate() {
        let open = !matches!(row[4], "Won" | "Lost");
        assert_eq!(said(at + 2, "no account"), open && row[3].is_empty(), "line {}", at + 2);
        assert_eq!(said(at + 2, "no date"), open && row[5].is_empty(), "line {}", at + 2);
        assert_eq!(said(at + 2, "\"GTX Pro\""), row[2] == "GTXPro", "line {}", at + 2);
    }
    assert!(import.complaints.iter().any(|complaint| complaint.text.contains("technolgy")));
    assert!(import.deals.iter().any(|deal| deal.industry.as_deref() == Some("technology")));
    let open = import.deals.iter().filter(|deal| deal.state == DealState::Open);
    assert!(open.clone().count() == 2_089 && open.clone().all(|deal| !deal.stages.is_empty()));
}
