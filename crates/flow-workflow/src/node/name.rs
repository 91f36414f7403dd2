//! [`NodeName`]: texts and symbols.

/// A name for a [`Node`](crate::Node): a text, or the [symbol](crate::NodePool::symbol) that its pool has for it, which
/// saves looking it up.
///
/// Implemented for `&str`, `&String` and [`Symbol`](flow_arena::Symbol), and for nothing else.
///
/// ```
/// use flow_workflow::{Node, NodeName, NodePool};
///
/// fn step(node: &mut Node, name: impl NodeName) {
///     node.set_name(name).set_action("step");
/// }
///
/// let pool = NodePool::new();
/// let mut node = pool.get();
/// step(&mut node, "charge");
/// step(&mut node, pool.symbol("charge")); // Looks nothing up.
/// assert_eq!(node.name(), "charge");
/// ```
pub trait NodeName: sealed::Sealed {}

impl<N: sealed::Sealed> NodeName for N {}

mod sealed {
    use flow_arena::{StringPool, Symbol};

    pub trait Sealed {
        /// The symbol of the name, which is interned if it is new.
        fn symbol(self, names: &StringPool) -> Symbol;

        /// The symbol of the name, if there is one.
        fn find(self, names: &StringPool) -> Option<Symbol>;
    }

    impl Sealed for &str {
        #[inline]
        fn symbol(self, names: &StringPool) -> Symbol {
            names.symbol(self)
        }

        fn find(self, names: &StringPool) -> Option<Symbol> {
            names.get_symbol(self)
        }
    }

    impl Sealed for &String {
        #[inline]
        fn symbol(self, names: &StringPool) -> Symbol {
            names.symbol(self)
        }

        fn find(self, names: &StringPool) -> Option<Symbol> {
            names.get_symbol(self)
        }
    }

    impl Sealed for Symbol {
        #[inline]
        fn symbol(self, _names: &StringPool) -> Symbol {
            self
        }

        fn find(self, _names: &StringPool) -> Option<Symbol> {
            Some(self)
        }
    }
}
