//! Random allocations, and what must hold of their memory: the helpers of the arena's properties.

use std::{alloc::Layout, ops::Range, slice};

use flow_arena::{Arena, ArenaStats, Lane};
use flow_testkit::{Arbitrary, Gen, check_apart};

/// One allocation of some kind and size.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Zeroed(usize),
    Uninit(usize),
    Str(usize),
    Words(usize),
    Layout { size: usize, align: usize },
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        // Mostly small, now and then around and above the size of a block.
        let size = match u8::arbitrary(g) % 16 {
            0 => usize::from(u16::arbitrary(g)),
            1 => 0,
            2..6 => usize::from(u8::arbitrary(g)) * 8,
            _ => usize::from(u8::arbitrary(g)),
        };
        match u8::arbitrary(g) % 5 {
            0 => Self::Zeroed(size),
            1 => Self::Uninit(size),
            2 => Self::Str(size),
            3 => Self::Words(size / 8),
            _ => Self::Layout { size, align: 1 << (u8::arbitrary(g) % 13) },
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let smaller = |size: usize| size.shrink();
        match *self {
            Self::Zeroed(size) => Box::new(smaller(size).map(Self::Zeroed)),
            Self::Uninit(size) => Box::new(smaller(size).map(Self::Uninit)),
            Self::Str(size) => Box::new(smaller(size).map(Self::Str)),
            Self::Words(size) => Box::new(smaller(size).map(Self::Words)),
            Self::Layout { size, align } => {
                Box::new(smaller(size).map(move |size| Self::Layout { size, align }))
            }
        }
    }
}

/// A source of allocations, so that one test serves the arena and its lanes.
#[expect(clippy::mut_from_ref, reason = "the arena's own signatures: each call returns other memory")]
pub(crate) trait Source {
    fn zeroed(&self, len: usize) -> &mut [u8];
    fn uninit(&self, len: usize) -> *mut u8;
    fn text(&self, text: &str) -> &mut str;
    fn words(&self, len: usize) -> *mut u8;
    fn layout(&self, layout: Layout) -> *mut u8;
}

macro_rules! source {
    ($type:ty) => {
        impl Source for $type {
            fn zeroed(&self, len: usize) -> &mut [u8] {
                self.alloc(len)
            }
            fn uninit(&self, len: usize) -> *mut u8 {
                self.alloc_uninit(len).as_mut_ptr().cast()
            }
            fn text(&self, text: &str) -> &mut str {
                self.alloc_str(text)
            }
            fn words(&self, len: usize) -> *mut u8 {
                self.alloc_slice_fill_with(len, |_| 0_u64).as_mut_ptr().cast()
            }
            fn layout(&self, layout: Layout) -> *mut u8 {
                self.alloc_layout(layout).as_ptr()
            }
        }
    };
}

source!(Arena);
source!(Lane<'_>);

/// An allocation that was made, filled with a byte of its own.
#[derive(Debug)]
pub(crate) struct Piece {
    start: *mut u8,
    len: usize,
    fill: u8,
}

impl Piece {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start.addr()..self.start.addr() + self.len
    }
}

/// Makes the allocation, checks its alignment and first content, and fills it with `fill`.
pub(crate) fn allocate(source: &impl Source, op: Op, fill: u8) -> Result<Piece, String> {
    let (start, len, align) = match op {
        Op::Zeroed(len) => {
            let bytes = source.zeroed(len);
            if bytes.iter().any(|&byte| byte != 0) {
                return Err(format!("{op:?} is not zero"));
            }
            (bytes.as_mut_ptr(), bytes.len(), 1)
        }
        Op::Uninit(len) => (source.uninit(len), len, 1),
        Op::Str(len) => {
            let text = source.text(&"x".repeat(len));
            if *text != *"x".repeat(len) {
                return Err(format!("{op:?} became {text:?}"));
            }
            (text.as_mut_ptr(), text.len(), 1)
        }
        Op::Words(len) => (source.words(len), len * 8, 8),
        Op::Layout { size, align } => {
            (source.layout(Layout::from_size_align(size, align).unwrap()), size, align)
        }
    };
    if start.is_null() || !start.addr().is_multiple_of(align) {
        return Err(format!("{op:?} is at {start:?}"));
    }
    // SAFETY: the source said that these `len` bytes are ours.
    unsafe { start.write_bytes(fill, len) };
    Ok(Piece { start, len, fill })
}

/// Whether no two pieces overlap, and none was written to by the making of another.
pub(crate) fn check_pieces(pieces: &[Piece]) -> Result<(), String> {
    check_apart(pieces.iter().map(Piece::range))?;
    for piece in pieces {
        // SAFETY: the piece's memory is still allocated: the source is neither reset nor dropped.
        let bytes = unsafe { slice::from_raw_parts(piece.start, piece.len) };
        if bytes.iter().any(|&byte| byte != piece.fill) {
            return Err(format!("{piece:x?} was overwritten"));
        }
    }
    Ok(())
}

/// Makes every allocation in turn.
pub(crate) fn allocate_all(source: &impl Source, ops: &[Op]) -> Result<Vec<Piece>, String> {
    (0_u8..).chain(std::iter::repeat(0)).zip(ops).map(|(fill, &op)| allocate(source, op, fill)).collect()
}

/// Whether the statistics agree with each other.
pub(crate) fn check_stats(stats: &ArenaStats) -> Result<(), String> {
    let used = stats.requested + stats.padding + stats.wasted;
    let consistent = used <= stats.reserved
        && stats.reserved <= stats.peak_reserved
        && stats.limit.is_none_or(|limit| stats.peak_reserved <= limit);
    if consistent { Ok(()) } else { Err(format!("inconsistent: {stats:?}")) }
}
