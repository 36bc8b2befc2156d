use std::process::{Command, Stdio};
use std::time::Duration;

/// The most memory that the process may ever hold while servers do their worst, in kB.
const PEAK_KB_MAX: u64 = 150 * 1024;

/// The peak of a running process in kB; none where the system does not tell or the process has ended.
fn peak_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[test]
fn memory_stays_below_150_mb_through_everything_that_hostile_servers_do() {
    // In a process of its own, so that nothing else counts.
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["net::hostile::", "net::http2::", "crawl::hostile::", "--test-threads=4"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let ended = loop {
        peak = peak_kb(child.id()).map_or(peak, |now| now.max(peak));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    println!("peak {peak} kB");
    assert!(ended.success());
    assert!(peak < PEAK_KB_MAX, "{peak} kB");
}
