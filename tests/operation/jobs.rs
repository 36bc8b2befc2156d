//! A job that breaks off is caught, counted and run again, and never stops the others.

use ridealong::jobs::runner::Runner;
use ridealong::metrics::Metrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[tokio::test(start_paused = true)]
async fn a_panic_an_error_and_a_good_run_are_counted_and_none_stops_another() {
    let metrics = Arc::new(Metrics::new("0", "test"));
    let runner = Runner { tasks: TaskTracker::new(), stop: CancellationToken::new(), metrics: Arc::clone(&metrics) };
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    runner.keep("panics", Duration::from_secs(60), Arc::default(), || async {
        if std::hint::black_box(true) {
            panic!("made for the test");
        }
        anyhow::Ok(())
    });
    runner.keep("fails", Duration::from_secs(60), Arc::default(), || async { Err::<(), _>("made for the test") });
    runner.keep("works", Duration::from_secs(60), Arc::<Notify>::default(), move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { anyhow::Ok(()) }
    });
    tokio::time::sleep(Duration::from_secs(60 * 10 + 30)).await;
    runner.stop.cancel();
    runner.tasks.close();
    tokio::time::timeout(Duration::from_secs(10), runner.tasks.wait()).await.expect("the jobs end with the stop");
    assert!(runs.load(Ordering::SeqCst) >= 10);
    let text = metrics.text();
    for line in
        [r#"job="panics",end="panicked"} 11"#, r#"job="fails",end="failed"} 11"#, r#"job="works",end="done"} 11"#]
    {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}
