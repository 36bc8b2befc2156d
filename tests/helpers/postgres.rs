//! A private PostgreSQL on a Unix socket in a temporary folder. It starts with the first test that needs it, and ends
//! and is cleared away with the test process, however that ends.

use ridealong::store::postgres::PgStore;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Starts the cluster, says so, and waits until the test process is gone. PostgreSQL refuses to run as root.
const KEEPER: &str = r#"
set -eu
folder=$(mktemp -d); bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
as() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi; }
if [ "$(id -u)" -eq 0 ]; then chown postgres: "$folder"; fi
trap 'as "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
cd "$folder"
as "$bin/initdb" -D "$folder/data" -A trust -U ride -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1
as "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" \
  -o "-k $folder -c listen_addresses='' -c fsync=off -c max_connections=200" start >>"$folder/log" 2>&1
echo "$folder"
cat >/dev/null
"#;

/// The cluster of this test process.
struct Cluster {
    folder: PathBuf,
    /// Ends when its input closes, which it does with the test process.
    _keeper: Child,
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let mut keeper = Command::new("bash")
            .args(["-c", KEEPER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash starts");
        let mut line = String::new();
        let output = keeper.stdout.take().expect("the keeper has an output");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).expect("the keeper speaks");
        assert!(!line.trim().is_empty(), "PostgreSQL did not start; scripts/setup installs it");
        Cluster { folder: line.trim().into(), _keeper: keeper }
    })
}

/// The address of the cluster's database.
pub fn url() -> String {
    format!("postgres://ride@localhost/postgres?host={}", cluster().folder.display())
}

/// A name that no other test uses.
pub fn fresh_tenant() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("tenant-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An empty store: a tenant of its own.
pub async fn fresh() -> PgStore {
    PgStore::connect(&url(), &fresh_tenant()).await.expect("the private PostgreSQL can be reached")
}
