//! Nodes of a workflow, from a pool and from the global allocator: an operation gets a node, gives it a name, an action and two
//! dependencies, and gives it back.
//!
//! | name | what it is |
//! |---|---|
//! | `flow_node_pool` | `NodePool::get` |
//! | `flow_get_node` | the global pool, by `get_node` |
//! | `std_box` | a `Box` of a node with `String`s, in `text`, or `Arc<str>`s, in `shared` |
//!
//! In `text`, names are texts: the pool looks each up, and a box copies them. In `shared`, they are what one has who uses a name
//! again: a `Symbol`, or an `Arc<str>` to clone. All names are known to the pool; a new one costs what `intern_miss` of the
//! string pool says.

mod boxed;

use std::hint::black_box;

use divan::Bencher;
use flow_arena::Symbol;
use flow_benches::{
    SEED, identifiers,
    measure::{self, OPERATIONS},
};
use flow_workflow::{NodePool, PooledNode, get_node, global_node_pool};

use crate::boxed::Shared;

/// The names of nodes, of which each depends on the two before it.
fn names() -> Vec<String> {
    identifiers(OPERATIONS + 2, SEED)
}

const ACTION: &str = "charge a card";

/// Measures `operate` on each name, and the two before it.
fn measure<N>(bencher: Bencher<'_, '_>, names: &[N], operate: impl Fn(&N, [&N; 2]) + Sync)
where
    N: Sync,
{
    let work = |(): &mut ()| {
        for window in names.windows(3) {
            operate(&window[2], [&window[0], &window[1]]);
        }
    };
    measure::measure(bencher, OPERATIONS, || (), work);
}

fn with_texts<'p>(bencher: Bencher<'_, '_>, get: impl Fn() -> PooledNode<'p> + Sync) {
    measure(bencher, &names(), |name, dependencies| {
        let mut node = get();
        node.set_name(name).set_action(ACTION);
        for dependency in dependencies {
            node.add_dependency(dependency);
        }
        black_box(&mut node);
    });
}

fn with_symbols<'p>(bencher: Bencher<'_, '_>, pool: &'p NodePool, get: impl Fn() -> PooledNode<'p> + Sync) {
    let symbols: Vec<Symbol> = names().iter().map(|name| pool.symbol(name)).collect();
    let action = pool.symbol(ACTION);
    measure(bencher, &symbols, |&name, dependencies| {
        let mut node = get();
        node.set_name(name).set_action(action);
        for &dependency in dependencies {
            node.add_dependency(dependency);
        }
        black_box(&mut node);
    });
}

#[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
mod configure {
    #[divan::bench_group]
    mod text {
        use divan::Bencher;
        use flow_workflow::{NodePool, get_node};

        use crate::{boxed, measure, names, with_texts};

        #[divan::bench]
        fn flow_node_pool(bencher: Bencher<'_, '_>) {
            let pool = NodePool::new();
            with_texts(bencher, || pool.get());
        }

        #[divan::bench]
        fn flow_get_node(bencher: Bencher<'_, '_>) {
            with_texts(bencher, get_node);
        }

        #[divan::bench]
        fn std_box(bencher: Bencher<'_, '_>) {
            measure(bencher, &names(), boxed::of_texts);
        }
    }

    #[divan::bench_group]
    mod shared {
        use divan::Bencher;
        use flow_workflow::NodePool;

        use crate::{Shared, boxed, get_node, global_node_pool, measure, names, with_symbols};

        #[divan::bench]
        fn flow_node_pool(bencher: Bencher<'_, '_>) {
            let pool = NodePool::new();
            with_symbols(bencher, &pool, || pool.get());
        }

        #[divan::bench]
        fn flow_get_node(bencher: Bencher<'_, '_>) {
            with_symbols(bencher, global_node_pool(), get_node);
        }

        #[divan::bench]
        fn std_box(bencher: Bencher<'_, '_>) {
            let names: Vec<Shared> = names().iter().map(|name| Shared::from(name.as_str())).collect();
            let action = Shared::from(crate::ACTION);
            measure(bencher, &names, |name, dependencies| boxed::of_shared(name, &action, dependencies));
        }
    }
}

fn main() {
    divan::main();
}
