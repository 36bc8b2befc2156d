//! A private PostgreSQL on a Unix socket in a temporary folder. It starts with the first test that needs it, and ends
//! and is cleared away with the test process, however that ends.

use ridealong::store::postgres::PgStore;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
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
  -o "-k $folder -c listen_addresses='' -c fsync=$1 -c max_connections=200" start >>"$folder/log" 2>&1
echo "$folder"
# Every line that comes crashes the server and starts it again.
while read -r _; do
  as "$bin/pg_ctl" -D "$folder/data" -w -m immediate -l "$folder/server.log" restart >>"$folder/log" 2>&1
  echo again
done
"#;

/// A cluster; the one that most promises share ends with the test process, one of a promise's own when it is dropped.
pub struct Cluster {
    folder: PathBuf,
    /// Ends when its input closes.
    keeper: Child,
    said: BufReader<ChildStdout>,
}

impl Cluster {
    /// Starts one that does not wait for the disk, as a test's data need not outlive the machine.
    pub fn start() -> Self {
        Self::start_with("off")
    }

    /// Starts one that waits for the disk (`on`) or does not (`off`).
    pub fn start_with(fsync: &str) -> Self {
        let mut keeper = Command::new("bash");
        keeper.args(["-c", KEEPER, "keeper", fsync]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().expect("bash starts");
        let said = BufReader::new(keeper.stdout.take().expect("the keeper has an output"));
        let mut cluster = Self { folder: PathBuf::new(), keeper, said };
        let line = cluster.hear();
        assert!(!line.is_empty(), "PostgreSQL did not start; scripts/setup installs it");
        cluster.folder = line.into();
        cluster
    }

    /// Ends it as a crash would, and starts it again.
    pub fn crash(&mut self) {
        writeln!(self.keeper.stdin.as_mut().expect("the keeper listens")).expect("the keeper listens");
        assert_eq!(self.hear(), "again");
    }

    /// Where it keeps everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of its database.
    pub fn url(&self) -> String {
        format!("postgres://ride@localhost/postgres?host={}", self.folder().display())
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the keeper speaks");
        line.trim().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Waited for, so that its folder is gone.
        let _ = self.keeper.wait();
    }
}

/// The address of the database that most promises share.
pub fn url() -> String {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).url()
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
