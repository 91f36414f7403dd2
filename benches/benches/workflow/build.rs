//! From the description of a graph to what can be run, without running it, and without dropping it.
//!
//! `rayon_inline` and `tokio_tasks` build what `rayon_scope` does. Unfair: that is a vector of nodes, each with a
//! vector of its successors, and nothing else: neither names nor a look for cycles. dagx needs none, because its tasks
//! can depend only on what is there. Ours looks each node and each dependency up by its name.

use divan::{Bencher, counter::ItemsCount};
use flow_benches::{
    engines::{Engine, nothing},
    graphs::Shape,
};

use crate::measure::{benches, graph};

fn build<E: Engine>(bencher: Bencher<'_, '_>, shape: Shape, nodes: usize) {
    let graph = graph(shape, nodes);
    let engine = E::new(1);
    bencher.counter(ItemsCount::new(graph.len())).bench_local(|| engine.build(graph, nothing));
}

macro_rules! cases {
    ($($module:ident: $shape:ident, $nodes:literal;)*) => {$(
        #[divan::bench_group(sample_count = 30, sample_size = 10, max_time = 2)]
        mod $module {
            super::benches! { |bencher, E| super::build::<E>(bencher, super::Shape::$shape, $nodes);
                dagrs: Dagrs, sample_size = 1;
                flow_executor: Flow;
                dagx: Dagx;
                rayon_scope: RayonScope;
            }
        }
    )*};
}

cases! {
    chain_1k: Chain, 1000;
    fan_out_1k: FanOut, 1000;
    random_1k: Random, 1000;
    tree_1k: Tree, 1000;
    wavefront_1k: Wavefront, 1000;
}

macro_rules! large_cases {
    ($($module:ident: $shape:ident, $nodes:literal;)*) => {$(
        #[divan::bench_group(sample_count = 10, sample_size = 1, max_time = 1)]
        mod $module {
            super::benches! { |bencher, E| super::build::<E>(bencher, super::Shape::$shape, $nodes);
                flow_executor: Flow;
                dagx: Dagx;
                rayon_scope: RayonScope;
            }
        }
    )*};
}

large_cases! {
    chain_100k: Chain, 100_000;
    fan_out_100k: FanOut, 100_000;
    random_100k: Random, 100_000;
    tree_100k: Tree, 100_000;
    wavefront_100k: Wavefront, 100_000;
}
