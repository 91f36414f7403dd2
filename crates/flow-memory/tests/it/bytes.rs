//! The feature `bytes`: pooled buffers as `BufMut`, and frozen ones.

use std::thread;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use flow_memory::{BufferPool, get_buffer};
use flow_testkit::{Arbitrary, Gen, TestAllocator, TestResult, check, on_threads, run_model, same};

/// One of the ways to write.
#[derive(Clone, Debug)]
enum Op {
    Byte(u8),
    Signed(i16),
    Word(u32),
    WordBigAndLittle(u64),
    Slice(Vec<u8>),
    Repeat(u8, u16),
    Pieces(Vec<Vec<u8>>),
    Chunk(Vec<u8>),
    Limited(Vec<u8>, u8),
    Truncate(u16),
    Reserve(u16),
    Grow(Vec<u8>),
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        match u8::arbitrary(source) % 12 {
            0 => Self::Byte(u8::arbitrary(source)),
            1 => Self::Signed(i16::arbitrary(source)),
            2 => Self::Word(u32::arbitrary(source)),
            3 => Self::WordBigAndLittle(u64::arbitrary(source)),
            4 => Self::Slice(Vec::arbitrary(source)),
            5 => Self::Repeat(u8::arbitrary(source), u16::arbitrary(source) % 1000),
            6 => Self::Pieces(Vec::arbitrary(source)),
            7 => Self::Chunk(Vec::arbitrary(source)),
            8 => Self::Limited(Vec::arbitrary(source), u8::arbitrary(source)),
            9 => Self::Truncate(u16::arbitrary(source) % 2000),
            10 => Self::Reserve(u16::arbitrary(source) % 1000),
            _ => Self::Grow(Vec::arbitrary(source)),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match self {
            Self::Slice(bytes) => Box::new(bytes.shrink().map(Self::Slice)),
            Self::Pieces(pieces) => Box::new(pieces.shrink().map(Self::Pieces)),
            Self::Chunk(bytes) => Box::new(bytes.shrink().map(Self::Chunk)),
            &Self::Repeat(byte, count) => {
                Box::new(count.shrink().map(move |count| Self::Repeat(byte, count)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// Several pieces as one source.
fn chained(pieces: &[Vec<u8>]) -> Box<dyn Buf + '_> {
    pieces.iter().fold(Box::new(Bytes::new()), |all, piece| Box::new(all.chain(&piece[..])))
}

/// Writes by hand, a chunk at a time.
fn write_chunks(target: &mut impl BufMut, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let chunk = target.chunk_mut();
        assert!(chunk.len() != 0, "a chunk is empty although there is room");
        let count = chunk.len().min(bytes.len());
        chunk[..count].copy_from_slice(&bytes[..count]);
        // SAFETY: these were written.
        unsafe { target.advance_mut(count) };
        bytes = &bytes[count..];
    }
}

/// The same for everything that bytes can be written to.
fn apply(target: &mut impl BufMut, op: &Op) {
    match op {
        Op::Byte(byte) => target.put_u8(*byte),
        Op::Signed(number) => target.put_i16_le(*number),
        Op::Word(number) => target.put_u32(*number),
        Op::WordBigAndLittle(number) => {
            target.put_u64(*number);
            target.put_u64_le(*number);
            target.put_uint(number & 0xff_ffff, 3);
        }
        Op::Slice(bytes) | Op::Grow(bytes) => target.put_slice(bytes),
        Op::Repeat(byte, count) => target.put_bytes(*byte, (*count).into()),
        Op::Pieces(pieces) => target.put(chained(pieces)),
        Op::Chunk(bytes) => write_chunks(target, bytes),
        Op::Limited(bytes, limit) => {
            let mut limited = target.limit((*limit).into());
            let count = bytes.len().min(limited.remaining_mut());
            limited.put_slice(&bytes[..count]);
        }
        Op::Truncate(_) | Op::Reserve(_) => {}
    }
}

#[test]
fn buf_mut_agrees() {
    fn property(ops: Vec<Op>, capacity: u16) -> TestResult {
        let pool = BufferPool::builder().smallest_class(8).largest_class(512).build();
        let capacity = usize::from(capacity % 100);
        let state = (pool.get(capacity), BytesMut::with_capacity(capacity), Vec::<u8>::new());
        let result = run_model(state, &ops, |(pooled, bytes, vector), op| {
            match op {
                Op::Truncate(len) => {
                    pooled.truncate((*len).into());
                    bytes.truncate((*len).into());
                    vector.truncate((*len).into());
                }
                Op::Reserve(count) => pooled.reserve((*count).into()),
                // The vector grows by itself, past the pool.
                Op::Grow(more) => {
                    (**pooled).extend_from_slice(more);
                    apply(bytes, op);
                    apply(vector, op);
                }
                op => {
                    apply(pooled, op);
                    apply(bytes, op);
                    apply(vector, op);
                }
            }
            same("against Vec", &pooled[..], &vector[..])?;
            same("against BytesMut", &pooled[..], &bytes[..])?;
            same("remaining_mut", pooled.remaining_mut(), isize::MAX as usize - vector.len())
        });
        if result.is_failure() {
            return result;
        }
        match same("outstanding at the end", pool.stats().outstanding, 0) {
            Ok(()) => result,
            Err(problem) => TestResult::error(problem),
        }
    }
    check("buffer-pool", "buf_mut_agrees", property as fn(Vec<Op>, u16) -> TestResult);
}

#[test]
fn numbers_and_slices_are_appended() {
    let pool = BufferPool::new();
    let mut buffer = pool.get(64);
    buffer.put_u32(0x0102_0304);
    buffer.put_slice(b"five");
    buffer.put(&b"six"[..]);
    buffer.put_bytes(7, 2);
    assert_eq!(&buffer[..], b"\x01\x02\x03\x04fivesix\x07\x07");
    buffer.put_bytes(0, 0);
    buffer.put_slice(&[]);
    buffer.put(Bytes::new());
    assert_eq!((buffer.len(), buffer.capacity()), (13, 64));
}

#[test]
fn every_way_to_write_grows_through_the_pool() {
    let ways: [fn(&mut flow_memory::PooledBuffer<'_>); 5] = [
        |buffer| buffer.put_u32(1),
        |buffer| buffer.put_slice(&[1; 100]),
        |buffer| buffer.put(Bytes::from_static(&[1; 100])),
        |buffer| buffer.put_bytes(1, 100),
        |buffer| assert!(buffer.chunk_mut().len() >= 64),
    ];
    for way in ways {
        let pool = BufferPool::new();
        drop((pool.get(64), pool.get(128), pool.get(256)));
        let mut buffer = pool.get(64);
        buffer.resize(64, 7);
        let ((), counts) = TestAllocator::count(|| way(&mut buffer));
        assert_eq!(counts.allocations, 0, "the pool has what is needed");
        assert!(buffer[..64].iter().all(|&byte| byte == 7));
        assert!([128, 256].contains(&buffer.capacity()), "{}", buffer.capacity());
        // The smaller one went home.
        assert_eq!((pool.stats().outstanding, pool.stats().retained), (1, 2));
        drop(buffer);
        assert_eq!(pool.stats().retained, 3);
    }
}

#[test]
fn a_chunk_is_the_spare_capacity() {
    let pool = BufferPool::new();
    let mut buffer = pool.get(64);
    buffer.put_slice(&[1; 60]);
    assert_eq!(buffer.chunk_mut().len(), 4);
    write_chunks(&mut buffer, &[2; 200]);
    assert_eq!((buffer.len(), buffer[59], buffer[60], buffer[259]), (260, 1, 2, 2));
    // One without capacity, too.
    let mut empty = pool.get(64);
    drop(empty.detach());
    assert_eq!(empty.capacity(), 0);
    assert!(empty.chunk_mut().len() >= 64);
    empty.put_u8(9);
    assert_eq!(empty, [9]);
}

#[test]
#[should_panic(expected = "advance")]
fn no_more_can_be_advanced_than_there_is() {
    let pool = BufferPool::new();
    let mut buffer = pool.get(64);
    // SAFETY: none is needed: it panics before it does anything.
    unsafe { buffer.advance_mut(65) };
}

#[test]
fn what_is_frozen_is_not_copied() {
    let pool = BufferPool::new();
    let mut buffer = pool.get_owned(1000);
    buffer.put_slice(b"some contents");
    let address = buffer.as_ptr();
    let (bytes, counts) = TestAllocator::count(|| buffer.freeze());
    assert_eq!((bytes.as_ptr(), &bytes[..]), (address, &b"some contents"[..]));
    assert!(counts.allocations == 1 && counts.allocated_bytes < 100, "{counts:?}");
    let part = bytes.slice(5..);
    assert_eq!(part.as_ptr(), address.wrapping_add(5));
}

#[test]
fn what_is_frozen_comes_home_with_the_last_clone() {
    let pool = BufferPool::new();
    let mut buffer = pool.get_owned(64);
    buffer.put_slice(b"shared");
    let address = buffer.as_ptr();
    let bytes = buffer.freeze();
    let mut clones = vec![bytes.clone(), bytes.slice(1..3), bytes.slice(6..)];
    let mut rest = bytes;
    clones.push(rest.split_to(2));
    rest.advance(1);
    clones.push(rest);
    while let Some(one) = clones.pop() {
        assert_eq!((pool.stats().outstanding, pool.stats().retained), (1, 0));
        drop(one);
        // An empty slice keeps nothing alive.
        if clones.iter().all(Bytes::is_empty) {
            break;
        }
    }
    drop(clones);
    assert_eq!((pool.stats().outstanding, pool.stats().returns), (0, 1));
    let again = pool.get(64);
    assert_eq!((again.as_ptr(), again.len()), (address, 0));
}

#[test]
fn what_is_frozen_comes_home_from_other_threads() {
    let rounds = if cfg!(flow_sanitize) { 20 } else { 500 };
    let pool = BufferPool::new();
    for round in 0..rounds {
        let mut buffer = pool.get_owned(64);
        buffer.put_u64(round);
        let bytes = buffer.freeze();
        // Who is the last is different each time.
        on_threads(3, |_| {
            let mut mine = bytes.clone();
            assert_eq!(mine.get_u64(), round);
        });
        drop(bytes);
    }
    let stats = pool.stats();
    assert_eq!((stats.outstanding, stats.hits, stats.misses), (0, rounds - 1, 1), "{stats}");
    let bytes = pool.get_owned(64).freeze();
    thread::spawn(move || drop(bytes)).join().expect("nothing panics");
    assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 1));
}

#[test]
fn what_is_frozen_keeps_its_pool() {
    let pool = BufferPool::new();
    drop(pool.get(1000));
    let mut buffer = pool.get(64).into_owned();
    buffer.put_slice(b"alive");
    drop(pool);
    let bytes = buffer.freeze();
    let clone = bytes.clone();
    drop(bytes);
    assert_eq!(&clone[..], b"alive");
    thread::spawn(move || drop(clone)).join().expect("nothing panics");
}

#[test]
fn buffers_of_the_global_pool_are_frozen_as_they_are() {
    let mut buffer = get_buffer(3000);
    buffer.put_slice(&[3; 3000]);
    let address = buffer.as_ptr();
    let bytes: Bytes = buffer.freeze();
    assert_eq!((bytes.as_ptr(), bytes.len()), (address, 3000));
    let part = bytes.slice(2000..2010);
    drop(bytes);
    assert_eq!(part, [3; 10][..]);
    // Nobody else of this process asks for this size.
    drop(part);
    assert_eq!(get_buffer(3000).as_ptr(), address);
}

#[test]
fn empty_buffers_are_frozen() {
    let pool = BufferPool::new();
    let bytes = pool.get_owned(64).freeze();
    assert!(bytes.is_empty() && pool.stats().outstanding == 1);
    drop(bytes);
    assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 1));
    // Without any capacity.
    let mut buffer = pool.get_owned(64);
    let vector = buffer.detach();
    let bytes = buffer.freeze();
    assert_eq!((bytes.len(), vector.capacity(), pool.stats().outstanding), (0, 64, 0));
    drop(bytes);
    assert_eq!((pool.stats().outstanding, pool.stats().retained, pool.stats().discards), (0, 0, 0));
}

#[test]
fn large_buffers_are_frozen_and_freed() {
    let pool = BufferPool::builder().largest_class(1024).build();
    let mut buffer = pool.get_owned(10_000);
    buffer.put_bytes(1, 10_000);
    let bytes = buffer.freeze();
    assert_eq!((pool.stats().outstanding, pool.stats().oversized), (1, 1));
    drop(bytes);
    assert_eq!((pool.stats().outstanding, pool.stats().retained, pool.stats().discards), (0, 0, 1));
}

#[test]
fn what_bytes_become_is_not_the_pools() {
    let pool = BufferPool::new();
    let frozen = || {
        let mut buffer = pool.get_owned(64);
        buffer.put_slice(b"contents");
        buffer.freeze()
    };
    let vector = Vec::from(frozen());
    let mut mutable = BytesMut::from(frozen());
    mutable.put_slice(b", more");
    assert_eq!((&vector[..], &mutable[..]), (&b"contents"[..], &b"contents, more"[..]));
    // Whoever has the only clone cannot have the buffer itself: it is the pool's.
    let refused = frozen().try_into_mut().expect_err("the memory is not of `bytes`");
    assert_eq!(&refused[..], b"contents");
    assert!(!refused.is_unique());
    drop(refused);
    assert_eq!((pool.stats().outstanding, pool.stats().retained), (0, 1));
    drop((vector, mutable));
    // Nothing that was handed out is handed out again, and nothing was freed.
    let buffers: Vec<_> = (0..10).map(|_| pool.get(64)).collect();
    assert!(buffers.iter().all(|buffer| buffer.is_empty() && buffer.capacity() == 64));
}

#[test]
fn a_reader_may_keep_slices_of_a_frozen_message() {
    let pool = BufferPool::new();
    let mut message = pool.get_owned(128);
    for field in ["name", "value", ""] {
        message.put_u16(field.len().try_into().expect("short"));
        message.put_slice(field.as_bytes());
    }
    let mut bytes = message.freeze();
    let mut fields = Vec::new();
    while bytes.has_remaining() {
        let len = bytes.get_u16().into();
        fields.push(bytes.copy_to_bytes(len));
    }
    drop(bytes);
    assert_eq!(fields, ["name", "value", ""]);
    assert_eq!(pool.stats().outstanding, 1);
    drop(fields);
    assert_eq!(pool.stats().outstanding, 0);
}
