//! The methods that allocate text, written once for [`Arena`](crate::Arena) and [`Lane`](crate::Lane), as those of
//! `allocation_methods.rs` are.

/// Defines the methods for text. `$source` turns `&self` into a `Source`; `$setup` and `$name` are, for the examples,
/// how to get at a value and what it is called.
macro_rules! text_methods {
    ($source:ident, $setup:literal, $name:literal, $life:lifetime $(, $borrow:lifetime)?) => {
        /// Allocates a copy of `text`. O(len).
        ///
        /// # Panics
        ///
        /// If [`try_alloc_str`](Self::try_alloc_str) would return an error.
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
            $crate::error::or_panic(self.try_alloc_str(text))
        }

        /// [`alloc_str`](Self::alloc_str), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_concat`](Self::try_concat) would return an error.
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
            $crate::error::or_panic(self.try_concat(parts))
        }

        /// [`concat`](Self::concat), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_join`](Self::try_join) would return an error.
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
            $crate::error::or_panic(self.try_join(parts, separator))
        }

        /// [`join`](Self::join), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_alloc_fmt`](Self::try_alloc_fmt) would return an error.
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
            $crate::error::or_panic(self.try_alloc_fmt(arguments))
        }

        /// [`alloc_fmt`](Self::alloc_fmt), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_to_lowercase`](Self::try_to_lowercase) would return an error.
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
            $crate::error::or_panic(self.try_to_lowercase(text))
        }

        /// [`to_lowercase`](Self::to_lowercase), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_to_uppercase`](Self::try_to_uppercase) would return an error.
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
            $crate::error::or_panic(self.try_to_uppercase(text))
        }

        /// [`to_uppercase`](Self::to_uppercase), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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
        /// If [`try_replace`](Self::try_replace) would return an error.
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
            $crate::error::or_panic(self.try_replace(text, from, to))
        }

        /// [`replace`](Self::replace), but returns an error instead of panicking.
        ///
        /// # Errors
        ///
        /// [`AllocError`](crate::AllocError) if there is no memory. The arena is then unchanged.
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

pub(crate) use text_methods;
