//! Keys and values whose user code does what a test wants, once: uses a map in the middle of an operation, or panics.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    fmt,
    hash::{Hash, Hasher},
    panic,
    sync::{
        Mutex, Once,
        atomic::{AtomicBool, AtomicIsize, Ordering::SeqCst},
    },
};

/// A place where an operation of a map runs code of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A closure, or an iterator that the user made.
    Closure,
    KeyClone,
    KeyDrop,
    KeyHash,
    KeyEq,
    KeyDebug,
    ValueClone,
    ValueDrop,
    ValueEq,
    ValueDebug,
    #[cfg(feature = "serde")]
    KeySerialize,
    #[cfg(feature = "serde")]
    ValueSerialize,
}

impl Event {
    /// All that a map runs by itself.
    pub(crate) const ALL: [Self; 10] = [
        Self::Closure,
        Self::KeyClone,
        Self::KeyDrop,
        Self::KeyHash,
        Self::KeyEq,
        Self::KeyDebug,
        Self::ValueClone,
        Self::ValueDrop,
        Self::ValueEq,
        Self::ValueDebug,
    ];
}

/// What is to be done at an event.
struct Armed {
    event: Event,
    /// How many of these events pass before.
    after: usize,
    work: Box<dyn FnOnce()>,
}

thread_local! {
    static ARMED: RefCell<Option<Armed>> = const { RefCell::new(None) };
}

/// Has this thread do `work` at the next `event` after so many others. Says afterwards whether it came to that.
pub(crate) fn at<T>(
    event: Event,
    after: usize,
    work: impl FnOnce() + 'static,
    run: impl FnOnce() -> T,
) -> (T, bool) {
    /// Nothing is armed any more, also when `run` panics.
    struct Disarm;

    impl Drop for Disarm {
        fn drop(&mut self) {
            ARMED.set(None);
        }
    }

    let _disarm = Disarm;
    ARMED.set(Some(Armed { event, after, work: Box::new(work) }));
    let value = run();
    (value, ARMED.with_borrow(Option::is_none))
}

/// This is such a place.
pub(crate) fn fire(event: Event) {
    let armed = ARMED.with(|armed| {
        // Borrowed already: something that `set` drops.
        let mut armed = armed.try_borrow_mut().ok()?;
        let due = armed.as_mut().filter(|armed| armed.event == event)?;
        if due.after > 0 {
            due.after -= 1;
            return None;
        }
        armed.take()
    });
    if let Some(armed) = armed {
        (armed.work)();
    }
}

/// Does `work`, whose events are not meant.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let armed = ARMED.take();
    let value = work();
    ARMED.set(armed);
    value
}

/// Runs `work`; returns what it panicked with. Such a panic is expected, and prints nothing.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                print(info);
            }
        }));
    });
    let before = EXPECTED.replace(true);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
    EXPECTED.set(before);
    result.map_err(|panic| message(&*panic))
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).to_owned(),
        (None, None) => String::from("a panic without a text"),
    }
}

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
    /// For whom this thread makes keys and values.
    static COUNTED: Cell<Option<&'static AtomicIsize>> = const { Cell::new(None) };
}

/// Counts keys and values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Census(&'static AtomicIsize);

impl Census {
    pub(crate) fn new() -> Self {
        /// All of them, so that a checker for leaks finds them.
        static KEPT: Mutex<Vec<&'static AtomicIsize>> = Mutex::new(Vec::new());

        // Never freed, so that a value that is dropped too late has something to count.
        let count = Box::leak(Box::default());
        KEPT.lock().expect("no panics").push(count);
        Self(count)
    }

    /// Counts the keys and values that `work` makes on this thread, and all copies of them.
    pub(crate) fn count<T>(self, work: impl FnOnce() -> T) -> T {
        let before = COUNTED.replace(Some(self.0));
        let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
        COUNTED.set(before);
        result.unwrap_or_else(|panic| panic::resume_unwind(panic))
    }

    /// How many there are now.
    pub(crate) fn alive(self) -> isize {
        self.0.load(SeqCst)
    }
}

/// Shows that a key or value is there.
struct Alive {
    counted: Option<&'static AtomicIsize>,
    /// On the heap, so that a second drop is one of freed memory too, which a checker sees.
    gone: Box<AtomicBool>,
}

impl Alive {
    fn of(counted: Option<&'static AtomicIsize>) -> Self {
        if let Some(counted) = counted {
            counted.fetch_add(1, SeqCst);
        }
        Self { counted, gone: Box::new(AtomicBool::new(false)) }
    }

    fn new() -> Self {
        Self::of(COUNTED.get())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        assert!(!self.gone.swap(true, SeqCst), "dropped twice");
        if let Some(counted) = self.counted {
            counted.fetch_sub(1, SeqCst);
        }
    }
}

/// A key whose user code can be used.
pub(crate) struct Key {
    number: u32,
    alive: Alive,
}

/// A value whose user code can be used.
pub(crate) struct Value {
    pub(crate) number: u32,
    alive: Alive,
}

impl Key {
    pub(crate) fn new(number: u32) -> Self {
        Self { number, alive: Alive::new() }
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }
}

impl Value {
    pub(crate) fn new(number: u32) -> Self {
        Self { number, alive: Alive::new() }
    }
}

macro_rules! user_code {
    ($type:ident: $clone:ident $drop:ident $eq:ident $debug:ident $serialize:ident) => {
        impl Clone for $type {
            fn clone(&self) -> Self {
                fire(Event::$clone);
                Self { number: self.number, alive: Alive::of(self.alive.counted) }
            }
        }

        impl Drop for $type {
            fn drop(&mut self) {
                fire(Event::$drop);
            }
        }

        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                fire(Event::$eq);
                self.number == other.number
            }
        }

        impl Eq for $type {}

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fire(Event::$debug);
                write!(f, "{}", self.number)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                fire(Event::$serialize);
                serializer.serialize_u32(self.number)
            }
        }
    };
}

user_code!(Key: KeyClone KeyDrop KeyEq KeyDebug KeySerialize);
user_code!(Value: ValueClone ValueDrop ValueEq ValueDebug ValueSerialize);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        fire(Event::KeyHash);
        self.number.hash(state);
    }
}

/// Whether two are equal, which may be one.
pub(crate) fn same<T: PartialEq>(left: &T, right: &T) -> bool {
    left == right
}
