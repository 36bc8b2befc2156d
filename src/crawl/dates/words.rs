//! The words in dates: months, weekdays, zones.

use jiff::civil::Weekday;

/// Beginnings of month names, lower-cased, longest rules first where two languages differ.
const MONTHS: &[(&str, i8)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("ιαν", 1),
    ("feb", 2),
    ("fev", 2),
    ("fév", 2),
    ("fevr", 2),
    ("φεβ", 2),
    ("mars", 3),
    ("mar", 3),
    ("mär", 3),
    ("maer", 3),
    ("mrz", 3),
    ("μάρ", 3),
    ("μαρ", 3),
    ("márc", 3),
    ("maart", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("ápr", 4),
    ("απρ", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("máj", 5),
    ("mei", 5),
    ("μάι", 5),
    ("μαι", 5),
    ("μαϊ", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("jún", 6),
    ("ιούν", 6),
    ("ιον", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("júl", 7),
    ("ιούλ", 7),
    ("ιολ", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("αύγ", 8),
    ("αυγ", 8),
    ("sep", 9),
    ("set", 9),
    ("sze", 9),
    ("σεπ", 9),
    ("oct", 10),
    ("okt", 10),
    ("out", 10),
    ("ott", 10),
    ("οκτ", 10),
    ("nov", 11),
    ("νοέ", 11),
    ("νοε", 11),
];
const DECEMBER: &[&str] = &["dec", "dez", "dic", "déc", "δεκ"];

const WEEKDAYS: &[&str] = &[
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mer", "jeu", "ven", "sam", "dim", "mié", "mie", "jue",
    "vie", "sáb", "sab", "dom", "die", "mit", "don", "fre", "son", "κυρ", "δευ", "τρι", "τετ", "πεμ",
];

/// The month that a lower-cased word begins like.
pub(super) fn month(word: &str) -> Option<i8> {
    if word.chars().count() < 3 || !word.chars().all(char::is_alphabetic) {
        return None;
    }
    if DECEMBER.iter().any(|start| word.starts_with(start)) {
        return Some(12);
    }
    MONTHS.iter().find(|(start, _)| word.starts_with(start)).map(|(_, month)| *month)
}

/// The weekday that a lower-cased English word is, in full or in three letters.
pub(super) fn english_weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let is = |name: &str| word == name || word == &name[..3] || word.len() >= 4 && name.starts_with(word);
    DAYS.iter().find(|(name, _)| is(name)).map(|(_, day)| *day)
}

/// Whether a lower-cased word begins like a weekday.
pub(super) fn is_weekday(word: &str) -> bool {
    WEEKDAYS.iter().any(|start| word.starts_with(start)) || matches!(word, "παρ" | "σαβ" | "σάβ")
}

/// Minutes east of UTC of a zone's short name, whatever its case. US names without S or D mean standard time.
pub(super) fn zone_minutes(name: &str) -> Option<i32> {
    let hours_and_minutes = match name.to_ascii_uppercase().as_str() {
        "GMT" | "UTC" | "UT" | "Z" | "WET" | "ETC/GMT" | "ETC/UTC" => (0, 0),
        "BST" | "WEST" | "CET" | "MET" | "MEZ" => (1, 0),
        "CEST" | "MEST" | "MESZ" | "EET" | "SAST" => (2, 0),
        "EEST" | "MSK" => (3, 0),
        "IST" => (5, 30),
        "SGT" | "HKT" | "AWST" => (8, 0),
        "JST" | "KST" => (9, 0),
        "AEST" => (10, 0),
        "AEDT" => (11, 0),
        "NZST" => (12, 0),
        "NZDT" => (13, 0),
        "NST" => (-3, -30),
        "ADT" | "BRT" => (-3, 0),
        "AT" | "AST" | "EDT" => (-4, 0),
        "ET" | "EST" | "CDT" => (-5, 0),
        "CT" | "CST" | "MDT" => (-6, 0),
        "MT" | "MST" | "PDT" => (-7, 0),
        "PT" | "PST" | "AKDT" => (-8, 0),
        "AKST" => (-9, 0),
        "HST" => (-10, 0),
        _ => return None,
    };
    Some(hours_and_minutes.0 * 60 + hours_and_minutes.1)
}
