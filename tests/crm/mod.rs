mod csv;
mod import;
mod large;
mod push;
mod remote;
mod sample;
mod stages;
mod strangers;
mod sync_job;

use ridealong::crm::{Import, Snapshot, Summary};
use ridealong::model::Deal;

/// Lays a whole import over the deals known before: what is to be saved, and the numbers.
fn snapshot(old: Vec<Deal>, mut import: Import) -> (Vec<Deal>, Summary) {
    let deals = std::mem::take(&mut import.deals);
    let mut snapshot = Snapshot::of(&import);
    let mut save = snapshot.lay(old.clone(), deals);
    let missed = old.into_iter().filter(|deal| snapshot.misses(&deal.id, deal.crm, deal.state)).collect();
    save.extend(snapshot.let_go(missed));
    (save, snapshot.summary)
}
