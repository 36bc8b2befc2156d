//! Dates as feeds write them.

use crate::helpers::data;
use ridealong::crawl::dates;

#[test]
fn every_form_of_date_of_a_public_corpus_is_read_or_refused_as_expected() {
    let mut failed = Vec::new();
    for case in data::data_lines("dates.jsonl") {
        let input = case["input"].as_str().expect("a text");
        let found = dates::parse(input).map(|at| at.as_second());
        if found != case["epoch"].as_i64() {
            failed.push(format!("{input:?} is {found:?}, not {}", case["epoch"]));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
