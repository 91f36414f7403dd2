//! The program of the fuzz target `wfformat`.

#![cfg_attr(fuzzing, no_main)]

flow_fuzz::main!(flow_fuzz::wfformat);
