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
#[path = "support/process.rs"]
mod process;

use helpers::smtp::{Manner, Relay};
use helpers::{mailing, make};
use process::{cpu, resident_kb};
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
        let (before, memory) = (cpu("self"), resident_kb("self", "VmRSS"));
        let sent = job.run(None, Ask::Person).await.unwrap();
        assert!(sent.iter().all(|sending| matches!(sending.outcome, Outcome::Sent { .. })));
        let each = (cpu("self") - before).as_secs_f64() * 1_000.0 / sent.len() as f64;
        println!(
            "week {round}: {} mails, {each:.2} ms CPU each, memory {memory} -> {} KB",
            sent.len(),
            resident_kb("self", "VmRSS")
        );
    }
    assert_eq!(relay.count(), REPS * ROUNDS as usize);
}
