//! Signed links: only what this installation signed, only for whom it was signed, only in its time.

use crate::helpers::{mailing, make};
use jiff::SignedDuration;
use proptest::prelude::*;
use ridealong::model::*;
use ridealong::render::signed::{ANSWER_LIFE, LinkClaim, LinkKey, LinkRefused, Offer, sign, verify};

fn offers() -> Vec<Offer> {
    let post = PostId::of(&SourceId::new("blog"), "p1");
    let deal = DealId::of(Crm::Hubspot, "1");
    vec![
        Offer::Unsubscribe,
        Offer::Try(post.clone(), deal.clone()),
        Offer::Useful(post.clone(), deal.clone()),
        Offer::NotForMe(post.clone(), deal.clone()),
        Offer::Snooze(deal),
        Offer::MuteSource(post),
    ]
}

fn claim(offer: Offer) -> LinkClaim {
    LinkClaim { rep: make::email("maya@example.com"), offer, expires_at: Some(make::now() + ANSWER_LIFE) }
}

#[test]
fn a_signed_link_opens_what_it_was_signed_for_until_it_expires() {
    for offer in offers() {
        let claim = claim(offer);
        let text = sign(&mailing::key(), &claim);
        assert!(
            text.len() <= 120 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
            "{text}"
        );
        assert_eq!(verify(&mailing::key(), &text, make::now()), Ok(claim.clone()));
        let end = claim.expires_at.unwrap();
        assert_eq!(verify(&mailing::key(), &text, end - SignedDuration::from_secs(1)), Ok(claim));
        assert_eq!(verify(&mailing::key(), &text, end), Err(LinkRefused::Expired));
    }
}

#[test]
fn an_unsubscribe_link_never_expires() {
    let claim = LinkClaim { rep: make::email("maya@example.com"), offer: Offer::Unsubscribe, expires_at: None };
    let text = sign(&mailing::key(), &claim);
    assert_eq!(verify(&mailing::key(), &text, jiff::Timestamp::MAX), Ok(claim));
}

#[test]
fn a_link_of_another_installation_or_with_one_character_changed_opens_nothing() {
    for offer in offers() {
        let text = sign(&mailing::key(), &claim(offer));
        assert_eq!(verify(&LinkKey::new("another key"), &text, make::now()), Err(LinkRefused::Broken));
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(verify(&mailing::key(), &changed, make::now()), Err(LinkRefused::Broken), "{changed}");
            assert_eq!(verify(&mailing::key(), &text[..at], make::now()), Err(LinkRefused::Broken));
        }
    }
}

#[test]
fn the_longest_address_and_ids_of_any_form_come_back_whole() {
    let rep = make::email(&format!("{}@{}.example", "a".repeat(64), "b".repeat(180)));
    let offer = Offer::Try(PostId::new("not-hexadecimal"), DealId::new("0aF"));
    let claim = LinkClaim { rep, offer, expires_at: None };
    assert_eq!(verify(&mailing::key(), &sign(&mailing::key(), &claim), make::now()), Ok(claim));
}

proptest! {
    #[test]
    fn any_text_at_all_is_refused_without_harm(text in ".{0,1200}") {
        prop_assert_eq!(verify(&mailing::key(), &text, make::now()), Err(LinkRefused::Broken));
    }
}
