//! [`Lists`]: dependencies or successors of all nodes.

use super::number;

/// Lists of numbers, one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// Where each list ends in `items`.
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    pub(crate) fn with_capacity(lists: usize, items: usize) -> Self {
        Self { ends: Vec::with_capacity(lists), items: Vec::with_capacity(items) }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many items all lists have together.
    pub(crate) fn items(&self) -> usize {
        self.items.len()
    }

    #[inline]
    pub(crate) fn get(&self, list: u32) -> &[u32] {
        let list = list as usize;
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        &self.items[start as usize..self.ends[list] as usize]
    }

    /// Adds an item to the list that the next [`close`](Self::close) ends.
    pub(crate) fn push(&mut self, item: u32) {
        self.items.push(item);
    }

    /// The items of the list that is not closed yet.
    pub(crate) fn open_mut(&mut self) -> &mut Vec<u32> {
        &mut self.items
    }

    /// Ends a list; there may be none that is longer than [`MOST`](super::MOST) in all.
    pub(crate) fn close(&mut self) {
        self.ends.push(number(self.items.len()));
    }

    /// For each number below `len`, the lists that have it, in their order.
    pub(crate) fn inverted(&self, len: usize) -> Self {
        let mut ends = vec![0_u32; len + 1];
        for &item in &self.items {
            ends[item as usize + 1] += 1;
        }
        for index in 0..len {
            ends[index + 1] += ends[index];
        }
        let mut next = ends.clone();
        let mut items = vec![0; self.items.len()];
        for list in 0..number(self.len()) {
            for &item in self.get(list) {
                let place = &mut next[item as usize];
                items[*place as usize] = list;
                *place += 1;
            }
        }
        ends.remove(0);
        Self { ends, items }
    }
}
