//! What the process knows of itself, read from `/proc` where there is one.

use super::{Gauge, Registry, Seconds, Unit, gauge};
use std::fs;

/// Bytes of a page of memory; every Linux that we build for has this.
const PAGE_BYTES: u64 = 4_096;
/// Clock ticks a second in `/proc/self/stat` (sysconf(_SC_CLK_TCK) is 100 on Linux).
const TICKS_A_SECOND: f64 = 100.0;

/// Gauges of the process.
#[derive(Default)]
pub(super) struct Gauges {
    memory: Gauge,
    files: Gauge,
    cpu: Seconds,
    tasks: Gauge,
}

impl Gauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "resident_memory",
            "Memory that the process holds",
            Unit::Bytes,
            self.memory.clone(),
        );
        registry.register("open_files", "Files and sockets that the process holds open", self.files.clone());
        registry.register_with_unit("cpu", "CPU time that the process has used", Unit::Seconds, self.cpu.clone());
        registry.register("tasks", "Asynchronous tasks alive", self.tasks.clone());
    }

    /// Looks anew; what cannot be read stays as it was.
    pub(super) fn look(&self) {
        let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
        if let Some(pages) = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()) {
            self.memory.set(gauge(pages * PAGE_BYTES));
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            self.files.set(gauge(open.count() as u64));
        }
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        if let (Some(user), Some(system)) = (ticks(11), ticks(12)) {
            self.cpu.set((user + system) / TICKS_A_SECOND);
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            self.tasks.set(gauge(runtime.metrics().num_alive_tasks() as u64));
        }
    }
}
