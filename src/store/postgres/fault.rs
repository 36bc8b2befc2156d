//! What may go wrong between us and the database, and which of it is tried again.

use crate::store::StoreError;
use std::time::Duration;

/// Tries of one write or read: with the waits below about eight seconds, enough for a restart of the database.
const TRIES_MAX: u32 = 14;
/// The wait after the first failure, in milliseconds; each further one is twice as long.
const WAIT_FIRST_MS: u64 = 10;
/// The longest wait between two tries, in milliseconds.
const WAIT_MAX_MS: u64 = 1_000;

/// Serialisation failures and deadlocks: nothing was done, and the same again may work (SQLSTATE 40001, 40P01).
const UNDONE: [&str; 2] = ["40001", "40P01"];
/// The database is going down, coming up, or full of connections (SQLSTATE classes 57P and 53300).
const AWAY: [&str; 5] = ["57P01", "57P02", "57P03", "57P05", "53300"];
/// No room on its disk (SQLSTATE 53100).
const DISK_FULL: &str = "53100";

/// Why a statement or a transaction did not work.
#[derive(Debug)]
pub(super) enum Fault {
    /// It was not done, as far as is known at all.
    Sql(sqlx::Error),
    /// The connection broke while it was being made durable: it may have been done.
    Unsure(sqlx::Error),
    /// Something of our own.
    Store(StoreError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Sql(error) | Fault::Unsure(error) if code(&error).as_deref() == Some(DISK_FULL) => StoreError::Full,
            Fault::Sql(error) | Fault::Unsure(error) if is_away(&error) => {
                StoreError::Failed(format!("the database does not answer; what was asked can be asked again ({error})"))
            }
            Fault::Sql(error) | Fault::Unsure(error) => StoreError::Failed(format!("the database says: {error}")),
        }
    }
}

/// Whether something may be done twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Doing it twice is as good as once.
    Harmless,
    /// Only where it is certain that nothing was done.
    OnlyIfUndone,
}

/// Does something until it works or there is no hope.
///
/// # Errors
/// The last fault.
pub(super) async fn retry<T, F>(again: Again, attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, Fault>> + Send,
{
    Ok(insist(again, attempt).await?)
}

/// The same where the caller has its own words for the fault.
///
/// # Errors
/// The last fault.
pub(super) async fn insist<T, F>(again: Again, mut attempt: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>> + Send,
{
    let mut tries = 1;
    loop {
        let fault = match attempt().await {
            Ok(done) => return Ok(done),
            Err(fault) => fault,
        };
        let hopeful = match &fault {
            Fault::Store(_) => false,
            Fault::Unsure(_) => again == Again::Harmless,
            Fault::Sql(error) => is_undone(error) || is_away(error),
        };
        if !hopeful || tries == TRIES_MAX {
            return Err(fault);
        }
        let wait = (WAIT_FIRST_MS << tries.min(10)).min(WAIT_MAX_MS);
        // Two writers that met must not meet again.
        let wait = wait / 2 + rand::random_range(0..=wait / 2);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        tries += 1;
    }
}

/// Ends a transaction. A refusal of the database is certain; a broken connection is not.
pub(super) async fn commit(transaction: sqlx::Transaction<'_, sqlx::Postgres>) -> Result<(), Fault> {
    transaction.commit().await.map_err(|error| if is_undone(&error) { Fault::Sql(error) } else { Fault::Unsure(error) })
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

fn is_undone(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| UNDONE.contains(&code.as_str()))
}

pub(super) fn is_away(error: &sqlx::Error) -> bool {
    match code(error) {
        Some(code) => AWAY.contains(&code.as_str()),
        None => matches!(
            error,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed
        ),
    }
}
