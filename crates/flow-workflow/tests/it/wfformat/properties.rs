//! Generated instances: there and back, and always right.

use flow_testkit::{Arbitrary, Gen, TestResult, check};
use flow_workflow::{
    Context, NodePool,
    wfformat::{Instance, Shape, generate},
};

/// What to generate.
#[derive(Clone, Debug)]
struct Wanted {
    shape: Shape,
    tasks: usize,
    seed: u64,
}

impl Arbitrary for Wanted {
    fn arbitrary(source: &mut Gen) -> Self {
        let shape = *source.choose(&Shape::ALL).expect("there are shapes");
        let tasks = shape.min_tasks() + usize::arbitrary(source) % (4 * source.size());
        Self { shape, tasks, seed: u64::arbitrary(source) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let Self { shape, tasks, seed } = *self;
        let fewer = (tasks - shape.min_tasks()).shrink();
        let fewer = fewer.map(move |more| Self { shape, tasks: shape.min_tasks() + more, seed });
        Box::new(fewer.chain(seed.shrink().map(move |seed| Self { shape, tasks, seed })))
    }
}

impl Wanted {
    fn instance(&self) -> Instance {
        generate(self.shape, self.tasks, self.seed).expect("there are tasks enough")
    }
}

#[test]
fn round_trip() {
    fn property(wanted: Wanted) -> TestResult {
        let instance = wanted.instance();
        let mut file = Vec::new();
        if let Err(error) = instance.write(&mut file) {
            return TestResult::error(error.to_string());
        }
        match Instance::from_slice(&file) {
            Ok(again) => TestResult::from_bool(again == instance),
            Err(error) => TestResult::error(error.to_string()),
        }
    }
    check("workflow", "round_trip", property as fn(Wanted) -> TestResult);
}

#[test]
fn generated_instances_build() {
    fn property(wanted: Wanted) -> TestResult {
        let instance = wanted.instance();
        let pool = NodePool::new();
        pool.register("no-op", |_: &Context| Ok(()));
        match instance.to_spec(|_| "no-op".to_owned()).build(&pool) {
            Ok(workflow) => TestResult::from_bool(workflow.len() == wanted.tasks),
            Err(error) => TestResult::error(error.to_string()),
        }
    }
    check("workflow", "generated_instances_build", property as fn(Wanted) -> TestResult);
}

/// Every file that is cut off, or has a byte changed, is an instance or an error, and nothing else.
#[test]
fn damaged_files_do_no_harm() {
    fn property(wanted: Wanted, place: usize, byte: u8, cut: bool) -> bool {
        let mut file = Vec::new();
        wanted.instance().write(&mut file).expect("a vector takes everything");
        let place = place % file.len();
        if cut {
            file.truncate(place);
        } else {
            file[place] = byte;
        }
        match Instance::from_slice(&file) {
            Ok(instance) => !cut || instance.tasks.len() == wanted.tasks,
            Err(error) => !error.to_string().is_empty(),
        }
    }
    check("workflow", "damaged_files_do_no_harm", property as fn(Wanted, usize, u8, bool) -> bool);
}
