//! Epigenomics: the methylation of a genome.
//!
//! For each sequence, with `c` chunks:
//!
//! | program | tasks | waits for |
//! |---|---|---|
//! | `fastqSplit` | 1 | nothing |
//! | `filterContams`, `sol2sanger`, `fast2bfq`, `map` | `c` each | the one before, of its chunk |
//! | `mapMerge` | 1 | all `map` |
//!
//! and at the end another `mapMerge` for all sequences, `chr21` and `pileup`, in a chain. A recorded run of 41 tasks has one
//! sequence of 9 chunks, and so has the one generated of that size; larger ones have more sequences.

use super::Draft;

/// One sequence with one chunk, which leaves out two of its steps.
pub(super) const LEAST: usize = END + SEQUENCE + STEPS.len() - 2;

/// The tasks at the end.
const END: usize = 3;
/// The tasks that each sequence has once.
const SEQUENCE: usize = 2;

/// The steps of a chunk: a program, how long it takes, and what the file is called after it.
const STEPS: [(&str, std::ops::Range<u64>, &str); 4] = [
    ("filterContams", 510..1140, "nocontam.sfq"),
    ("sol2sanger", 150..640, "nocontam.fq"),
    ("fast2bfq", 240..840, "nocontam.bfq"),
    ("map", 33_960..59_720, "nocontam.map"),
];

pub(super) fn epigenomics(draft: &mut Draft, tasks: usize) {
    let (sequences, chunks, mut left_out) = sizes(tasks);
    let mut merged = Vec::with_capacity(sequences);
    for sequence in 0..sequences {
        let chunks = chunks / sequences + usize::from(sequence < chunks % sequences);
        merged.push(add_sequence(draft, sequence + 1, chunks, &mut left_out));
    }
    let inputs = (1..=sequences).map(|sequence| format!("reads_s_{sequence}.nocontam.map"));
    let arguments = ["reads.nocontam.map".to_owned()].into_iter().chain(inputs);
    let all = draft.add("mapMerge", 3100..3300, merged, arguments);
    let arguments = ["-b", "reads.nocontam.map", "chr21", "chr21.rev", "reads.nocontam.chr21.map"];
    let chromosome = draft.add("chr21", 2600..2900, [all], arguments.map(str::to_owned));
    let arguments =
        ["reads.nocontam.pileup", "-q", "30", "-P", "chr21.BSnull.bfa", "reads.nocontam.chr21.map"];
    draft.add("pileup", 30_000..31_000, [chromosome], arguments.map(str::to_owned));
}

/// How many sequences and chunks there are, and how many steps are left out of chunks to meet the number of tasks.
fn sizes(tasks: usize) -> (usize, usize, usize) {
    let sequences = (tasks.isqrt() / 8).max(1);
    let steps = tasks - END - SEQUENCE * sequences;
    // The smallest has one chunk, which can do without two of its steps.
    let chunks = steps.div_ceil(STEPS.len());
    (sequences, chunks, chunks * STEPS.len() - steps)
}

/// The tasks of one sequence; returns the index of its `mapMerge`.
fn add_sequence(draft: &mut Draft, sequence: usize, chunks: usize, left_out: &mut usize) -> usize {
    let reads = format!("reads_s_{sequence}");
    let time = 900 + 50 * chunks as u64;
    let split = draft.add("fastqSplit", time..time + 200, [], ["100000".to_owned(), format!("{reads}.sfq")]);
    let mut mapped = Vec::with_capacity(chunks);
    for chunk in 1..=chunks {
        // Reads that are clean, or on the right scale, need no step for it. At most two steps of a chunk.
        let skipped = (*left_out).min(if chunks == 1 || *left_out > chunks { 2 } else { 1 });
        *left_out -= skipped;
        let mut input = format!("{reads}.{chunk}.sfq");
        let mut last = split;
        for (index, (program, time, file)) in STEPS.into_iter().enumerate() {
            if (skipped > 0 && index == 1) || (skipped > 1 && index == 0) {
                continue;
            }
            let output = format!("{reads}.{chunk}.{file}");
            let options: &[&str] = match program {
                "map" => &["-n", "2", "-M", "c", "-1", "32"],
                _ => &[],
            };
            let arguments = options.iter().map(|&option| option.to_owned()).chain([input, output.clone()]);
            last = draft.add(program, time, [last], arguments);
            input = output;
        }
        mapped.push(last);
    }
    let inputs = (1..=chunks).map(|chunk| format!("{reads}.{chunk}.nocontam.map"));
    let arguments = [format!("{reads}.nocontam.map")].into_iter().chain(inputs);
    let time = 1000 + 500 * chunks as u64;
    draft.add("mapMerge", time..time + 300, mapped, arguments)
}

#[cfg(test)]
mod tests {
    //! Sizes.

    use super::*;

    #[test]
    fn the_recorded_size_gives_the_recorded_numbers() {
        assert_eq!(sizes(41), (1, 9, 0));
    }

    #[test]
    fn every_sequence_has_a_chunk_and_every_chunk_can_lack_what_is_left_out() {
        for tasks in LEAST..20_000 {
            let (sequences, chunks, left_out) = sizes(tasks);
            assert!(chunks >= sequences && left_out <= 3.min(2 * chunks), "{tasks} tasks");
        }
    }
}
