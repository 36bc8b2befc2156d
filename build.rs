//! Writes the commit into a release, for `--version` and `/metrics`. Outside a checkout it is "unknown".
//!
//! Builds for development say "debug" instead, so that a commit alone makes nothing compile again.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RIDEALONG_COMMIT");
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = match std::env::var("RIDEALONG_COMMIT") {
        Ok(given) if !given.is_empty() => given,
        _ if release => from_git().unwrap_or_else(|| "unknown".to_owned()),
        _ => "debug".to_owned(),
    };
    println!("cargo:rustc-env=RIDEALONG_COMMIT={commit}");
}

/// The commit that is checked out, with a plus where files differ from it.
fn from_git() -> Option<String> {
    for place in ["HEAD", "logs/HEAD"] {
        let file = git(&["rev-parse", "--git-path", place])?;
        if Path::new(&file).exists() {
            println!("cargo:rerun-if-changed={file}");
        }
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if changed { commit + "+" } else { commit })
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
