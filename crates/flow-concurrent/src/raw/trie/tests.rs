//! Tries against `HashMap`, with hashes that are good, poor and all equal, and the invariants of every node.
//!
//! Branches are small here ([`MAX_BITS`]), so that a few hundred entries have several levels.

use std::{collections::HashMap, hash::BuildHasher};

use flow_testkit::{Arbitrary, Gen, TestAllocator, TestResult, run_model, same};

use super::{Edit, LEAF_MAX, MAX_BITS, Node, branch::Branch, differences, leaf::Leaf, node::Kind};

#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;

type Hash = fn(u16) -> u64;

/// From good to useless.
const HASHES: [Hash; 5] = [
    |key| foldhash::fast::FixedState::default().hash_one(key),
    u64::from,
    |key| u64::from(key) << 48,
    |key| u64::from(key % 3) << 62,
    |_| 7,
];

#[derive(Clone, Debug)]
enum Op {
    Insert(u16),
    Remove(u16),
    Change(u16),
    Publish,
    Discard,
    Clear,
    InsertMany(u16),
    RemoveMany(u16),
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        let key = u16::arbitrary(source) % 400;
        match u8::arbitrary(source) % 32 {
            0..10 => Self::Insert(key),
            10..18 => Self::Remove(key),
            18..20 => Self::Change(key),
            20..25 => Self::Publish,
            25..27 => Self::Discard,
            27 => Self::Clear,
            28..30 => Self::InsertMany(key),
            _ => Self::RemoveMany(key),
        }
    }
}

/// A published version, an edit on top of it, and what both should be. Replaced nodes are freed at once: nobody
/// reads.
struct Tested {
    hash: Hash,
    published: Option<(Node<u16, Box<u16>>, usize)>,
    version: u64,
    edit: Option<Edit<u16, Box<u16>>>,
    expected: HashMap<u16, u16>,
    expected_published: HashMap<u16, u16>,
}

impl Tested {
    fn new(hash: Hash) -> Self {
        Self {
            hash,
            published: None,
            version: 0,
            edit: None,
            expected: HashMap::new(),
            expected_published: HashMap::new(),
        }
    }

    fn edit(&mut self) -> &mut Edit<u16, Box<u16>> {
        let birth = self.version + 1;
        let begin = || match self.published {
            // SAFETY: nothing is freed before the edit ends, and versions count up.
            Some((root, len)) => unsafe { Edit::new(root, len, birth) },
            None => Edit::first(birth),
        };
        self.edit.get_or_insert_with(begin)
    }

    fn insert(&mut self, key: u16) -> Result<(), String> {
        let hash = self.hash;
        let old = match self.edit().get_mut(hash(key), |&there| there == key) {
            Some(value) => Some(std::mem::replace(&mut **value, key ^ 1)),
            None => {
                self.edit().insert_new(hash(key), (key, Box::new(key ^ 1)), |&key| hash(key));
                None
            }
        };
        same("insert", old, self.expected.insert(key, key ^ 1))
    }

    fn remove(&mut self, key: u16) -> Result<(), String> {
        let hash = (self.hash)(key);
        let removed = self.edit().remove(hash, |&there| there == key).map(|(_, value)| *value);
        same("remove", removed, self.expected.remove(&key))
    }

    fn end(&mut self, publish: bool) {
        let Some(edit) = self.edit.take() else { return };
        let dead = if publish {
            let edited = edit.finish();
            self.published = Some((edited.root, edited.len));
            self.version += 1;
            self.expected_published = self.expected.clone();
            edited.replaced
        } else {
            self.expected = self.expected_published.clone();
            edit.discard()
        };
        // SAFETY: nobody else reaches them.
        dead.into_iter().for_each(|node| unsafe { node.free() });
    }

    fn step(&mut self, op: &Op) -> Result<(), String> {
        match *op {
            Op::Insert(key) => self.insert(key)?,
            Op::Remove(key) => self.remove(key)?,
            Op::Change(key) => {
                let hash = (self.hash)(key);
                let changed = self.edit().get_mut(hash, |&there| there == key).map(|value| **value = key);
                same("change", changed, self.expected.get_mut(&key).map(|value| *value = key))?;
            }
            Op::InsertMany(first) => (first..first + 100).try_for_each(|key| self.insert(key))?,
            Op::RemoveMany(first) => (first..first + 200).try_for_each(|key| self.remove(key))?,
            Op::Clear => {
                self.edit().clear();
                self.expected.clear();
            }
            Op::Publish => self.end(true),
            Op::Discard => self.end(false),
        }
        self.compare()
    }

    fn compare(&mut self) -> Result<(), String> {
        let hash = self.hash;
        let edit = self.edit();
        let (root, len) = (edit.root, edit.len());
        let found: HashMap<u16, u16> = edit.iter().map(|(key, value)| (*key, **value)).collect();
        let got = (0..700).filter_map(|key| Some((key, *edit.get(hash(key), |&there| there == key)?.1)));
        let got: HashMap<u16, u16> = got.map(|(key, value): (u16, u16)| (key, value)).collect();
        same("entries", &found, &self.expected)?;
        same("len", len, self.expected.len())?;
        same("lookups", &got, &self.expected)?;
        // SAFETY: the edit is there.
        unsafe { check(root, 0, 0, hash)? };
        let Some((published, _)) = self.published else { return Ok(()) };
        // SAFETY: the published version is not freed before the edit ends.
        let differing = unsafe { differences(published, root) };
        let keys = |entries: &[&(u16, Box<u16>)]| entries.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        let (older, newer) = (keys(&differing.older), keys(&differing.newer));
        for key in 0..700 {
            let (was, is) = (self.expected_published.get(&key), self.expected.get(&key));
            if was != is {
                same("differs, older", older.contains(&key), was.is_some())?;
                same("differs, newer", newer.contains(&key), is.is_some())?;
            }
        }
        Ok(())
    }
}

impl Drop for Tested {
    fn drop(&mut self) {
        self.end(false);
        if let Some((root, _)) = self.published {
            // SAFETY: nobody else reaches it, and each node is visited once, after those below.
            unsafe { root.walk(&mut |node| node.free(), &|_| true) };
        }
    }
}

/// Checks the invariants of the module's documentation, below a node that hashes beginning with the `base` highest
/// bits of `prefix` lead to.
///
/// # Safety
///
/// The nodes are there.
unsafe fn check(node: Node<u16, Box<u16>>, prefix: u64, base: u32, hash: Hash) -> Result<(), String> {
    // SAFETY: the caller's promise.
    unsafe {
        match node.kind() {
            Kind::Leaf(leaf) => check_leaf(leaf, prefix, base, hash),
            Kind::Branch(branch) => check_branch(branch, prefix, base, hash),
        }
    }
}

unsafe fn check_branch(
    branch: Branch<u16, Box<u16>>,
    prefix: u64,
    base: u32,
    hash: Hash,
) -> Result<(), String> {
    let mut slot = 0;
    while slot < branch.slots() {
        // SAFETY: the node is there, and has this slot.
        unsafe {
            let end = branch.run_from(slot);
            let (child, run) = (branch.slot(slot), end - slot);
            let used = base + branch.bits() - run.ilog2();
            let below = prefix | (slot as u64).checked_shl(64 - base - branch.bits()).unwrap_or(0);
            if !run.is_power_of_two() || slot % run != 0 {
                return Err(format!("{run} slots from {slot} on"));
            }
            if child.bits() != 0 && (run != 1 || branch.bits() != MAX_BITS) {
                return Err(format!("a branch in {run} slots of one with {} bits", branch.bits()));
            }
            check(child, below, used, hash)?;
            slot = end;
        }
    }
    Ok(())
}

unsafe fn check_leaf(leaf: Leaf<u16, Box<u16>>, prefix: u64, base: u32, hash: Hash) -> Result<(), String> {
    // SAFETY: the node is there.
    let (entries, depth) = unsafe { (leaf.entries(), leaf.depth()) };
    same("depth", depth, base)?;
    let first_bits = |hash: u64, bits: u32| hash.checked_shr(64 - bits).unwrap_or(0);
    for (key, _) in entries {
        same("prefix", first_bits(hash(*key), depth), first_bits(prefix, depth))?;
    }
    let equal = entries.windows(2).all(|pair| hash(pair[0].0) == hash(pair[1].0));
    if entries.len() > LEAF_MAX && !equal {
        return Err(format!("{} entries in a leaf of depth {depth}", entries.len()));
    }
    Ok(())
}

#[test]
fn tries_agree_with_hash_map() {
    fn property(which: usize, ops: Vec<Op>) -> TestResult {
        let state = Tested::new(HASHES[which % HASHES.len()]);
        run_model(state, &ops, Tested::step)
    }
    flow_testkit::check(
        "read-map",
        "tries_agree_with_hash_map",
        property as fn(usize, Vec<Op>) -> TestResult,
    );
}

#[test]
fn all_memory_comes_back() {
    let ((), counts) = TestAllocator::count(|| HASHES.into_iter().for_each(fill_and_empty));
    assert_eq!(counts.live_bytes(), 0);
}

fn fill_and_empty(hash: Hash) {
    {
        let mut tested = Tested::new(hash);
        for round in 0..10 {
            for key in 0..500 {
                tested.insert(key).expect("as the model");
            }
            tested.end(round % 3 != 0);
            for key in 0..400 {
                tested.remove(key).expect("as the model");
            }
            tested.end(round % 2 == 0);
        }
    }
}

#[test]
fn what_is_removed_leaves_nothing_behind() {
    for hash in HASHES {
        let mut tested = Tested::new(hash);
        for key in 0..500 {
            tested.insert(key).expect("as the model");
        }
        tested.end(true);
        for key in 0..500 {
            tested.remove(key).expect("as the model");
        }
        let root = tested.edit().root;
        assert_eq!(root.bits(), 1, "the root is as small as it can be");
        tested.end(true);
    }
}
