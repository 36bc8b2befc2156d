use crate::model::{Deal, Rep};
use std::collections::{BTreeSet, HashMap};

/// Gives every deal to the rep who claims its owner (address, name or alias, in any case) and returns the owners that
/// nobody claims, sorted, each once. A deal without a claimed owner belongs to nobody.
///
/// Where two reps claim one owner, an address beats a name and a name beats an alias; between equals the first wins.
pub fn claim(deals: &mut [Deal], reps: &[Rep]) -> Vec<String> {
    let claims = claims_of(reps);
    let mut unclaimed = BTreeSet::new();
    for deal in deals {
        let rep = claims.get(&key(&deal.owner)).map(|&index| &reps[index]);
        if rep.is_none() && !deal.owner.trim().is_empty() {
            unclaimed.insert(deal.owner.trim().to_owned());
        }
        deal.rep = rep.map(|rep| rep.email.clone());
    }
    unclaimed.into_iter().collect()
}

/// Every claimed owner in the form of `key`, with the index of the rep.
fn claims_of(reps: &[Rep]) -> HashMap<String, usize> {
    let mut claims = HashMap::new();
    let mut add = |text: &str, index: usize| {
        let key = key(text);
        if !key.is_empty() {
            claims.entry(key).or_insert(index);
        }
    };
    reps.iter().enumerate().for_each(|(index, rep)| add(rep.email.as_str(), index));
    reps.iter().enumerate().for_each(|(index, rep)| add(&rep.name, index));
    for (index, rep) in reps.iter().enumerate() {
        rep.owners.iter().for_each(|alias| add(alias, index));
    }
    claims
}

/// An owner's name as it is compared: lower case, single spaces.
fn key(owner: &str) -> String {
    owner.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
