//! The real binary, run as a person would.

use super::stores;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary with nothing of our own environment that would change what it does.
pub fn ridealong() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ridealong"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RIDEALONG_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG");
    command
}

/// The same in a folder, with the store that the promises are kept with.
pub fn ridealong_in(folder: &Path) -> Command {
    let mut command = ridealong();
    command.current_dir(folder);
    stores::tell(&mut command, folder);
    command
}

/// Runs it in a folder with these arguments until it ends.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    ridealong_in(folder).args(arguments).output().unwrap()
}

/// What it wrote to standard output.
pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it wrote to standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The address at which a `serve` answers, once it does.
pub fn base_of(serving: &Running) -> String {
    let line = serving.lines_until("Ridealong is at", Duration::from_secs(180)).pop().unwrap();
    line.trim_start_matches("Ridealong is at ").trim_end_matches('/').to_owned()
}

/// A running `serve` or `demo`; killed where a test forgets it.
pub struct Running {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Running {
    /// Starts it; standard output is read line by line.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = ridealong_in(folder);
        command.args(arguments).stderr(Stdio::null());
        Self::spawned(command)
    }

    fn spawned(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// Runs a command that ends in the program.
    pub fn of(mut command: Command) -> Self {
        command.stderr(Stdio::null());
        Self::spawned(command)
    }

    /// Starts it with its log in a file, and with these variables.
    pub fn start_logged(folder: &Path, arguments: &[&str], log: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = ridealong_in(folder);
        command.args(arguments).envs(variables.iter().copied());
        Self::logged(command, log)
    }

    /// Runs a command that ends in the program, with its log in a file.
    pub fn logged(mut command: Command, log: &Path) -> Self {
        command.stderr(std::fs::File::create(log).unwrap());
        Self::spawned(command)
    }

    /// The lines up to and including the one that begins like this.
    pub fn lines_until(&self, beginning: &str, within: Duration) -> Vec<String> {
        let until = Instant::now() + within;
        let mut seen = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            let found = line.starts_with(beginning);
            seen.push(line);
            if found {
                return seen;
            }
        }
        panic!("no line beginning with {beginning:?} within {within:?}; seen: {seen:#?}");
    }

    /// Ends it without a warning (SIGKILL).
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end by SIGTERM and waits; returns its exit code.
    pub fn stop(mut self, within: Duration) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let until = Instant::now() + within;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("still running {within:?} after SIGTERM");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
