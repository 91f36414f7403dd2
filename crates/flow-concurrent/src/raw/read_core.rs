//! The versions of a [`ReadMap`](crate::ReadMap), so put together that what is unsafe about the trie cannot be got
//! wrong.
//!
//! Nodes are freed where [`Versions`] gives them out as dead, where an edit is given up, and where the last owner of
//! the core is dropped, and nowhere else. Whoever looks at a version ([`View`]) borrows from something that keeps it
//! in use, and the core with it.

use std::{borrow::Borrow, hash::BuildHasher, hash::Hash, mem};

use super::{
    trie::{self, Differences, Edit, Edited, Node, Root},
    versions::{Born, Version, Versions, Writer},
};
use crate::{
    hash::hash_of,
    sync::{Arc, Guard, of_process::StdArc},
};

pub(crate) use super::trie::Iter;

/// What a version of a map is. It owns nothing.
#[derive(Debug)]
pub(crate) struct Content<K, V> {
    root: Root<K, V>,
    len: usize,
}

impl<K, V> Content<K, V> {
    fn new(edited: &Edited<K, V>) -> Self {
        // SAFETY: an edit that has just ended made it, and nobody has had the time to free it.
        Self { root: unsafe { Root::new(edited.root) }, len: edited.len }
    }
}

impl<K, V> Born for Node<K, V> {
    fn birth(&self) -> u64 {
        // SAFETY: garbage is not freed before `Versions` gives it out.
        unsafe { Self::birth(*self) }
    }
}

/// All versions of a map that are in use, and its hasher.
#[derive(Debug)]
pub(crate) struct Core<K, V, S> {
    versions: Versions<Content<K, V>, Node<K, V>>,
    hasher: S,
}

impl<K, V, S> Drop for Core<K, V, S> {
    fn drop(&mut self) {
        let (newest, garbage) = self.versions.take();
        let mut dead = Dead(garbage);
        // SAFETY: nobody has the core, so that nobody looks at any version; nothing was freed before.
        unsafe { newest.content.root.node().walk(&mut |node| dead.0.push(node), &|_| true) };
    }
}

/// Nodes that nobody reaches, to be freed when this is dropped.
#[must_use]
struct Dead<K, V>(Vec<Node<K, V>>);

impl<K, V> Drop for Dead<K, V> {
    fn drop(&mut self) {
        /// Goes on when a destructor of an entry has unwound; the second such panic aborts, as in a `Vec`.
        struct Rest<'a, K, V>(&'a mut Vec<Node<K, V>>);

        impl<K, V> Drop for Rest<'_, K, V> {
            fn drop(&mut self) {
                while let Some(node) = self.0.pop() {
                    // SAFETY: nobody reaches it, and it is taken from the list before.
                    unsafe { node.free() };
                }
            }
        }

        let rest = Rest(&mut self.0);
        while let Some(node) = rest.0.pop() {
            // SAFETY: as above.
            unsafe { node.free() };
        }
    }
}

/// A version that is looked at.
pub(crate) struct View<'a, K, V> {
    version: &'a Version<Content<K, V>>,
}

impl<K, V> Clone for View<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for View<'_, K, V> {}

impl<'a, K, V> View<'a, K, V> {
    /// # Safety
    ///
    /// Something keeps the version in use, and its core alive, as long as `'a`.
    #[inline]
    unsafe fn new(version: &'a Version<Content<K, V>>) -> Self {
        Self { version }
    }

    #[inline]
    pub(crate) fn number(self) -> u64 {
        self.version.number
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        self.version.content.len
    }

    pub(crate) fn iter(self) -> Iter<'a, K, V> {
        // SAFETY: as `new` was promised.
        unsafe { Iter::new(self.version.content.root.node(), self.len()) }
    }

    #[inline]
    pub(crate) fn get<Q, S: BuildHasher>(self, hasher: &S, key: &Q) -> Option<&'a (K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // SAFETY: as `new` was promised.
        unsafe { self.version.content.root.get(hash_of(hasher, key), key) }
    }

    /// The entries in parts that only one of two versions has.
    pub(crate) fn differences(self, newer: Self) -> Differences<'a, K, V> {
        let roots = [self, newer].map(|view| view.version.content.root.node());
        // SAFETY: as `new` was promised. Of two maps, no node is equal, which is as right.
        unsafe { trie::differences(roots[0], roots[1]) }
    }
}

/// The newest version, for a moment.
pub(crate) struct Loaded<'a, K, V, S> {
    guard: Guard<Version<Content<K, V>>>,
    core: &'a Core<K, V, S>,
}

impl<K, V, S> Loaded<'_, K, V, S> {
    #[inline]
    pub(crate) fn view(&self) -> View<'_, K, V> {
        // SAFETY: the guard is a reference to the version, the core is borrowed.
        unsafe { View::new(&self.guard) }
    }

    #[inline]
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        S: BuildHasher,
    {
        self.view().get(&self.core.hasher, key)
    }
}

/// A version that is kept in use.
#[derive(Debug)]
pub(crate) struct Pinned<K, V, S> {
    version: Arc<Version<Content<K, V>>>,
    /// Dropped last: it frees what is left.
    core: StdArc<Core<K, V, S>>,
}

impl<K, V, S> Clone for Pinned<K, V, S> {
    fn clone(&self) -> Self {
        Self { version: Arc::clone(&self.version), core: StdArc::clone(&self.core) }
    }
}

impl<K, V, S> Pinned<K, V, S> {
    #[inline]
    pub(crate) fn view(&self) -> View<'_, K, V> {
        // SAFETY: both are owned here.
        unsafe { View::new(&self.version) }
    }

    pub(crate) fn hasher(&self) -> &S {
        &self.core.hasher
    }

    #[inline]
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        S: BuildHasher,
    {
        self.view().get(&self.core.hasher, key)
    }
}

/// A version that is exchanged for the newest each time it is looked at.
#[derive(Debug)]
pub(crate) struct Following<K, V, S> {
    pinned: Pinned<K, V, S>,
}

impl<K, V, S> Clone for Following<K, V, S> {
    fn clone(&self) -> Self {
        Self { pinned: self.pinned.clone() }
    }
}

impl<K, V, S> Following<K, V, S> {
    pub(crate) fn new(pinned: Pinned<K, V, S>) -> Self {
        Self { pinned }
    }

    /// The newest version, until it is asked for again.
    #[inline]
    pub(crate) fn newest(&mut self) -> &Pinned<K, V, S> {
        let Pinned { version, core } = &mut self.pinned;
        core.versions.refresh(version);
        &self.pinned
    }
}

impl<K, V, S> Core<K, V, S> {
    pub(crate) fn new(hasher: S) -> StdArc<Self> {
        Self::build(hasher, |empty| empty)
    }

    /// A core whose first version is what `fill` writes.
    ///
    /// Nobody waits for a map that is not there yet, so that this may be done inside of a write to another.
    pub(crate) fn build(
        hasher: S,
        fill: impl FnOnce(Write<'_, K, V, S>) -> Write<'_, K, V, S>,
    ) -> StdArc<Self> {
        let filled = fill(Write { edit: Some(Edit::first(0)), writer: None, hasher: &hasher });
        let edited = filled.finish();
        let content = Content::new(&edited);
        drop(Dead(edited.replaced));
        StdArc::new(Self { versions: Versions::new(content), hasher })
    }

    pub(crate) fn hasher(&self) -> &S {
        &self.hasher
    }

    #[inline]
    pub(crate) fn load(&self) -> Loaded<'_, K, V, S> {
        Loaded { guard: self.versions.load(), core: self }
    }

    pub(crate) fn pin(self: &StdArc<Self>) -> Pinned<K, V, S> {
        Pinned { version: self.versions.load_full(), core: StdArc::clone(self) }
    }

    /// Begins the next version; waits until no other one is being made.
    ///
    /// # Panics
    ///
    /// Panics if this thread could wait for itself.
    #[track_caller]
    pub(crate) fn write(&self) -> Write<'_, K, V, S> {
        let writer = self.versions.lock();
        let newest = writer.newest();
        let (content, number) = (&newest.content, newest.number);
        // SAFETY: the newest version is in use, and stays so while it is the newest, which only this writer ends; its
        // nodes were born before the next number.
        let edit = unsafe { Edit::new(content.root.node(), content.len, number + 1) };
        Write { edit: Some(edit), writer: Some(writer), hasher: &self.hasher }
    }

    /// Frees the nodes that no version in use reaches.
    #[track_caller]
    pub(crate) fn reclaim(&self) {
        let dead = Dead(self.versions.lock().reclaim());
        drop(dead);
    }

    /// The versions that are in use, and the nodes that only older ones than the newest reach.
    #[track_caller]
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.versions.lock().counts()
    }
}

/// The next version, while it is being made. Dropped without [`publish`](Self::publish), there was nothing.
pub(crate) struct Write<'a, K, V, S> {
    /// There until the end.
    edit: Option<Edit<K, V>>,
    /// There until the end, unless the map is not there yet.
    writer: Option<Writer<'a, Content<K, V>, Node<K, V>>>,
    hasher: &'a S,
}

impl<'a, K, V, S> Write<'a, K, V, S> {
    pub(crate) fn edit(&self) -> &Edit<K, V> {
        self.edit.as_ref().expect("there until the end")
    }

    pub(crate) fn edit_mut(&mut self) -> &mut Edit<K, V> {
        self.edit.as_mut().expect("there until the end")
    }

    pub(crate) fn hasher(&self) -> &'a S {
        self.hasher
    }

    /// The version that this one replaces.
    pub(crate) fn replaces(&self) -> u64 {
        self.writer.as_ref().map_or(0, |writer| writer.newest().number)
    }

    /// Publishes what was written, if anything was.
    pub(crate) fn publish(mut self) {
        if !self.edit().is_changed() {
            return;
        }
        let Some(writer) = self.writer.take() else { return };
        let edited = self.finish();
        let dead = Dead(writer.publish(Content::new(&edited), edited.replaced));
        // With the lock released: it drops entries.
        drop(dead);
    }

    fn finish(mut self) -> Edited<K, V> {
        self.edit.take().expect("there until the end").finish()
    }
}

impl<K, V, S> Drop for Write<'_, K, V, S> {
    fn drop(&mut self) {
        let dead = self.edit.take().map(|edit| Dead(edit.discard()));
        // Unlocks, before entries are dropped.
        drop(mem::take(&mut self.writer));
        drop(dead);
    }
}
