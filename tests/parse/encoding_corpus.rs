//! Encodings of pages that do not say theirs, or say it in strange ways.

use crate::helpers::data;
use base64::Engine as _;
use ridealong::crawl::decode;

#[test]
fn the_encoding_of_a_page_is_found_where_a_browser_finds_it() {
    let mut failed = Vec::new();
    for (at, case) in data::data_lines("encodings.jsonl").iter().enumerate() {
        let data = base64::engine::general_purpose::STANDARD
            .decode(case["data_b64"].as_str().expect("base64"))
            .expect("base64");
        let found = decode::sniff_html(&data, None).name();
        let expected = case["encoding"].as_str().expect("a name");
        if !found.eq_ignore_ascii_case(expected) {
            failed.push(format!("{at} {}: {found}, not {expected}", case["source"]));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
