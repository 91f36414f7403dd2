//! A request that cannot be served panics where the user made it, not inside of this crate.

use std::{alloc::Layout, sync::Arc};

use flow_arena::{Arena, StringPool, arena_format};
use flow_testkit::panics_here;

/// Everything that allocates, of an arena or of a lane.
macro_rules! all_panic_here {
    ($source:expr) => {
        let source = &$source;
        panics_here(|| _ = source.alloc(1));
        panics_here(|| _ = source.alloc_uninit(1));
        panics_here(|| _ = source.alloc_layout(Layout::new::<u64>()));
        panics_here(|| _ = source.alloc_value(1));
        panics_here(|| _ = source.alloc_with_drop(String::new()));
        panics_here(|| _ = source.alloc_slice_copy(&[1]));
        panics_here(|| _ = source.alloc_slice_fill_with(1, |index| index));
        panics_here(|| _ = source.alloc_str("text"));
        panics_here(|| _ = source.concat(&["a", "b"]));
        panics_here(|| _ = source.join(&["a", "b"], "-"));
        panics_here(|| _ = arena_format!(source, "{}", 1));
        panics_here(|| _ = source.to_lowercase("TEXT"));
        panics_here(|| _ = source.to_uppercase("text"));
        panics_here(|| _ = source.replace("text", "x", "s"));
    };
}

#[test]
fn of_arenas_and_lanes() {
    let arena = Arena::builder().memory_limit(0).build();
    all_panic_here!(arena);
    all_panic_here!(arena.lane());
}

#[test]
fn of_string_pools() {
    let arena = Arc::new(Arena::builder().memory_limit(0).build());
    let mut pool = StringPool::builder().arena(arena).build();
    panics_here(|| _ = pool.intern("new"));
    panics_here(|| _ = pool.symbol("new"));
    panics_here(|| drop(pool.intern_batch(&["new"])));
    panics_here(|| drop(pool.symbol_batch(&["new"])));
    panics_here(|| pool.extend(["new"]));
    panics_here(|| drop(StringPool::builder().memory_limit(0).build()));
    assert_eq!(pool.len(), 22);
}

#[cfg(feature = "lasso")]
#[test]
fn of_lassos_traits() {
    use flow_arena::Symbol;
    use lasso::{Interner, Resolver};

    let arena = Arc::new(Arena::builder().memory_limit(0).build());
    let mut pool = StringPool::builder().arena(arena).build();
    let foreign = Symbol::from_index(1000).unwrap();
    panics_here(|| _ = Interner::get_or_intern(&mut pool, "new"));
    panics_here(|| _ = Interner::get_or_intern_static(&mut pool, "new"));
    panics_here(|| _ = Resolver::resolve(&pool, &foreign));
}
