//! What was wrong with a document, in sentences.

use super::xml::Damage;

/// One sentence for each kind of damage.
pub(super) fn of_damage(damage: &Damage, undeclared_prefix: bool) -> Vec<String> {
    let all = [
        (damage.junk_before, "there was something before the XML prolog; it was skipped"),
        (damage.bare_ampersand, "an & that begins no reference was read as it stands"),
        (damage.html_entity, "HTML's names for characters (such as &nbsp;) were decoded; XML does not know them"),
        (damage.stray_less_than, "a < that begins no tag was read as text"),
        (damage.unclosed_tag, "an element without its end tag was closed"),
        (damage.stray_end, "an end tag without its element was skipped"),
        (damage.bad_attribute, "a broken attribute was repaired"),
        (damage.truncated, "the document ends too early; what was there was read"),
        (undeclared_prefix, "a namespace prefix that is not declared was read by its usual meaning"),
    ];
    all.iter().filter(|(seen, _)| *seen).map(|(_, note)| (*note).to_owned()).collect()
}
