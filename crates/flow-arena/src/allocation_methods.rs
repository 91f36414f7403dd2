//! The methods that allocate bytes and values, written once for [`Arena`](crate::Arena) and [`Lane`](crate::Lane).
//! Those for text are in `text_methods.rs`.
//!
//! Each comes as a pair: `try_*` returns an [`AllocError`](crate::AllocError), its twin panics with it.

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
        /// If [`try_alloc`](Self::try_alloc) would return an error.
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
            $crate::error::or_panic(self.try_alloc(len))
        }

        /// [`alloc`](Self::alloc), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_alloc_uninit`](Self::try_alloc_uninit) would return an error.
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
            $crate::error::or_panic(self.try_alloc_uninit(len))
        }

        /// [`alloc_uninit`](Self::alloc_uninit), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_alloc_layout`](Self::try_alloc_layout) would return an error.
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
            $crate::error::or_panic(self.try_alloc_layout(layout))
        }

        /// [`alloc_layout`](Self::alloc_layout), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_alloc_value`](Self::try_alloc_value) would return an error.
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
            $crate::error::or_panic(self.try_alloc_value(value))
        }

        /// [`alloc_value`](Self::alloc_value), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// more than [`alloc_value`](Self::alloc_value). Within a thread or a lane, the newest value is dropped first.
        ///
        /// ```compile_fail,E0277
        /// let arena = flow_arena::Arena::new();
        /// arena.alloc_with_drop(std::rc::Rc::new(1)); // Not `Send`.
        /// ```
        ///
        /// # Panics
        ///
        /// If [`try_alloc_with_drop`](Self::try_alloc_with_drop) would return an error.
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
            $crate::error::or_panic(self.try_alloc_with_drop(value))
        }

        /// [`alloc_with_drop`](Self::alloc_with_drop), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_alloc_slice_copy`](Self::try_alloc_slice_copy) would return an error.
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
            $crate::error::or_panic(self.try_alloc_slice_copy(values))
        }

        /// [`alloc_slice_copy`](Self::alloc_slice_copy), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_alloc_slice_fill_with`](Self::try_alloc_slice_fill_with) would return an error.
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
            $crate::error::or_panic(self.try_alloc_slice_fill_with(len, fill))
        }

        /// [`alloc_slice_fill_with`](Self::alloc_slice_fill_with), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
    };
}

pub(crate) use allocation_methods;
