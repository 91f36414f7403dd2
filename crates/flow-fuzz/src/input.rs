//! Decodes values from the bytes of the fuzzer. When these are used up, everything is zero.

/// What is left of the bytes.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        first
    }

    pub(crate) fn bool(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// Up to `len` bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (bytes, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        bytes
    }

    /// A size: mostly small, some around that of a block.
    pub(crate) fn size(&mut self) -> usize {
        match self.byte() {
            0 => 0,
            kind @ 1..=223 => usize::from(kind),
            224..=247 => usize::from(self.byte()) * 16,
            248..=255 => usize::from(self.u16()),
        }
    }

    /// A text: one of a small vocabulary, so that texts repeat, a long one, or any.
    pub(crate) fn text(&mut self) -> String {
        match self.byte() {
            kind @ 0..=159 => format!("word-{}", kind % 40),
            160..=191 => "x".repeat(self.size() % 1024),
            kind @ 192..=255 => String::from_utf8_lossy(self.bytes(usize::from(kind - 192))).into_owned(),
        }
    }

    pub(crate) fn texts(&mut self, bound: u8) -> Vec<String> {
        (0..self.below(bound)).map(|_| self.text()).collect()
    }
}
