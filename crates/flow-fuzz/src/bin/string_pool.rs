//! The program of the fuzz target `string_pool`.

#![cfg_attr(fuzzing, no_main)]

flow_fuzz::main!(flow_fuzz::string_pool);
