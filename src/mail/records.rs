//! What a domain says about its mail in DNS, and what is missing. Pure: texts of TXT records in, findings out.
//!
//! The rules are those of RFC 7208 (SPF), RFC 6376 (DKIM) and RFC 7489 (DMARC), as far as they can be told without
//! knowing which machines the relay sends from.

use super::dns::Texts;
use crate::model::Finding;

/// A domain that asks for nothing (`p=none`) is only watched.
const WATCHED: &str = "none";

/// What the TXT records at the domain itself say of SPF.
pub fn spf(domain: &str, found: &Texts) -> Finding {
    let records: Vec<&String> = match found {
        Texts::Found(texts) => texts.iter().filter(|text| is_version(text, "v=spf1")).collect(),
        Texts::Unknown(cause) => return unknown("SPF", domain, cause),
    };
    match records.as_slice() {
        [] => missing(
            "SPF",
            format!(
                "{domain} has no SPF record; publish a TXT record there that names your relay, like \"v=spf1 include:RELAY -all\""
            ),
        ),
        [one] => match last_word(one) {
            "+all" | "all" => {
                missing("SPF", format!("the SPF record of {domain} lets every machine send; end it with -all or ~all"))
            }
            _ => good("SPF", format!("{domain} says {}; make sure that it names your relay", shown(one))),
        },
        many => missing(
            "SPF",
            format!("{domain} has {} SPF records, and providers then take none; put them into one", many.len()),
        ),
    }
}

/// What `SELECTOR._domainkey.DOMAIN` says; without a selector the relay signs under a name that only it knows.
pub fn dkim(name: &str, found: &Texts) -> Finding {
    let texts = match found {
        Texts::Found(texts) => texts,
        Texts::Unknown(cause) => return unknown("DKIM", name, cause),
    };
    let key = texts.iter().find_map(|text| tag(text, "p"));
    match key {
        Some("") => {
            missing("DKIM", format!("the key at {name} was withdrawn; publish the new one, or sign with another"))
        }
        Some(_) => good("DKIM", format!("a key is published at {name}")),
        None => missing(
            "DKIM",
            format!("no key is published at {name}; put a TXT record \"v=DKIM1; k=rsa; p=PUBLIC KEY\" there"),
        ),
    }
}

/// The finding where Ridealong does not sign.
pub fn dkim_of_the_relay(domain: &str) -> Finding {
    Finding {
        what: "DKIM".to_owned(),
        good: None,
        said: format!(
            "the relay has to sign, because no key is set: look into the test mail for a DKIM-Signature with d={domain}; \
             where there is none, set dkim-selector and dkim-key-file"
        ),
    }
}

/// What `_dmarc.DOMAIN` says, or the record of the domain above it where a company has one for all.
pub fn dmarc(domain: &str, found: &Texts, above: Option<(&str, &Texts)>) -> Finding {
    let record = |found: &Texts| match found {
        Texts::Found(texts) => texts.iter().find(|text| is_version(text, "v=DMARC1")).cloned(),
        Texts::Unknown(_) => None,
    };
    if let Texts::Unknown(cause) = found {
        return unknown("DMARC", &format!("_dmarc.{domain}"), cause);
    }
    let held = record(found).map(|text| (domain, text));
    let held = held.or_else(|| above.and_then(|(name, found)| Some((name, record(found)?))));
    match held {
        None => missing(
            "DMARC",
            format!(
                "_dmarc.{domain} has no record; publish a TXT record there, to begin with \"v=DMARC1; p=none; rua=mailto:you@{domain}\""
            ),
        ),
        Some((name, text)) => match tag(&text, "p") {
            None => missing(
                "DMARC",
                format!("the record at _dmarc.{name} says no p=; add p=none, p=quarantine or p=reject"),
            ),
            Some(policy) if policy.eq_ignore_ascii_case(WATCHED) => good(
                "DMARC",
                format!(
                    "_dmarc.{name} says p=none: forged mail is only counted; p=quarantine keeps it out once yours all passes"
                ),
            ),
            Some(policy) => good("DMARC", format!("_dmarc.{name} says p={}", shown(policy))),
        },
    }
}

/// Whether a record is of this version; what follows the word is a space, a semicolon, or nothing.
fn is_version(text: &str, version: &str) -> bool {
    let text = text.trim_start();
    text.get(..version.len()).is_some_and(|start| start.eq_ignore_ascii_case(version))
        && text[version.len()..].chars().next().is_none_or(|next| next == ' ' || next == ';')
}

fn last_word(text: &str) -> &str {
    text.split_whitespace().next_back().unwrap_or_default()
}

/// The value of a tag in a list like `v=DKIM1; p=...`.
fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(';')
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

/// Text from DNS as it may stand in a sentence.
fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    text.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}

fn good(what: &str, said: String) -> Finding {
    Finding { what: what.to_owned(), good: Some(true), said }
}

fn missing(what: &str, said: String) -> Finding {
    Finding { what: what.to_owned(), good: Some(false), said }
}

fn unknown(what: &str, name: &str, cause: &str) -> Finding {
    Finding { what: what.to_owned(), good: None, said: format!("{name} could not be looked up: {}", shown(cause)) }
}
