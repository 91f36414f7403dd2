//! [`Analysis`]: what the shape of a workflow says before it runs.

use std::{collections::HashMap, time::Duration};

use flow_workflow::wfformat::{Instance, Task};

/// The shape of an instance without cycles, and what the times in the file add up to.
#[derive(Debug)]
pub(crate) struct Analysis<'i> {
    /// The tasks, parents first; otherwise as in the file.
    pub(crate) order: Vec<&'i Task>,
    /// How many dependencies there are.
    pub(crate) edges: usize,
    /// How many tasks wait for nothing.
    pub(crate) roots: usize,
    /// How many tasks nothing waits for.
    pub(crate) leaves: usize,
    /// How many tasks there are on each level: a task is one level below the lowest of its parents.
    pub(crate) levels: Vec<usize>,
    /// How long all tasks take, one after another.
    pub(crate) total: Duration,
    /// How long the tasks of `path` take.
    pub(crate) critical: Duration,
    /// Dependent tasks that take longest together.
    pub(crate) path: Vec<&'i Task>,
    /// How many tasks there are of each kind, and how long they take; those that take longest first.
    pub(crate) kinds: Vec<(&'i str, usize, Duration)>,
}

impl<'i> Analysis<'i> {
    /// Takes time in proportion to tasks and dependencies. Parents that do not exist are passed over, and so are tasks
    /// that wait for each other, neither of which an instance has that was read.
    pub(crate) fn of(instance: &'i Instance) -> Self {
        let tasks = &instance.tasks;
        let index: HashMap<&str, usize> =
            tasks.iter().enumerate().map(|(index, task)| (task.id.as_str(), index)).collect();
        let parents = |task: &Task| -> Vec<usize> {
            task.parents.iter().filter_map(|parent| index.get(parent.as_str()).copied()).collect()
        };
        let parents: Vec<Vec<usize>> = tasks.iter().map(parents).collect();
        let mut children = vec![Vec::new(); tasks.len()];
        for (child, parents) in parents.iter().enumerate() {
            for &parent in parents {
                children[parent].push(child);
            }
        }

        let mut left: Vec<usize> = parents.iter().map(Vec::len).collect();
        let mut order: Vec<usize> = (0..tasks.len()).filter(|&task| left[task] == 0).collect();
        let roots = order.len();
        let mut next = 0;
        while let Some(&task) = order.get(next) {
            next += 1;
            for &child in &children[task] {
                left[child] -= 1;
                if left[child] == 0 {
                    order.push(child);
                }
            }
        }

        let mut level = vec![0; tasks.len()];
        let mut levels: Vec<usize> = Vec::new();
        // Until when each task ran, if all had started as soon as they could.
        let mut end = vec![Duration::ZERO; tasks.len()];
        for &task in &order {
            level[task] = parents[task].iter().map(|&parent| level[parent] + 1).max().unwrap_or(0);
            levels.resize(levels.len().max(level[task] + 1), 0);
            levels[level[task]] += 1;
            let start = parents[task].iter().map(|&parent| end[parent]).max().unwrap_or_default();
            end[task] = start.saturating_add(tasks[task].runtime);
        }
        let mut path = Vec::new();
        let mut last = order.iter().copied().max_by_key(|&task| end[task]);
        let critical = last.map_or(Duration::ZERO, |last| end[last]);
        while let Some(task) = last {
            path.push(&tasks[task]);
            last = parents[task].iter().copied().max_by_key(|&parent| end[parent]);
        }
        path.reverse();

        Self {
            edges: parents.iter().map(Vec::len).sum(),
            leaves: children.iter().filter(|children| children.is_empty()).count(),
            total: tasks.iter().fold(Duration::ZERO, |sum, task| sum.saturating_add(task.runtime)),
            kinds: kinds(tasks),
            order: order.into_iter().map(|task| &tasks[task]).collect(),
            roots,
            levels,
            critical,
            path,
        }
    }

    /// No run on that many threads is faster than this.
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many threads")]
    pub(crate) fn bound(&self, threads: usize) -> Duration {
        self.critical.max(self.total.div_f64(threads.max(1) as f64))
    }
}

fn kinds(tasks: &[Task]) -> Vec<(&str, usize, Duration)> {
    let mut kinds: HashMap<&str, (usize, Duration)> = HashMap::new();
    for task in tasks {
        let (count, time) = kinds.entry(task.kind()).or_default();
        *count += 1;
        *time = time.saturating_add(task.runtime);
    }
    let mut kinds: Vec<_> = kinds.into_iter().map(|(kind, (count, time))| (kind, count, time)).collect();
    kinds.sort_by(|left, right| (right.2, right.1, left.0).cmp(&(left.2, left.1, right.0)));
    kinds
}

#[cfg(test)]
mod tests {
    //! A diamond.

    use super::*;

    #[test]
    fn a_diamond_has_three_levels_and_a_longer_side() {
        let mut instance = Instance::new("diamond");
        for (id, parents, seconds) in [
            ("end", &["left", "right"][..], 1),
            ("left", &["start"], 2),
            ("right", &["start"], 3),
            ("start", &[], 1),
        ] {
            let mut task = Task::new(id);
            task.parents = parents.iter().map(|&parent| parent.to_owned()).collect();
            task.runtime = Duration::from_secs(seconds);
            instance.tasks.push(task);
        }
        let analysis = Analysis::of(&instance);
        let ids = |tasks: &[&Task]| tasks.iter().map(|task| task.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&analysis.order), ["start", "left", "right", "end"]);
        assert_eq!(ids(&analysis.path), ["start", "right", "end"]);
        assert_eq!((analysis.edges, analysis.roots, analysis.leaves), (4, 1, 1));
        assert_eq!(analysis.levels, [1, 2, 1]);
        assert_eq!((analysis.total, analysis.critical), (Duration::from_secs(7), Duration::from_secs(5)));
        assert_eq!(analysis.bound(1), Duration::from_secs(7));
        assert_eq!(analysis.bound(2), Duration::from_secs(5));
    }

    #[test]
    fn nothing_has_no_levels() {
        let instance = Instance::new("empty");
        let analysis = Analysis::of(&instance);
        assert_eq!((analysis.levels.len(), analysis.path.len(), analysis.critical), (0, 0, Duration::ZERO));
    }
}
