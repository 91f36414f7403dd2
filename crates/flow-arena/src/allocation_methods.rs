//! The methods that allocate, written once for [`Arena`](crate::Arena) and [`Lane`](crate::Lane).
//!
//! Each comes as a pair: `try_*` returns an [`AllocError`](crate::AllocError), its twin panics with it.

use crate::AllocError;

/// Panics because an allocation failed.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn failed(error: AllocError) -> ! {
    panic!("allocation failed: {error}")
}

/// Defines the allocation methods. `$source` turns `&self` into a `Source`; `$setup` and `$name` are, for the examples,
/// how to get at a value and what it is called.
macro_rules! allocation_methods {
    ($source:ident, $setup:literal, $name:literal, $life:lifetime $(, $borrow:lifetime)?) => {
        /// Allocates `len` bytes, all zero.
        ///
        /// O(len). For bytes that are written anyway, [`alloc_uninit`](Self::alloc_uninit) leaves the zeroing out.
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let buffer = ", $name, ".alloc(4);")]

        /// assert_eq!(buffer, [0; 4]);
        /// ```
        #[doc(alias = "Alloc")]
        #[inline]
        #[track_caller]
        pub fn alloc$(<$borrow>)?(&$($borrow)? self, len: usize) -> &$life mut [u8] {
            match self.try_alloc(len) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc`](Self::alloc) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let buffer = ", $name, ".try_alloc(4)?;")]

        /// assert_eq!(buffer, [0; 4]);
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc$(<$borrow>)?(&$($borrow)? self, len: usize) -> Result<&$life mut [u8], $crate::AllocError> {
            $crate::raw::source::zeroed(self.$source(), len)
        }

        /// Allocates `len` bytes with no particular content. O(1).
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let buffer = ", $name, ".alloc_uninit(4);")]

        /// let first = buffer[0].write(7);
        /// assert_eq!(*first, 7);
        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_uninit$(<$borrow>)?(&$($borrow)? self, len: usize) -> &$life mut [std::mem::MaybeUninit<u8>] {
            match self.try_alloc_uninit(len) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_uninit`](Self::alloc_uninit) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let buffer = ", $name, ".try_alloc_uninit(4)?;")]

        /// let first = buffer[0].write(7);
        /// assert_eq!(*first, 7);
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_uninit$(<$borrow>)?(&$($borrow)? self, len: usize) -> Result<&$life mut [std::mem::MaybeUninit<u8>], $crate::AllocError> {
            $crate::raw::source::uninit_slice(self.$source(), len)
        }

        /// Allocates uninitialized memory for `layout`, of any alignment. O(1).
        ///
        /// The memory may be used until the arena is reset, freed or dropped, or until the end of the
        /// [`scope`](crate::Lane::scope) in which it was allocated. For a layout of size zero the pointer is dangling, and aligned.
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        /// let layout = std::alloc::Layout::from_size_align(100, 64).unwrap();
        #[doc = concat!("let start = ", $name, ".alloc_layout(layout);")]

        /// assert!(start.addr().get().is_multiple_of(64));
        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_layout(&self, layout: std::alloc::Layout) -> std::ptr::NonNull<u8> {
            match self.try_alloc_layout(layout) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_layout`](Self::alloc_layout) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        /// let layout = std::alloc::Layout::from_size_align(100, 64).unwrap();
        #[doc = concat!("let start = ", $name, ".try_alloc_layout(layout)?;")]

        /// assert!(start.addr().get().is_multiple_of(64));
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_layout(&self, layout: std::alloc::Layout) -> Result<std::ptr::NonNull<u8>, $crate::AllocError> {
            $crate::raw::source::Source::reserve(self.$source(), layout)
        }

        /// Allocates `value`, which is moved into the arena. O(size of `T`).
        ///
        /// The arena never drops it. A `T` that needs dropping does not compile here, see
        /// [`alloc_with_drop`](Self::alloc_with_drop):
        ///
        /// ```compile_fail
        /// let arena = flow_arena::Arena::new();
        /// arena.alloc_value(String::new());
        /// ```
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let point = ", $name, ".alloc_value((1.0, 2.0));")]

        /// point.0 += 1.0;
        /// assert_eq!(*point, (2.0, 2.0));
        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_value<$($borrow,)? T>(&$($borrow)? self, value: T) -> &$life mut T {
            match self.try_alloc_value(value) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_value`](Self::alloc_value) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let point = ", $name, ".try_alloc_value((1.0, 2.0))?;")]

        /// point.0 += 1.0;
        /// assert_eq!(*point, (2.0, 2.0));
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_value<$($borrow,)? T>(&$($borrow)? self, value: T) -> Result<&$life mut T, $crate::AllocError> {
            $crate::raw::source::value(self.$source(), value)
        }

        /// Allocates `value`, which is dropped when its memory is reused: at the next reset, at the end of the
        /// [`scope`](crate::Lane::scope), or with the arena.
        ///
        /// `T` must be `Send` because any thread may reset the arena, and `'static` because it lives until then. Costs two words
        /// more than [`alloc_value`](Self::alloc_value). Of one thread, or one lane, the newest value is dropped first.
        ///
        /// ```compile_fail,E0277
        /// let arena = flow_arena::Arena::new();
        /// arena.alloc_with_drop(std::rc::Rc::new(1)); // Not `Send`.
        /// ```
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let list = ", $name, ".alloc_with_drop(vec![1, 2]);")]

        /// list.push(3);
        /// assert_eq!(list.len(), 3);
        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_with_drop<$($borrow,)? T: Send + 'static>(&$($borrow)? self, value: T) -> &$life mut T {
            match self.try_alloc_with_drop(value) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_with_drop`](Self::alloc_with_drop) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let list = ", $name, ".try_alloc_with_drop(vec![1, 2])?;")]

        /// list.push(3);
        /// assert_eq!(list.len(), 3);
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_with_drop<$($borrow,)? T: Send + 'static>(&$($borrow)? self, value: T) -> Result<&$life mut T, $crate::AllocError> {
            $crate::raw::source::value_with_drop(self.$source(), value)
        }

        /// Allocates a copy of `values`. O(len).
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let copy = ", $name, ".alloc_slice_copy(&[1, 2, 3]);")]

        /// copy[0] = 7;
        /// assert_eq!(copy, [7, 2, 3]);
        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_slice_copy<$($borrow,)? T: Copy>(&$($borrow)? self, values: &[T]) -> &$life mut [T] {
            match self.try_alloc_slice_copy(values) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_slice_copy`](Self::alloc_slice_copy) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let copy = ", $name, ".try_alloc_slice_copy(&[1, 2, 3])?;")]

        /// copy[0] = 7;
        /// assert_eq!(copy, [7, 2, 3]);
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_slice_copy<$($borrow,)? T: Copy>(&$($borrow)? self, values: &[T]) -> Result<&$life mut [T], $crate::AllocError> {
            $crate::raw::source::copied(self.$source(), values)
        }

        /// Allocates `len` values, the result of `fill` for each index. O(len).
        ///
        /// `fill` may allocate from the same arena. `T` must not need dropping.
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        /// If `fill` does. The memory stays allocated then until the next reset.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let squares = ", $name, ".alloc_slice_fill_with(4, |i| i * i);")]

        /// assert_eq!(squares, [0, 1, 4, 9]);
        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_slice_fill_with<$($borrow,)? T>(&$($borrow)? self, len: usize, fill: impl FnMut(usize) -> T) -> &$life mut [T] {
            match self.try_alloc_slice_fill_with(len, fill) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_slice_fill_with`](Self::alloc_slice_fill_with) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Panics
        ///
        /// If `fill` does. The memory stays allocated then until the next reset.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("let squares = ", $name, ".try_alloc_slice_fill_with(4, |i| i * i)?;")]

        /// assert_eq!(squares, [0, 1, 4, 9]);
        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_slice_fill_with<$($borrow,)? T>(&$($borrow)? self, len: usize, fill: impl FnMut(usize) -> T) -> Result<&$life mut [T], $crate::AllocError> {
            $crate::raw::source::filled_with(self.$source(), len, fill)
        }

        /// Allocates a copy of `text`. O(len).
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".alloc_str(\"example\"), \"example\");")]

        /// ```
        #[doc(alias = "AllocString")]
        #[inline]
        #[track_caller]
        pub fn alloc_str$(<$borrow>)?(&$($borrow)? self, text: &str) -> &$life mut str {
            match self.try_alloc_str(text) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_str`](Self::alloc_str) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_alloc_str(\"example\")?, \"example\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_str$(<$borrow>)?(&$($borrow)? self, text: &str) -> Result<&$life mut str, $crate::AllocError> {
            $crate::raw::source::str_copy(self.$source(), text)
        }

        /// Allocates the concatenation of `parts`, as [`slice::concat`] does. O(total length), one allocation.
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".concat(&[\"node\", \"-\", \"7\"]), \"node-7\");")]

        /// ```
        #[inline]
        #[track_caller]
        pub fn concat$(<$borrow>)?(&$($borrow)? self, parts: &[&str]) -> &$life mut str {
            match self.try_concat(parts) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`concat`](Self::concat) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_concat(&[\"node\", \"-\", \"7\"])?, \"node-7\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_concat$(<$borrow>)?(&$($borrow)? self, parts: &[&str]) -> Result<&$life mut str, $crate::AllocError> {
            $crate::raw::source::joined(self.$source(), parts, "")
        }

        /// Allocates `parts` with `separator` between them, as [`slice::join`] does. O(total length), one allocation.
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".join(&[\"a\", \"b\"], \", \"), \"a, b\");")]

        /// ```
        #[inline]
        #[track_caller]
        pub fn join$(<$borrow>)?(&$($borrow)? self, parts: &[&str], separator: &str) -> &$life mut str {
            match self.try_join(parts, separator) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`join`](Self::join) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_join(&[\"a\", \"b\"], \", \")?, \"a, b\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_join$(<$borrow>)?(&$($borrow)? self, parts: &[&str], separator: &str) -> Result<&$life mut str, $crate::AllocError> {
            $crate::raw::source::joined(self.$source(), parts, separator)
        }

        /// Formats into the arena, as [`format!`] does into a `String`. [`arena_format!`](crate::arena_format) is this with
        /// `format!`'s syntax.
        ///
        /// One pass; the text moves a logarithmic number of times if it grows long or if a `Display` allocates from the same arena.
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        /// If a formatting implementation panics or returns an error of its own, as `format!` does.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".alloc_fmt(format_args!(\"node-{}\", 7)), \"node-7\");")]

        /// ```
        #[inline]
        #[track_caller]
        pub fn alloc_fmt$(<$borrow>)?(&$($borrow)? self, arguments: std::fmt::Arguments<'_>) -> &$life mut str {
            match self.try_alloc_fmt(arguments) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`alloc_fmt`](Self::alloc_fmt) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Panics
        ///
        /// If a formatting implementation panics or returns an error of its own, as `format!` does.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_alloc_fmt(format_args!(\"node-{}\", 7))?, \"node-7\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_alloc_fmt$(<$borrow>)?(&$($borrow)? self, arguments: std::fmt::Arguments<'_>) -> Result<&$life mut str, $crate::AllocError> {
            $crate::text::formatted(self.$source(), arguments)
        }

        /// Allocates `text` in lower case, as [`str::to_lowercase`] gives it. O(len).
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".to_lowercase(\"ΑΓΩΝΑΣ\"), \"αγωνας\");")]

        /// ```
        #[inline]
        #[track_caller]
        pub fn to_lowercase$(<$borrow>)?(&$($borrow)? self, text: &str) -> &$life mut str {
            match self.try_to_lowercase(text) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`to_lowercase`](Self::to_lowercase) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_to_lowercase(\"ΑΓΩΝΑΣ\")?, \"αγωνας\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_to_lowercase$(<$borrow>)?(&$($borrow)? self, text: &str) -> Result<&$life mut str, $crate::AllocError> {
            $crate::text::lowercase(self.$source(), text)
        }

        /// Allocates `text` in upper case, as [`str::to_uppercase`] gives it. O(len).
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".to_uppercase(\"straße\"), \"STRASSE\");")]

        /// ```
        #[inline]
        #[track_caller]
        pub fn to_uppercase$(<$borrow>)?(&$($borrow)? self, text: &str) -> &$life mut str {
            match self.try_to_uppercase(text) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`to_uppercase`](Self::to_uppercase) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_to_uppercase(\"straße\")?, \"STRASSE\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_to_uppercase$(<$borrow>)?(&$($borrow)? self, text: &str) -> Result<&$life mut str, $crate::AllocError> {
            $crate::text::uppercase(self.$source(), text)
        }

        /// Allocates `text` with every match of `from` replaced by `to`, as [`str::replace`] gives it. O(len).
        ///
        /// # Panics
        ///
        /// Where the `try_` twin returns an error.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".replace(\"a-b-c\", \"-\", \"::\"), \"a::b::c\");")]

        /// ```
        #[inline]
        #[track_caller]
        pub fn replace$(<$borrow>)?(&$($borrow)? self, text: &str, from: &str, to: &str) -> &$life mut str {
            match self.try_replace(text, from, to) {
                Ok(allocated) => allocated,
                Err(error) => $crate::allocation_methods::failed(error),
            }
        }

        /// [`replace`](Self::replace) that returns an error where that panics.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if no memory can be had; the arena is as it was then.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $setup]
        #[doc = concat!("assert_eq!(", $name, ".try_replace(\"a-b-c\", \"-\", \"::\")?, \"a::b::c\");")]

        /// # Ok::<(), flow_arena::AllocError>(())
        /// ```
        #[inline]
        pub fn try_replace$(<$borrow>)?(&$($borrow)? self, text: &str, from: &str, to: &str) -> Result<&$life mut str, $crate::AllocError> {
            $crate::text::replaced(self.$source(), text, from, to)
        }
    };
}

pub(crate) use allocation_methods;
