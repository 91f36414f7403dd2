//! What engines are measured on: graphs that are made once, and numbers of threads, which are a part of the names of
//! benchmarks.

use std::{
    env, fmt,
    sync::{LazyLock, Mutex, PoisonError},
};

use flow_benches::graphs::{Graph, Shape};

/// How many threads an engine has. Its text ends the names of benchmarks, as if the threads were divan's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threads(pub(crate) usize);

impl fmt::Display for Threads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "t={}", self.0)
    }
}

/// What each benchmark of a run is done with.
pub(crate) const THREADS: [Threads; 2] = [Threads(1), Threads(2)];

/// The graph of that shape and size, the same each time.
///
/// Where nobody looks at the times, as in `cargo xtask bench --smoke`, it is a small one.
pub(crate) fn graph(shape: Shape, nodes: usize) -> &'static Graph {
    static GRAPHS: Mutex<Vec<(Shape, usize, &Graph)>> = Mutex::new(Vec::new());
    let nodes = if *SMOKE { nodes.min(1000) } else { nodes };
    let mut graphs = GRAPHS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = graphs.iter().find(|made| (made.0, made.1) == (shape, nodes)).map(|made| made.2);
    made.unwrap_or_else(|| {
        let graph: &Graph = Box::leak(Box::new(shape.graph(nodes)));
        graphs.push((shape, nodes, graph));
        graph
    })
}

/// Whether each benchmark runs only once: by the arguments that divan goes by.
static SMOKE: LazyLock<bool> = LazyLock::new(|| {
    let given = |wanted: &str| env::args().any(|argument| argument == wanted);
    given("--test") || !given("--bench")
});

/// Defines a benchmark for each of the named engines. `$call` runs it with `$bencher`, for the engine `$type` and, if
/// they are asked for, with each number of `$threads`.
///
/// Engines that are slow have fewer and smaller samples.
macro_rules! benches {
    (
        |$bencher:ident, $threads:ident, $type:ident| $call:expr;
        $($name:ident: $engine:ident $(, $option:ident = $value:literal)*;)*
    ) => {$(
        #[divan::bench(args = $crate::measure::THREADS $(, $option = $value)*)]
        fn $name($bencher: divan::Bencher<'_, '_>, $threads: $crate::measure::Threads) {
            type $type = flow_benches::engines::$engine;
            $call;
        }
    )*};
    ($($benches:tt)*) => { flow_benches::contenders! { flow_benches::engines; $($benches)* } };
}

pub(crate) use benches;
