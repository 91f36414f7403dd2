//! Every size, and the kinds of tasks of the shapes of real workflows.

use std::collections::BTreeMap;

use super::*;

fn kinds(instance: &Instance) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for task in &instance.tasks {
        *kinds.entry(task.kind()).or_default() += 1;
    }
    kinds
}

#[test]
fn every_shape_has_exactly_as_many_tasks_as_were_asked_for() {
    for shape in Shape::ALL {
        for tasks in shape.min_tasks()..shape.min_tasks() + 300 {
            assert_eq!(generate(shape, tasks, 3).unwrap().tasks.len(), tasks, "{shape}");
        }
    }
}

#[test]
fn montage_has_the_tasks_of_the_recorded_one() {
    let instance = generate(Shape::Montage, 103, 1).unwrap();
    let recorded = [
        ("mAdd", 3),
        ("mBackground", 21),
        ("mBgModel", 3),
        ("mConcatFit", 3),
        ("mDiffFit", 45),
        ("mImgtbl", 3),
        ("mProject", 21),
        ("mViewer", 4),
    ];
    assert_eq!(kinds(&instance), BTreeMap::from(recorded));
    assert_eq!(instance.tasks.iter().map(|task| task.parents.len()).sum::<usize>(), 231);
}

#[test]
fn epigenomics_has_the_tasks_of_the_recorded_one() {
    let instance = generate(Shape::Epigenomics, 41, 1).unwrap();
    let recorded = [
        ("chr21", 1),
        ("fast2bfq", 9),
        ("fastqSplit", 1),
        ("filterContams", 9),
        ("map", 9),
        ("mapMerge", 2),
        ("pileup", 1),
        ("sol2sanger", 9),
    ];
    assert_eq!(kinds(&instance), BTreeMap::from(recorded));
    assert_eq!(instance.tasks.iter().map(|task| task.parents.len()).sum::<usize>(), 48);
}

#[test]
fn what_cannot_be_generated_is_said() {
    let message = |shape, tasks| generate(shape, tasks, 0).unwrap_err().to_string();
    assert_eq!(
        message(Shape::Montage, 9),
        "9 tasks are not enough for the shape montage, which needs at least 10"
    );
    assert_eq!(
        message(Shape::Chain, 0),
        "0 tasks are not enough for the shape chain, which needs at least 1"
    );
    assert_eq!(
        message(Shape::Tree, usize::MAX),
        format!("{} tasks are too many: at most 10000000 can be generated", usize::MAX)
    );
    let error = "circle".parse::<Shape>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no shape 'circle': the shapes are chain, fan-out, tree, random, montage, epigenomics"
    );
}

#[test]
fn names_lead_back_to_shapes() {
    for shape in Shape::ALL {
        assert_eq!(shape.name().parse(), Ok(shape));
    }
}
