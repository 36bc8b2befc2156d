//! Signatures that a provider would accept, over both unsubscribe headers.

use crate::helpers::{mailing, make};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, Verifier as _};
use mail_parser::MessageParser;
use ridealong::mail::Dkim;
use sha2::{Digest as _, Sha256};

const ED25519: &str = include_str!("../fixtures/mail/dkim-ed25519.txt");
const RSA: &str = include_str!("../fixtures/mail/dkim-rsa.pem");

fn signed(key: &str) -> Vec<u8> {
    let rep = make::rep();
    let mut sender = mailing::sender();
    sender.dkim = Some(Dkim::new("ride", "sales.example", key).unwrap());
    let digest = mailing::digest(&rep, "2026-W48".parse().unwrap());
    let id = sender.message_id(&rep.email, digest.week);
    sender.compose(&rep, &digest, &id, make::now()).unwrap().unwrap().1.bytes
}

/// White space of a header as the relaxed form wants it (RFC 6376, section 3.4.2).
fn relaxed(name: &str, value: &str) -> String {
    let value = value.replace("\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}:{value}\r\n", name.to_lowercase())
}

/// The body as the relaxed form wants it (section 3.4.4).
fn relaxed_body(body: &str) -> String {
    let lines = body.split("\r\n").map(|line| {
        let words: Vec<&str> = line.split([' ', '\t']).collect();
        let mut out = String::new();
        for (at, word) in words.iter().enumerate() {
            if at > 0 && !word.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        out
    });
    let joined = lines.collect::<Vec<_>>().join("\r\n");
    format!("{}\r\n", joined.trim_end_matches("\r\n"))
}

fn tag<'a>(signature: &'a str, name: &str) -> &'a str {
    signature.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

/// The signature's own header, without white space, and what was signed, written anew from the RFC and not by the library that signed.
fn what_was_signed(bytes: &[u8]) -> (String, Vec<u8>) {
    let mail = MessageParser::default().parse(bytes).unwrap();
    let signature = mail.header_raw("DKIM-Signature").unwrap().to_owned();
    let mut hash = Sha256::new();
    for name in tag(&signature.replace("\r\n", ""), "h").split(':') {
        let value = mail.header_raw(name.trim()).unwrap_or_else(|| panic!("{name} is signed but missing"));
        hash.update(relaxed(name.trim(), value));
    }
    let unfolded = signature.replace("\r\n", "");
    let cut = unfolded.rfind("b=").unwrap() + 2;
    hash.update(relaxed("DKIM-Signature", &unfolded[..cut]).trim_end());
    (unfolded.split_whitespace().collect::<String>(), hash.finalize().to_vec())
}

#[test]
fn the_signature_holds_by_the_words_of_the_standard() {
    let bytes = signed(ED25519);
    let (signature, digest) = what_was_signed(&bytes);
    let text = String::from_utf8(bytes).unwrap();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(tag(&signature, "bh"), STANDARD.encode(Sha256::digest(relaxed_body(body))));
    let key = SigningKey::from_bytes(&STANDARD.decode(ED25519.trim()).unwrap().try_into().unwrap());
    let code = Signature::from_slice(&STANDARD.decode(tag(&signature, "b")).unwrap()).unwrap();
    key.verifying_key().verify(&digest, &code).unwrap();
}

#[test]
fn both_unsubscribe_headers_are_signed_by_either_kind_of_key() {
    for (key, algorithm) in [(ED25519, "ed25519-sha256"), (RSA, "rsa-sha256")] {
        let (signature, _) = what_was_signed(&signed(key));
        assert_eq!(
            (tag(&signature, "a"), tag(&signature, "d"), tag(&signature, "s")),
            (algorithm, "sales.example", "ride")
        );
        let covered: Vec<&str> = tag(&signature, "h").split(':').collect();
        for needed in
            ["from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post", "list-id"]
        {
            assert!(covered.contains(&needed), "{needed} is not in {covered:?}");
        }
    }
}

#[test]
fn a_key_that_cannot_sign_is_told_with_the_way_out() {
    let pkcs8 = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";
    for (selector, key, part) in [
        ("ride", pkcs8, "openssl rsa -traditional"),
        ("ride", "nonsense!", "base64"),
        ("a b", ED25519, "not a name of DNS"),
    ] {
        let error = Dkim::new(selector, "sales.example", key).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
