//! Threads that start together, and a watchdog for code that must not hang. Nothing here sleeps.

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

/// Runs `work` on `count` threads at once and returns what each returned, in the order of their indices.
///
/// The threads wait for one another before the first starts to work, so that they really overlap.
///
/// # Panics
///
/// Panics with the first panic of a thread, after all have ended.
pub fn on_threads<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(count);
    let run = |index| {
        barrier.wait();
        work(index)
    };
    thread::scope(|scope| {
        let run = &run;
        let handles: Vec<_> = (0..count).map(|index| scope.spawn(move || run(index))).collect();
        // Joined one by one, because the scope itself would replace the message of a panic.
        let results: Vec<_> = handles.into_iter().map(thread::ScopedJoinHandle::join).collect();
        results.into_iter().map(|result| result.unwrap_or_else(|payload| resume_unwind(payload))).collect()
    })
}

/// Runs `work` on a thread of its own and returns its value, if it ends within `limit`.
///
/// For tests whose failure would be a hang. Choose a limit far above the time that the work needs: checkers slow it
/// down by a factor of up to fifty.
///
/// # Panics
///
/// Panics if the time is up, and leaves the thread behind, since nothing can end it; passes on a panic of `work`.
#[track_caller]
pub fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::sync_channel(1);
    let worker = thread::spawn(move || {
        // The receiver is gone when the time was up; nobody waits for the value then.
        sender.send(work()).ok();
    });
    match receiver.recv_timeout(limit) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => {
            panic!("the work did not end within {limit:?}: does it hang?")
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Err(payload) => resume_unwind(payload),
            Ok(()) => unreachable!("the work ended without a value and without a panic"),
        },
    }
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a panic whose payload is not text".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    //! Order, overlap, panics and the watchdog.

    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_indices() {
        assert_eq!(on_threads(4, |index| index * 10), [0, 10, 20, 30]);
        assert_eq!(on_threads(0, |index| index), []);
    }

    #[test]
    fn threads_overlap() {
        // Each waits for the other: without overlap this would hang.
        let arrived = AtomicUsize::new(0);
        on_threads(2, |_| {
            arrived.fetch_add(1, Ordering::SeqCst);
            while arrived.load(Ordering::SeqCst) < 2 {
                thread::yield_now();
            }
        });
    }

    #[test]
    fn a_panic_keeps_its_message() {
        let caught = catch_unwind(|| on_threads(3, |index| assert_ne!(index, 1, "the middle one")));
        let message = panic_message(caught.expect_err("one thread panics").as_ref());
        assert!(message.contains("the middle one"), "{message}");
    }

    #[test]
    fn work_in_time_returns_its_value() {
        assert_eq!(within(Duration::from_secs(60), || 7), 7);
    }

    #[test]
    fn a_hang_is_reported() {
        let caught = catch_unwind(|| {
            within(Duration::from_millis(20), || {
                loop {
                    thread::park();
                }
            })
        });
        let message = panic_message(caught.expect_err("the work never ends").as_ref());
        assert!(message.contains("did not end within 20ms"), "{message}");
    }

    #[test]
    fn a_panic_passes_the_watchdog() {
        let caught = catch_unwind(|| within(Duration::from_secs(60), || panic!("from inside")));
        assert_eq!(panic_message(caught.expect_err("the work panics").as_ref()), "from inside");
    }
}
