//! Every target, without a fuzzer: on what was found once, and on inputs from a seed.

#![expect(clippy::print_stdout, reason = "of a failure, the output says which input it was")]

use std::{fs, io, path::Path};

use flow_fuzz::TARGETS;
use flow_testkit::{Arbitrary, Gen};

/// How many random inputs each target gets.
const INPUTS: u64 = 400;

#[test]
fn what_was_found_stays_fixed() -> io::Result<()> {
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for (name, target) in TARGETS {
        let folder = regressions.join(name);
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry?.path();
            println!("{}", path.display());
            target(&fs::read(path)?);
        }
    }
    Ok(())
}

#[test]
fn regressions_belong_to_targets() -> io::Result<()> {
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for entry in fs::read_dir(regressions)? {
        let name = entry?.file_name();
        assert!(TARGETS.iter().any(|(target, _)| **target == *name), "{name:?} is not a target");
    }
    Ok(())
}

#[test]
fn random_inputs_do_no_harm() {
    for (name, target) in TARGETS {
        for seed in 0..INPUTS {
            let mut source = Gen::from_size_and_seed(600, seed);
            let mut bytes = Vec::<u8>::arbitrary(&mut source);
            println!("{name}, seed {seed}, {} bytes", bytes.len());
            target(&bytes);
            // The second way to choose a file in WfFormat.
            bytes.insert(0, 0);
            target(&bytes);
        }
    }
}
