//! Files of deals are read as CRMs and people write them, all or nothing.

use crate::helpers::make::now;
use ridealong::crm::Import;
use ridealong::crm::csv::{Companions, CsvOptions, DateOrder, ImportError, read};
use ridealong::crm::stages::StageMap;
use ridealong::model::{Crm, Deal, DealState, Stage};
use std::sync::LazyLock;

fn import_as(bytes: &[u8], dates: Option<DateOrder>) -> Result<Import, ImportError> {
    static MAP: LazyLock<StageMap> = LazyLock::new(StageMap::shipped);
    let companions = Companions::default();
    read(bytes, &CsvOptions { crm: None, dates, now: now(), map: &MAP, companions: &companions })
}

fn import(text: &str) -> Import {
    import_as(text.as_bytes(), None).unwrap()
}

fn only(text: &str) -> Deal {
    let mut import = import(text);
    assert_eq!(import.deals.len(), 1, "{:?}", import.complaints);
    import.deals.remove(0)
}

const HUBSPOT: &str = "\u{feff}\"Record ID\",\"Deal Name\",\"Deal Stage\",Pipeline,Amount,Currency,\"Deal probability\",\"Close Date\",\"Deal owner\",\"Associated Company\",\"Next step\",\"Deal Description\",\"Last Activity Date\"\r\n\
 9001,\"Northwind, line 4\",Contract Sent,Sales,\"48,000.50\",EUR,0.9,2026-12-18 00:00,Maya Lindqvist,Northwind Foods,Call with procurement,\"CFO says too expensive,\nwants 15% off\",2026-11-20 14:30\r\n";

#[test]
fn a_hubspot_export_with_mark_and_quoted_line_break_is_read() {
    let deal = only(HUBSPOT);
    assert_eq!((deal.crm, deal.external_id.as_str()), (Crm::Hubspot, "9001"));
    assert_eq!(deal.name, "Northwind, line 4");
    assert_eq!((deal.amount_minor, deal.currency.as_deref()), (Some(4_800_050), Some("EUR")));
    assert_eq!(deal.probability, Some(90.0), "0.9 in a file of shares is 90 %");
    assert_eq!(deal.notes.as_deref(), Some("CFO says too expensive,\nwants 15% off"));
    assert_eq!(deal.close_on, Some(jiff::civil::date(2026, 12, 18)));
    assert_eq!(deal.active_at, Some("2026-11-20T14:30:00Z".parse().unwrap()));
    assert_eq!((deal.stages[0].stage, deal.stages[1].stage), (Stage::Closing, Stage::Negotiation));
}

#[test]
fn a_salesforce_report_with_its_footer_is_read() {
    let import = import(
        "Opportunity Name,Opportunity ID,Stage,Amount,Probability (%),Close Date,Opportunity Owner,Account Name,Industry,Next Step,Main Competitor(s)\n\
         Harbor pumps,0065g1,Negotiation/Review,\"$125,000\",90%,12/31/2026,Tom Reyes,Harbor Ltd,Manufacturing,Send redlines,\"Apex; Bolt\"\n\
         Grand Totals,,,,,,,,,,\n\
         ,\"Copyright 2026, all rights\",,,,,,,,,\n",
    );
    assert_eq!(import.crm, Crm::Salesforce);
    let deal = &import.deals[0];
    assert_eq!((deal.amount_minor, deal.currency.as_deref()), (Some(12_500_000), Some("USD")));
    assert_eq!((deal.probability, deal.stages[0].stage), (Some(90.0), Stage::Negotiation));
    assert_eq!(deal.competitors, ["Apex", "Bolt"]);
}

#[test]
fn a_pipedrive_export_keeps_persons_out_and_takes_the_status() {
    let import = import(
        "Deal - ID;Deal - Title;Deal - Stage;Deal - Pipeline;Deal - Status;Deal - Value;Deal - Currency of value;Deal - Owner;Deal - Organization;Person - Name;Person - Email;Deal - Expected close date\n\
         7;Kestrel;Proposal Made;Neukunden;Open;1.234,56;EUR;Ana Sousa;Kestrel AG;Eva Beispiel;eva@kestrel.example;31.12.2026\n\
         8;Lost one;Demo Scheduled;Neukunden;Lost;250k;EUR;Ana Sousa;Lynx AG;;;01.12.2026\n",
    );
    assert_eq!(import.crm, Crm::Pipedrive);
    assert_eq!(import.deals[0].amount_minor, Some(123_456));
    assert_eq!(import.deals[1].amount_minor, Some(25_000_000));
    assert_eq!(import.deals[0].close_on, Some(jiff::civil::date(2026, 12, 31)));
    assert_eq!((import.deals[0].state, import.deals[1].state), (DealState::Open, DealState::Lost));
    assert!(!format!("{import:?}").contains("eva@"), "a contact's address must never get in");
}

#[test]
fn a_file_in_windows_1252_is_read() {
    let bytes = b"Deal Name;Deal Stage;Deal owner\nM\xfcller & S\xf6hne;Verhandlung;J\xf6rg\n";
    let import = import_as(bytes, None).unwrap();
    assert_eq!((import.deals[0].name.as_str(), import.deals[0].owner.as_str()), ("Müller & Söhne", "Jörg"));
    assert_eq!(import.deals[0].stages[0].stage, Stage::Negotiation);
    assert!(import.notes.iter().any(|note| note.contains("windows-1252")), "{:?}", import.notes);
}

const HEAD: &str = "Deal Name,Deal Stage,Close Date,Last Activity Date\n";

#[test]
fn one_date_that_can_only_be_read_one_way_decides_for_the_file() {
    let deals = import(&format!("{HEAD}A,Demo,03/04/2027,\nB,Demo,25/12/2026,\n")).deals;
    assert_eq!(deals[0].close_on, Some(jiff::civil::date(2027, 4, 3)));
    let deals = import(&format!("{HEAD}A,Demo,03/04/2027,\nB,Demo,12/25/2026,\n")).deals;
    assert_eq!(deals[0].close_on, Some(jiff::civil::date(2027, 3, 4)));
}

#[test]
fn an_activity_cannot_lie_ahead_so_it_decides_too() {
    let deals = import(&format!("{HEAD}A,Demo,03/04/2027,12/09/2026\n")).deals;
    assert_eq!(deals[0].active_at, Some("2026-09-12T00:00:00Z".parse().unwrap()), "9 December lies ahead");
}

#[test]
fn dates_that_nothing_decides_are_asked_for_with_their_place() {
    let text = format!("{HEAD}A,Demo,03/04/2027,\n");
    let error = import_as(text.as_bytes(), None).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("Close Date") && error.contains("--dates dmy"), "{error}");
    let told = import_as(text.as_bytes(), Some(DateOrder::Mdy)).unwrap();
    assert_eq!(told.deals[0].close_on, Some(jiff::civil::date(2027, 3, 4)));
}

#[test]
fn dates_that_contradict_each_other_import_nothing() {
    let text = format!("{HEAD}A,Demo,25/12/2026,\nB,Demo,12/25/2026,\n");
    let error = import_as(text.as_bytes(), None).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("line 3"), "{error}");
}

#[test]
fn a_bad_cell_is_left_out_with_line_and_column_and_its_deal_stays() {
    let import = import("Deal Name,Deal Stage,Amount,Close Date\nA,Demo,lots,2026-12-01\n\"B\nC\",Demo,5,soon\n");
    assert_eq!(import.deals.len(), 2);
    let complaints: Vec<String> = import.complaints.iter().map(ToString::to_string).collect();
    assert!(
        complaints.iter().any(|text| text.starts_with("line 2, column \"Amount\"") && text.contains("lots")),
        "{complaints:?}"
    );
    assert!(
        complaints.iter().any(|text| text.starts_with("line 3, column \"Close Date\"") && text.contains("soon")),
        "{complaints:?}"
    );
}

#[test]
fn what_is_not_a_file_of_deals_imports_nothing_and_says_why() {
    for (bytes, says) in [
        (&b""[..], "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04\0\0\0\0binary\0", "not text"),
        (b"first,last,phone\nA,B,1\n", "no column for the stage"),
        (b"Deal Name,Deal Stage\n", "no row below"),
        (b"Deal Name,Deal Stage\nA,Demo\n\"B,Demo\nC,Demo\nD,Demo\n", "line 3"),
        (b"Deal Name,Deal Stage\nA,Demo\nB,C,Demo\n", "line 3"),
    ] {
        let error = import_as(bytes, None).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn the_same_id_twice_is_taken_once_and_said() {
    let import = import("Record ID,Deal Name,Deal Stage\n1,A,Demo\n1,A,Demo\n");
    assert_eq!(import.deals.len(), 1);
    assert!(import.complaints[0].to_string().contains("line 2 already"), "{:?}", import.complaints);
}

#[test]
fn addresses_and_phone_numbers_never_get_into_notes() {
    let deal = only(
        "Deal Name,Deal Stage,Notes\nA,Demo,\"Ask eva.b@kestrel.example or +49 (170) 123-4567 about the 250,000 by 2026-12-31\"\n",
    );
    assert_eq!(deal.notes.as_deref(), Some("Ask [address] or [number] about the 250,000 by 2026-12-31"));
}

proptest::proptest! {
    #[test]
    fn no_file_whatever_it_holds_breaks_the_reader(bytes: Vec<u8>, text in "(Deal Name|Deal Stage|Amount|Close Date|[,;\"\n0-9/.a-z€-]){0,60}") {
        let _ = import_as(&bytes, None);
        let _ = import_as(text.as_bytes(), None);
        let _ = import_as(format!("Deal Name,Deal Stage,Amount,Close Date\n{text}").as_bytes(), None);
    }
}
