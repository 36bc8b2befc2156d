//! What packages install beside the binary is made from the command line itself.

use crate::helpers::program::{out, run};
use std::path::Path;

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = out(&run(Path::new("."), &["completions", shell]));
        for command in ["serve", "doctor", "store", "--public-url"] {
            let word = command.trim_start_matches('-');
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["man", "man1"]).status.success());
    for page in ["ridealong.1", "ridealong-serve.1", "ridealong-store-backup.1", "ridealong-doctor.1"] {
        let text = std::fs::read_to_string(folder.path().join("man1").join(page)).unwrap();
        assert!(text.contains(".TH") && text.contains("ridealong"), "{page}");
    }
    let page = out(&run(folder.path(), &["man"]));
    assert!(page.contains("SYNOPSIS") && page.contains(r"\-\-public\-url"), "{page}");
}

#[test]
fn the_version_names_the_commit() {
    let said = out(&run(Path::new("."), &["--version"]));
    let version = env!("CARGO_PKG_VERSION");
    let commit = said.trim().strip_prefix(&format!("ridealong {version} (")).and_then(|rest| rest.strip_suffix(')'));
    assert!(commit.is_some_and(|commit| !commit.is_empty()), "{said}");
}
