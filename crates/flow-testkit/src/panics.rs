//! Where a panic says that it happened, and payloads of panics that are trouble themselves.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind, panic_any};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

thread_local! {
    /// The file that the last panic of this thread named.
    static FILE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Calls `work`, and checks that it panics and names the file of the caller: where the user made the mistake, not
/// where a library found it.
///
/// # Panics
///
/// Panics if `work` does not, or names another file.
#[track_caller]
pub fn panics_here(work: impl FnOnce()) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // Not on a thread that is nearly gone.
            FILE.try_with(|file| {
                *file.borrow_mut() = info.location().map_or_else(String::new, |at| at.file().to_owned());
            })
            .ok();
            others(info);
        }));
    });
    FILE.take();
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err(), "there was no panic");
    let file = FILE.take();
    assert_eq!(file, Location::caller().file(), "the file that the panic names");
}

/// How many payloads of [`panic_with_trouble`] were dropped or began to be, in the whole process.
static TROUBLE: AtomicUsize = AtomicUsize::new(0);

/// The payload of a panic: panics again when it is dropped.
struct Trouble;

impl Drop for Trouble {
    fn drop(&mut self) {
        TROUBLE.fetch_add(1, Ordering::Relaxed);
        panic!("the payload of a panic panics");
    }
}

/// Panics with a payload that panics again when it is dropped. Who catches the panic forgets the payload, or catches
/// that too.
///
/// # Panics
///
/// Always.
pub fn panic_with_trouble() -> ! {
    panic_any(Trouble)
}

#[cfg(test)]
mod tests {
    //! The checks see what they are for.

    use std::mem::forget;

    use super::*;

    #[test]
    fn a_panic_in_this_file_is_seen() {
        panics_here(|| panic!("here"));
    }

    #[test]
    fn a_panic_elsewhere_and_none_at_all_are_refused() {
        assert!(catch_unwind(|| panics_here(|| drop("no number".parse::<u8>().map(|_| ())))).is_err());
        // In the standard library: the closure is the caller, and the call is there.
        let elsewhere = || [1, 2].iter().for_each(|_| std::panic::resume_unwind(Box::new(1)));
        assert!(catch_unwind(|| panics_here(elsewhere)).is_err());
    }

    #[test]
    fn trouble_panics_when_it_is_dropped() {
        let before = TROUBLE.load(Ordering::Relaxed);
        let caught = catch_unwind(|| panic_with_trouble());
        let again = catch_unwind(AssertUnwindSafe(|| drop(caught))).expect_err("the payload is dropped");
        assert_eq!(TROUBLE.load(Ordering::Relaxed), before + 1);
        forget(again);
    }
}
