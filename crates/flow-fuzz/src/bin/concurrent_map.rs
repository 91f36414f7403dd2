//! The program of the fuzz target `concurrent_map`.

#![cfg_attr(fuzzing, no_main)]

flow_fuzz::main!(flow_fuzz::concurrent_map);
