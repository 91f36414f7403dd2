//! The program of the fuzz target `arena`.

#![cfg_attr(fuzzing, no_main)]

flow_fuzz::main!(flow_fuzz::arena);
