//! A buffer, or an object, and back. Nothing is written.

use std::hint::black_box;

use flow_memory::{BufferPool, ObjectPool, Recycle};

use crate::{
    Operations,
    cases::{forever, repeated},
};

fn get_drop(size: usize) -> Operations {
    let pool = forever(BufferPool::new());
    repeated(move || _ = black_box(&mut pool.get(black_box(size))))
}

pub(crate) fn get_drop_64() -> Operations {
    get_drop(64)
}

pub(crate) fn get_drop_4096() -> Operations {
    get_drop(4096)
}

pub(crate) fn get_drop_1048576() -> Operations {
    get_drop(1_048_576)
}

/// What has little to clean.
#[derive(Debug, Default)]
struct Counter(u64);

impl Recycle for Counter {
    fn recycle(&mut self) {
        self.0 = 0;
    }
}

pub(crate) fn object() -> Operations {
    let pool = forever(ObjectPool::new(Counter::default));
    repeated(move || _ = black_box(&mut pool.get()))
}
