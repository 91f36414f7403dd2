//! Code of a user that runs in the middle of an allocation: it may allocate, panic, or both.

use std::{
    cell::Cell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use flow_arena::{AllocError, Arena, arena_format};

/// Allocates from the arena while it is formatted.
struct Allocating<'a>(&'a Arena, usize);

impl fmt::Display for Allocating<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(arena, depth) = *self;
        f.write_str(arena.alloc_str("[begin "))?;
        if depth != 0 {
            f.write_str(arena_format!(arena, "{}{}", "·".repeat(200), Allocating(arena, depth - 1)))?;
        }
        f.write_str(arena.alloc_str(" end]"))
    }
}

#[test]
fn a_display_may_allocate_from_the_same_arena() {
    let arena = Arena::with_block_size(1024);
    let other = Arena::new();
    for depth in 0..20 {
        let text = arena_format!(arena, "{}", Allocating(&arena, depth));
        assert_eq!(*text, *format!("{}", Allocating(&other, depth)));
    }
}

#[test]
fn a_display_that_allocates_wastes_little() {
    let arena = Arena::new();
    for _ in 0..1000 {
        arena_format!(arena, "{}", Allocating(&arena, 0));
    }
    // Far from a block a call.
    assert_eq!(arena.stats().blocks, 2, "{}", arena.stats());
}

#[test]
fn a_fill_closure_may_allocate_from_the_same_arena() {
    let arena = Arena::with_block_size(1024);
    let texts = arena.alloc_slice_fill_with(1000, |i| &*arena_format!(arena, "node-{i}"));
    for (i, text) in texts.iter().enumerate() {
        assert_eq!(*text, format!("node-{i}"));
    }
}

#[test]
fn a_panicking_fill_closure_leaves_the_arena_usable() {
    let arena = Arena::new();
    let before = arena.alloc_slice_copy(&[1, 2, 3]);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        arena.alloc_slice_fill_with(10, |i| {
            assert!(i < 5, "enough");
            i
        });
    }));
    assert_eq!(*panic.unwrap_err().downcast_ref::<&str>().unwrap(), "enough");
    let after = arena.alloc_slice_copy(&[4, 5, 6]);
    assert_eq!((&*before, &*after), (&[1, 2, 3][..], &[4, 5, 6][..]));
}

/// Writes some text, then panics or fails.
struct Breaking(Cell<bool>);

impl fmt::Display for Breaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&"x".repeat(100))?;
        assert!(!self.0.get(), "no text");
        Err(fmt::Error)
    }
}

#[test]
fn a_panicking_display_gives_its_memory_back() {
    let arena = Arena::new();
    arena.alloc(8);
    let before = arena.stats();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        arena.alloc_fmt(format_args!("{}", Breaking(Cell::new(true)))).len()
    }));
    assert_eq!(*panic.unwrap_err().downcast_ref::<&str>().unwrap(), "no text");
    assert_eq!(arena.stats(), before);
}

#[test]
fn a_display_that_fails_by_itself_panics_as_format_does() {
    let arena = Arena::new();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        arena.alloc_fmt(format_args!("{}", Breaking(Cell::new(false)))).len()
    }));
    let message = panic.unwrap_err();
    assert!(message.downcast_ref::<&str>().unwrap().contains("formatting trait implementation"));
}

#[test]
fn a_text_that_does_not_fit_is_an_error_and_gives_its_memory_back() {
    let arena = Arena::builder().block_size(1024).memory_limit(4096).build();
    arena.alloc(8);
    let before = arena.stats();
    let long = "x".repeat(5000);
    for result in [
        arena.try_alloc_fmt(format_args!("{}{long}", "begin")),
        arena.try_concat(&["begin", &long]),
        arena.try_join(&["begin", &long], ", "),
        arena.try_replace("x", "x", &long),
        arena.try_to_lowercase(&"É".repeat(3000)),
        arena.try_to_uppercase(&"é".repeat(3000)),
        arena.try_alloc_str(&long),
    ] {
        assert!(matches!(result, Err(AllocError::LimitReached { limit: 4096, .. })), "{result:?}");
    }
    assert_eq!(arena.stats(), before);
    assert_eq!(arena.alloc_str("usable"), "usable");
}

/// Swallows the error of the writer.
struct Careless;

impl fmt::Display for Careless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..100 {
            f.write_str(&"y".repeat(100)).ok();
        }
        f.write_str("end").ok();
        Ok(())
    }
}

#[test]
fn a_display_that_swallows_the_error_yields_no_partial_text() {
    let arena = Arena::builder().block_size(1024).memory_limit(4096).build();
    assert!(arena.try_alloc_fmt(format_args!("{Careless}")).is_err());
}
