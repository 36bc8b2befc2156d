//! Fetches a wiki in git with the `git` program: shallow, time-limited, never asking anybody for anything.

use super::WikiError;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long one call of git may take.
pub const TIMEOUT: Duration = Duration::from_secs(120);

/// Brings `folder` to the newest state of the repository, cloning it where it is not there yet.
///
/// # Errors
/// What git says, or that it took longer than [`TIMEOUT`].
pub async fn fetch(address: &str, folder: &Path) -> Result<(), WikiError> {
    if address.starts_with('-') {
        return Err(WikiError::Git(format!("{address:?} is no address")));
    }
    let at = folder.to_string_lossy().into_owned();
    if folder.join(".git").exists() {
        run(&["-C", &at, "fetch", "--quiet", "--depth", "1", "origin", "HEAD"]).await?;
        return run(&["-C", &at, "reset", "--quiet", "--hard", "FETCH_HEAD"]).await;
    }
    run(&["clone", "--quiet", "--depth", "1", "--", address, &at]).await
}

async fn run(arguments: &[&str]) -> Result<(), WikiError> {
    let child = Command::new("git")
        .args(["-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "credential.helper="])
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "true")
        .env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| WikiError::Git(format!("the git program does not start: {error}")))?;
    let output = tokio::time::timeout(TIMEOUT, child.wait_with_output())
        .await
        .map_err(|_| WikiError::Git(format!("it took longer than {} seconds", TIMEOUT.as_secs())))?
        .map_err(|error| WikiError::Git(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(WikiError::Git(crate::crawl::text::cut(&crate::crawl::text::one_line(&said), 300)))
}
