//! Where a panic says that it happened, payloads of panics that are trouble themselves, and errors that panic.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind, panic_any};
use std::sync::Once;

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

/// An error that panics when somebody wants to read it.
#[derive(Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("nobody may read it")
    }
}

impl Error for Unreadable {}

/// The payload of a panic: panics again when it is dropped.
struct Trouble;

impl Drop for Trouble {
    fn drop(&mut self) {
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

/// Calls `work`, checks that it panics with what [`panic_with_trouble`] panicked with, and leaks that.
///
/// # Panics
///
/// Panics if `work` does not, or with something else.
#[track_caller]
pub fn panics_with_trouble(work: impl FnOnce()) {
    let caught = ManuallyDrop::new(catch_unwind(AssertUnwindSafe(work)));
    assert!(caught.as_ref().is_err_and(|panic| panic.is::<Trouble>()), "no trouble");
}

#[cfg(test)]
mod tests {
    //! The checks see what they are for.

    use super::*;

    #[test]
    fn a_panic_in_this_file_is_seen() {
        panics_here(|| panic!("here"));
    }

    #[test]
    fn a_panic_elsewhere_and_none_at_all_are_refused() {
        assert!(catch_unwind(|| panics_here(|| ())).is_err());
        // A function behind a pointer does not know its caller.
        let elsewhere: fn(Option<u8>) -> u8 = Option::unwrap;
        assert!(catch_unwind(|| panics_here(|| _ = elsewhere(None))).is_err());
    }

    #[test]
    fn trouble_panics_when_it_is_dropped() {
        let caught = catch_unwind(|| panic_with_trouble());
        panics_with_trouble(|| panic_with_trouble());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(caught))).is_err());
    }
}
