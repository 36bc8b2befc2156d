//! Brings the schema to the newest step.

use super::fault::{Fault, is_away};
use super::sql::MIGRATIONS;
use crate::store::StoreError;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr as _};

/// Where a process that changes the schema keeps the others waiting; engines without advisory locks have row locks.
const MAKE_LOCKS: &str = "CREATE TABLE IF NOT EXISTS locks (name text PRIMARY KEY)";
const ADD_LOCK: &str = "INSERT INTO locks (name) VALUES ('schema') ON CONFLICT (name) DO NOTHING";
const HOLD_LOCK: &str = "SELECT name FROM locks WHERE name = 'schema' FOR UPDATE";

/// Applies the steps that are missing.
///
/// # Errors
/// The database refuses one, or knows steps that this version does not.
pub(super) async fn run(pool: &PgPool, place: &str) -> Result<(), Fault> {
    // Two processes that make the table at once: one of them is refused, and finds it made.
    if sqlx::raw_sql(MAKE_LOCKS).execute(pool).await.is_err() {
        sqlx::raw_sql(MAKE_LOCKS).execute(pool).await.map_err(|error| failed(place, error))?;
    }
    sqlx::query(ADD_LOCK).execute(pool).await.map_err(|error| failed(place, error))?;
    let mut holding = pool.begin().await.map_err(|error| failed(place, error))?;
    sqlx::query(HOLD_LOCK).execute(&mut *holding).await.map_err(|error| failed(place, error))?;
    let steps = MIGRATIONS.iter().map(|(version, description, sql)| {
        Migration::new(*version, (*description).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.set_locking(false);
    let newest = MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or_default();
    migrator.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => Fault::Store(StoreError::Newer {
            place: place.to_owned(),
            found: u32::try_from(found).unwrap_or(u32::MAX),
            known: u32::try_from(newest).unwrap_or(u32::MAX),
        }),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(place, error),
        other => refused(place, &other),
    })?;
    holding.commit().await.map_err(|error| failed(place, error))
}

/// A database that is away can be asked again; anything else is told in words.
fn failed(place: &str, error: sqlx::Error) -> Fault {
    if is_away(&error) { Fault::Sql(error) } else { refused(place, &error) }
}

fn refused(place: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::Store(StoreError::Failed(format!("the schema of {place} cannot be brought up to date: {error}")))
}
