//! The program of the fuzz target `read_map`.

#![cfg_attr(fuzzing, no_main)]

flow_fuzz::main!(flow_fuzz::read_map);
