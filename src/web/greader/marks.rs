//! What a rep marked as read in a reader.

use crate::model::ReadMarks;
use crate::store::Record;
use crate::web::api_tokens::Asker;
use crate::web::context::App;
use crate::web::error::{Error, Result};
use std::collections::HashSet;

/// Marks of one rep that are kept; the oldest go first.
const MARKS_MAX: usize = 20_000;
/// How often two readers that mark at once are let try again.
const TRIES_MAX: usize = 20;

/// The numbers of the items that the rep marked as read.
pub(super) async fn read_by(app: &App, asker: &Asker) -> Result<HashSet<u64>> {
    let marks = app.store().find_marks(&asker.rep.email).await?;
    Ok(marks.map(|marks| marks.read.into_iter().collect()).unwrap_or_default())
}

/// Marks items as read, or takes that back, without losing what another reader marks meanwhile.
pub(super) async fn mark(app: &App, asker: &Asker, numbers: &[u64], adds: bool) -> Result<()> {
    let changed: HashSet<u64> = numbers.iter().copied().collect();
    for _ in 0..TRIES_MAX {
        let held = app.store().find_marks(&asker.rep.email).await?;
        let mut read = held.as_ref().map(|marks| marks.read.clone()).unwrap_or_default();
        read.retain(|number| !changed.contains(number));
        if adds {
            read.extend(&changed);
        }
        read.drain(..read.len().saturating_sub(MARKS_MAX));
        let new = Record::ReadMarks(ReadMarks { rep: asker.rep.email.clone(), read });
        let held = held.map(Record::ReadMarks);
        if app.store().swap_record(&new.key(), held.as_ref(), Some(new)).await? {
            return Ok(());
        }
    }
    Err(Error::Conflict("several readers mark at once; try again in a moment".into()))
}
