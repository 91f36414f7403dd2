//! Montage: a mosaic of the sky out of many images.
//!
//! For each color, with `p` images and `d` pairs of them that overlap:
//!
//! | program | tasks | waits for |
//! |---|---|---|
//! | `mProject` | `p` | nothing |
//! | `mDiffFit` | `d` | the two images of its pair |
//! | `mConcatFit` | 1 | all `mDiffFit` |
//! | `mBgModel` | 1 | `mConcatFit` |
//! | `mBackground` | `p` | `mBgModel`, and its image |
//! | `mImgtbl` | 1 | all `mBackground` |
//! | `mAdd` | 1 | `mImgtbl`, and all `mBackground` |
//! | `mViewer` | 1 | `mAdd` |
//!
//! and one more `mViewer`, which puts the three mosaics together. A recorded run of 103 tasks has 7 images and 15 pairs in
//! each color, and so has the one generated of that size.

use super::Draft;

/// Two images, and one pair of them: what the smallest mosaic takes.
pub(super) const LEAST: usize = 2 * 2 + 1 + SINGLE;

/// The tasks of a color that are there once.
const SINGLE: usize = 5;

/// With fewer tasks there is one color.
const LEAST_FOR_COLORS: usize = 3 * LEAST + 1;

pub(super) fn montage(draft: &mut Draft, tasks: usize) {
    if tasks < LEAST_FOR_COLORS {
        color(draft, 1, tasks);
        return;
    }
    let each = (tasks - 1) / 3;
    let more = (tasks - 1) % 3;
    let mosaics: Vec<usize> =
        (0..3).map(|index| color(draft, index + 1, each + usize::from(index < more))).collect();
    let arguments = ["-red", "3-mosaic.fits", "-green", "2-mosaic.fits", "-blue", "1-mosaic.fits"];
    let arguments = arguments.into_iter().chain(["-png", "mosaic-color.png"]);
    draft.add("mViewer", 1200..1500, mosaics, arguments.map(str::to_owned));
}

/// How many images and pairs a color of `tasks` tasks has, and how many tasks are left over, which are 2 at most.
fn sizes(tasks: usize) -> (usize, usize, usize) {
    let budget = tasks - SINGLE;
    // As recorded: 15 pairs for 7 images. Pairs are what can be adjusted, from a chain of images to all with all.
    let mut images = (budget * 7 / 29).max(2);
    while (images + 1) * 2 + images <= budget && images * 2 + most_pairs(images) < budget {
        images += 1;
    }
    let pairs = (budget - images * 2).min(most_pairs(images));
    (images, pairs, budget - images * 2 - pairs)
}

fn most_pairs(images: usize) -> usize {
    images * (images - 1) / 2
}

/// The tasks of one color; returns the index of its `mAdd`.
fn color(draft: &mut Draft, color: usize, tasks: usize) -> usize {
    let (images, pairs, left) = sizes(tasks);
    let image = |kind: &str, index: usize| format!("{kind}2mass-atlas-{color}-{:06}.fits", index + 1);
    let table = |name: &str| format!("{color}-{name}.tbl");
    let text = str::to_owned;

    let first_image = draft.tasks.len();
    for index in 0..images {
        let arguments = [text("-X"), image("", index), image("p", index), text("region-oversized.hdr")];
        draft.add("mProject", 15_430..17_320, [], arguments);
    }
    let first_pair = draft.tasks.len();
    for (left, right) in overlapping(images).take(pairs) {
        let numbers = format!("{:06}.{:06}", left + 1, right + 1);
        let arguments = [
            text("-d"),
            text("-s"),
            format!("{color}-fit.{numbers}.txt"),
            image("p", left),
            image("p", right),
            format!("{color}-diff.{numbers}.fits"),
            text("region-oversized.hdr"),
        ];
        // Most take a moment, some a second.
        let time = if draft.random.below(12) == 0 { 300..810 } else { 50..160 };
        draft.add("mDiffFit", time, [first_image + left, first_image + right], arguments);
    }
    let fits = first_pair..draft.tasks.len();
    let concat = draft.add("mConcatFit", 175..190, fits, [table("stat"), table("fits"), text(".")]);
    let arguments = [text("-i"), text("100000"), table("images"), table("fits"), table("corrections")];
    let model = draft.add("mBgModel", 410..760, [concat], arguments);
    let first_background = draft.tasks.len();
    for index in 0..images {
        let arguments =
            [text("-t"), image("p", index), image("c", index), table("projected"), table("corrections")];
        draft.add("mBackground", 280..890, [model, first_image + index], arguments);
    }
    let backgrounds = first_background..draft.tasks.len();
    let arguments = [text("."), text("-t"), table("corrected"), table("updated-corrected")];
    let list = draft.add("mImgtbl", 175..185, backgrounds.clone(), arguments);
    let mosaic = format!("{color}-mosaic.fits");
    let arguments = [text("-e"), table("updated-corrected"), text("region.hdr"), mosaic.clone()];
    let sum = draft.add("mAdd", 330..450, backgrounds.chain([list]), arguments);
    for view in 0..=left {
        let picture =
            if view == 0 { format!("{color}-mosaic.png") } else { format!("{color}-mosaic-{view}.png") };
        let arguments = ["-ct", "1", "-gray", &mosaic, "-1s", "max", "gaussian", "-png", &picture];
        draft.add("mViewer", 560..800, [sum], arguments.map(str::to_owned));
    }
    sum
}

/// Pairs of images that lie side by side in rows, the nearest first: at some distance all are with all.
fn overlapping(images: usize) -> impl Iterator<Item = (usize, usize)> {
    let width = images.isqrt().max(1);
    let rows = images.div_ceil(width);
    // The second image of a pair is further down, or to the right in the same row.
    let steps = (1..width + rows).flat_map(move |distance| {
        let across = 0..=distance.min(width - 1);
        let rightward = across.clone().map(move |across| (across, distance - across, false));
        let leftward = across.map(move |across| (across, distance - across, true));
        rightward.chain(leftward.filter(|&(across, down, _)| across > 0 && down > 0))
    });
    steps.flat_map(move |(across, down, is_leftward)| {
        (0..images).filter_map(move |first| {
            let column = first % width;
            let other = if is_leftward { column.checked_sub(across)? } else { column + across };
            let second = (first / width + down) * width + other;
            (other < width && second < images).then_some((first, second))
        })
    })
}

#[cfg(test)]
mod tests {
    //! Sizes, and who overlaps whom.

    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_recorded_size_gives_the_recorded_numbers() {
        assert_eq!(sizes(34), (7, 15, 0));
    }

    #[test]
    fn all_tasks_are_used_up() {
        for tasks in LEAST..2000 {
            let (images, pairs, left) = sizes(tasks);
            assert_eq!(images * 2 + pairs + left + SINGLE, tasks);
            assert!(
                left <= 2 && pairs + 1 >= images,
                "{tasks} tasks: {images} images, {pairs} pairs, {left} left"
            );
        }
    }

    #[test]
    fn each_pair_is_there_once() {
        for images in 2..40 {
            let pairs: Vec<_> = overlapping(images).collect();
            let distinct: HashSet<_> = pairs.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
            assert_eq!(
                (pairs.len(), distinct.len()),
                (most_pairs(images), most_pairs(images)),
                "{images} images"
            );
            assert!(pairs.iter().all(|&(first, second)| first < second));
        }
    }
}
