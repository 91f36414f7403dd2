//! Text operations against those of `std`, which make a `String`: no other arena has them.
//!
//! Unfair: `std_string` frees within the iteration.

use std::{hint::black_box, sync::LazyLock};

use divan::Bencher;
use flow_benches::{SEED, texts};

use crate::{
    contenders::{Contender, FlowArena, FlowLane},
    measure::{OPERATIONS, measure, measure_alone},
};

const ITERATIONS: u32 = 10;

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| texts(OPERATIONS, SEED));

/// Every text with letters that take more than one byte.
static GREEK: LazyLock<Vec<String>> =
    LazyLock::new(|| TEXTS.iter().map(|text| format!("{text}ΑΓΩΝΑΣ straße")).collect());

fn flow<C: Contender + Sync>(
    bencher: Bencher<'_, '_>,
    texts: &LazyLock<Vec<String>>,
    operation: impl for<'a> Fn(&'a C::Handle<'_>, &str) -> &'a mut str + Sync,
) {
    measure::<C>(bencher, ITERATIONS, OPERATIONS * 160, |handle| {
        for text in texts.iter() {
            black_box(operation(handle, text));
        }
    });
}

fn std(bencher: Bencher<'_, '_>, texts: &LazyLock<Vec<String>>, operation: impl Fn(&str) -> String + Sync) {
    measure_alone(
        bencher,
        OPERATIONS,
        || Vec::with_capacity(OPERATIONS),
        |strings| {
            strings.extend(texts.iter().map(|text| black_box(operation(text))));
            strings.clear();
        },
    );
}

macro_rules! operations {
    ($($module:ident, $texts:ident: |$from:ident, $text:ident| $ours:expr, $std:expr;)*) => {$(
        #[divan::bench_group(threads = [1, 2], sample_count = 50, sample_size = ITERATIONS)]
        mod $module {
            use super::{Bencher, FlowArena, FlowLane, $texts as TEXTS};

            #[divan::bench]
            fn flow_arena(bencher: Bencher<'_, '_>) {
                super::flow::<FlowArena>(bencher, &TEXTS, |$from, $text| $ours);
            }

            #[divan::bench]
            fn flow_lane(bencher: Bencher<'_, '_>) {
                super::flow::<FlowLane>(bencher, &TEXTS, |$from, $text| $ours);
            }

            #[divan::bench]
            fn std_string(bencher: Bencher<'_, '_>) {
                super::std(bencher, &TEXTS, |$text| $std);
            }
        }
    )*};
}

operations! {
    concat, TEXTS: |arena, text| arena.concat(&["flow", text, "end"]), ["flow", text, "end"].concat();
    join, TEXTS: |arena, text| arena.join(&["flow", text, "end"], "::"), ["flow", text, "end"].join("::");
    lowercase_ascii, TEXTS: |arena, text| arena.to_lowercase(text), text.to_lowercase();
    lowercase_greek, GREEK: |arena, text| arena.to_lowercase(text), text.to_lowercase();
    uppercase_ascii, TEXTS: |arena, text| arena.to_uppercase(text), text.to_uppercase();
    uppercase_greek, GREEK: |arena, text| arena.to_uppercase(text), text.to_uppercase();
    replace, TEXTS: |arena, text| arena.replace(text, "e", "::"), text.replace("e", "::");
}
