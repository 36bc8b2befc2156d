//! The weekly mail of a thousand reps: rendered, written and handed to a relay on loopback.
//!
//! `cargo bench --bench weekly_mail` prints CPU time a mail and the memory before and after. The promise is below 20 ms
//! of CPU each, and memory that does not grow with the number of mails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement prints, and fails loudly"
)]

#[path = "../tests/helpers/mod.rs"]
#[allow(dead_code, reason = "the promises use the rest")]
mod helpers;

use helpers::smtp::{Manner, Relay};
use helpers::{mailing, make};
use ridealong::jobs::send_digests::{Ask, Outcome};
use ridealong::mail::Mailer;
use ridealong::model::Rep;
use std::sync::Arc;

const REPS: usize = 1_000;
const ROUNDS: u32 = 3;

#[tokio::main]
async fn main() {
    let relay = Relay::start(Manner { forgets: true, ..Manner::default() }).await;
    let mailer = Mailer::Smtp(Arc::new(ridealong::mail::Relay::new(&relay.url("per_second=10000&tls=none")).unwrap()));
    let reps: Vec<Rep> =
        (0..REPS).map(|n| Rep::new(make::email(&format!("rep{n}@example.com")), format!("Rep {n}"))).collect();
    let (job, clock) = mailing::job(mailer, make::now(), &reps).await;
    for round in 0..ROUNDS {
        clock.set(make::now() + jiff::SignedDuration::from_hours(i64::from(round) * 24 * 7));
        let (cpu, memory) = (cpu_ms(), memory_kb());
        let sent = job.run(None, Ask::Person).await.unwrap();
        assert!(sent.iter().all(|sending| matches!(sending.outcome, Outcome::Sent { .. })));
        let each = (cpu_ms() - cpu) / f64::from(u32::try_from(sent.len()).unwrap());
        println!("week {round}: {} mails, {each:.2} ms CPU each, memory {memory} -> {} KB", sent.len(), memory_kb());
    }
    assert_eq!(relay.count(), REPS * ROUNDS as usize);
}

/// CPU time of this process, the relay included, in milliseconds (clock ticks of 10 ms).
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<f64>().unwrap() * 10.0).sum()
}

/// Resident memory of this process in KB.
fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
