//! The store that promises are kept with: `RIDEALONG_TEST_STORE=sled|postgres`, and one in memory where nothing is said.
//!
//! Promises about one store alone (its files, its locks) name that store themselves and are the same in every run.

use super::postgres;
use ridealong::store::Store;
use ridealong::store::memory::MemoryStore;
use ridealong::store::postgres::PgStore;
use ridealong::store::recovery::{self, Places};
use ridealong::store::sled::SledStore;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Says where stores may lie, and clears them away when the test process is gone.
const KEEPER: &str = r#"folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; echo "$folder"; cat >/dev/null"#;

#[derive(Clone, Copy, PartialEq)]
enum Chosen {
    Memory,
    Sled,
    Postgres,
}

fn chosen() -> Chosen {
    match std::env::var("RIDEALONG_TEST_STORE").as_deref() {
        Err(_) => Chosen::Memory,
        Ok("sled") => Chosen::Sled,
        Ok("postgres") => Chosen::Postgres,
        Ok(other) => panic!("RIDEALONG_TEST_STORE is sled or postgres, not {other:?}"),
    }
}

/// An empty store.
pub async fn fresh() -> Arc<dyn Store> {
    match chosen() {
        Chosen::Memory => Arc::new(MemoryStore::new()),
        Chosen::Sled => Arc::new(SledStore::open(&fresh_folder()).unwrap()),
        Chosen::Postgres => Arc::new(postgres::fresh().await),
    }
}

/// The store of a folder that the program runs in, while no program does.
pub async fn of_folder(folder: &Path) -> Arc<dyn Store> {
    if chosen() == Chosen::Postgres {
        return Arc::new(PgStore::connect(&postgres::url(), &tenant_of(folder)).await.unwrap());
    }
    let data = folder.join("data");
    recovery::open(&Places::within(&data, &data.join("store")), jiff::Timestamp::now()).await.unwrap().store
}

/// Tells a program that will run in this folder which store to take; the program's own is the one of its folder.
pub fn tell(command: &mut Command, folder: &Path) {
    if chosen() == Chosen::Postgres {
        command.env("RIDEALONG_STORE", postgres::url()).env("RIDEALONG_TENANT", tenant_of(folder));
    }
}

fn tenant_of(folder: &Path) -> String {
    folder.to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

fn fresh_folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static PLACE: OnceLock<(PathBuf, Child)> = OnceLock::new();
    let (place, _) = PLACE.get_or_init(|| {
        let mut keeper = Command::new("bash");
        keeper.args(["-c", KEEPER]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().expect("bash starts");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).expect("the keeper speaks");
        (line.trim().into(), keeper)
    });
    place.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string())
}
