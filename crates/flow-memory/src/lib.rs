#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod buffer;
mod buffer_pool;
mod error;
mod object;
mod object_pool;
mod raw;
mod recycle;
mod sync;

pub use buffer::{Buffer, OwnedBuffer, PooledBuffer};
pub use buffer_pool::{
    BufferClassStats, BufferPool, BufferPoolBuilder, BufferPoolStats, GlobalPoolError, get_buffer,
    global_pool, put_buffer, with_buffer,
};
pub use error::AllocError;
pub use object::{Object, OwnedObject, PooledObject};
pub use object_pool::{ObjectPool, ObjectPoolBuilder, ObjectPoolStats};
pub use recycle::Recycle;
