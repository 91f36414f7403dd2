//! Arenas side by side: [`flow_arena::Arena`] and its `Lane` against bumpalo, bumpalo-herd, blink-alloc, bump-scope,
//! a mutex around a `Bump`, and the global allocator.
//!
//! The names of the implementations:
//!
//! | name | what all threads of a benchmark use |
//! |---|---|
//! | `flow_arena` | one `Arena`, by `&Arena` |
//! | `flow_lane` | one `Arena`; each thread checks out a `Lane` every 1000 operations |
//! | `bumpalo` | nothing in common: a `Bump` for each thread, the speed that sharing is measured against |
//! | `flow_lane_scope` | one `Arena`; each thread has a lane, whose scopes take back what was allocated; in `reset` |
//! | `flow_arena_4k`, `bumpalo_64k` | nothing: an `Arena` with blocks of 4 KiB, a `Bump` with a chunk of 64 KiB; in `create` |
//! | `bumpalo_herd` | one `Herd`; each thread checks out a `Member` every 1000 operations |
//! | `bump_scope_pool` | one `BumpPool`; each thread checks out a guard every 1000 operations |
//! | `blink_sync` | one `SyncBlinkAlloc`, by reference |
//! | `blink_local` | one `SyncBlinkAlloc`; each thread makes a `LocalBlinkAlloc` of it every 1000 operations |
//! | `mutex_bump` | one `Mutex<Bump>`, locked for each operation |
//! | `std_box`, `std_string` | the global allocator; freeing is part of what is measured |

mod alloc_str;
mod alloc_uninit;
mod alloc_value;
mod alternate;
mod contenders;
mod create;
mod format;
mod large;
mod measure;
mod reset;
mod text;

fn main() {
    divan::main();
}
