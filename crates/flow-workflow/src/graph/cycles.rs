//! What to show of a graph that has cycles: one for each knot (strongly connected component), as short as a search in
//! breadth finds it.
//!
//! Knots are found by Tarjan's algorithm (1972), with a stack of its own instead of recursion.

use std::collections::VecDeque;

use super::{Lists, NONE, number};

/// The cycles of `dependencies`, each as nodes of which every one is a dependency of the next, and the last of the first.
pub(super) fn find(dependencies: &Lists) -> Vec<Vec<u32>> {
    let knots = knots(dependencies);
    let mut sizes = vec![0_u32; dependencies.len()];
    for &knot in &knots {
        sizes[knot as usize] += 1;
    }
    let mut shown = vec![false; dependencies.len()];
    let mut cycles = Vec::new();
    for node in 0..number(dependencies.len()) {
        let knot = knots[node as usize] as usize;
        let to_itself = || dependencies.get(node).contains(&node);
        if !shown[knot] && (sizes[knot] > 1 || to_itself()) {
            shown[knot] = true;
            cycles.push(shortest(dependencies, &knots, node));
        }
    }
    cycles
}

/// For each node the number of its knot.
fn knots(dependencies: &Lists) -> Vec<u32> {
    let count = dependencies.len();
    let mut knots = vec![NONE; count];
    let mut knot_count = 0;
    // When each node was first seen, and the earliest of those on `open` that it leads to.
    let mut seen = vec![NONE; count];
    let mut lowest = vec![NONE; count];
    let mut time = 0;
    let mut open: Vec<u32> = Vec::new();
    // Where the search is: a node, and how many of its dependencies it has followed.
    let mut path: Vec<(u32, usize)> = Vec::new();
    for start in 0..number(count) {
        if seen[start as usize] == NONE {
            path.push((start, 0));
        }
        while let Some((node, followed)) = path.last_mut() {
            let (node, at) = (*node, *node as usize);
            if *followed == 0 && seen[at] == NONE {
                (seen[at], lowest[at]) = (time, time);
                time += 1;
                open.push(node);
            }
            if let Some(&next) = dependencies.get(node).get(*followed) {
                *followed += 1;
                if seen[next as usize] == NONE {
                    path.push((next, 0));
                } else if knots[next as usize] == NONE {
                    lowest[at] = lowest[at].min(seen[next as usize]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                lowest[parent as usize] = lowest[parent as usize].min(lowest[at]);
            }
            if lowest[at] == seen[at] {
                while let Some(member) = open.pop() {
                    knots[member as usize] = knot_count;
                    if member == node {
                        break;
                    }
                }
                knot_count += 1;
            }
        }
    }
    knots
}

/// The shortest way from `start` to itself, inside of its knot, in the direction from a dependency to who waits for it.
fn shortest(dependencies: &Lists, knots: &[u32], start: u32) -> Vec<u32> {
    let mut came_from = vec![NONE; dependencies.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in dependencies.get(node) {
            if next == start {
                let mut path = vec![node];
                while let Some(&last) = path.last()
                    && last != start
                {
                    path.push(came_from[last as usize]);
                }
                // It goes from the last dependency of `start` to `start` itself: put that first.
                path.rotate_right(1);
                return path;
            }
            if knots[next as usize] == knots[start as usize] && came_from[next as usize] == NONE {
                came_from[next as usize] = node;
                queue.push_back(next);
            }
        }
    }
    unreachable!("a node of a knot leads back to itself")
}
