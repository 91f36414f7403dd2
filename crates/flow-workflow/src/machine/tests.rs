//! The machine against an oracle: random graphs, random ends, stops at random moments, with any number of workers.
//!
//! A driver without threads plays the workers: it picks at random who starts a ready node and who ends one, as a
//! scheduler might.

use flow_testkit::{Arbitrary, Gen, TestResult, check, same};

use super::{End, Machine, Stop};
use crate::{
    NodeStatus,
    graph::{Graph, tests::AnyGraph},
};

/// A run to be played.
#[derive(Clone, Debug)]
struct Play {
    graph: AnyGraph,
    /// How each node ends, if it runs: over and over, if there are fewer than nodes.
    ends: Vec<PlannedEnd>,
    /// What the scheduler picks.
    picks: Vec<u16>,
    /// How many nodes may run at once, less one.
    workers: u8,
    keep_going: bool,
    /// After how many steps the run is stopped from outside, and how.
    stop: Option<(u8, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum PlannedEnd {
    Completes,
    Fails,
    FailsTolerated,
}

impl Arbitrary for PlannedEnd {
    fn arbitrary(source: &mut Gen) -> Self {
        match u8::arbitrary(source) % 10 {
            0 => Self::Fails,
            1 => Self::FailsTolerated,
            _ => Self::Completes,
        }
    }
}

impl Arbitrary for Play {
    fn arbitrary(source: &mut Gen) -> Self {
        Self {
            graph: AnyGraph::arbitrary(source).without_cycles(),
            ends: Arbitrary::arbitrary(source),
            picks: Arbitrary::arbitrary(source),
            workers: u8::arbitrary(source) % 5,
            keep_going: Arbitrary::arbitrary(source),
            stop: if u8::arbitrary(source) % 3 == 0 { Arbitrary::arbitrary(source) } else { None },
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let all = self.clone();
        let graphs = self.graph.shrink().map(move |graph| Self { graph, ..all.clone() });
        let all = self.clone();
        let ends = self.ends.shrink().map(move |ends| Self { ends, ..all.clone() });
        let all = self.clone();
        let picks = self.picks.shrink().map(move |picks| Self { picks, ..all.clone() });
        Box::new(graphs.chain(ends).chain(picks))
    }
}

/// What one play has led to.
struct Stage<'a> {
    play: &'a Play,
    graph: &'a Graph,
    order: &'a [u32],
    machine: &'a Machine,
    ready: Vec<u32>,
    running: Vec<u32>,
    /// How often each node started.
    starts: Vec<u32>,
    ended: usize,
}

impl Stage<'_> {
    fn planned(&self, id: u32) -> PlannedEnd {
        let node = self.order[id as usize] as usize;
        let ends = &self.play.ends;
        if ends.is_empty() { PlannedEnd::Completes } else { ends[node % ends.len()] }
    }

    fn is_tolerated(&self, id: u32) -> bool {
        self.planned(id) == PlannedEnd::FailsTolerated
    }

    /// Starts a ready node, or skips it, or leaves it when the run is stopped.
    fn start(&mut self, index: usize) -> Result<(), String> {
        let id = self.ready.swap_remove(index);
        if self.machine.stopped().is_some() {
            return Ok(());
        }
        if !self.machine.begin(id) {
            return self.end(id, End::Skipped);
        }
        self.starts[id as usize] += 1;
        same("status of what runs", self.machine.status(id), NodeStatus::Running)?;
        for dependency in self.dependencies(id) {
            let status = self.machine.status(dependency);
            let lets_start = status == NodeStatus::Completed
                || status == NodeStatus::Failed && self.is_tolerated(dependency);
            if !lets_start {
                return Err(format!("{id} started, although {dependency} is {status}"));
            }
        }
        self.running.push(id);
        Ok(())
    }

    fn dependencies(&self, id: u32) -> impl Iterator<Item = u32> {
        let node = self.order[id as usize] as usize;
        let id_of = |node: u32| self.order.iter().position(|&other| other == node).expect("a node");
        let ids: Vec<_> =
            self.play.graph.0[node].iter().map(|&node| crate::graph::number(id_of(node))).collect();
        ids.into_iter()
    }

    fn finish(&mut self, index: usize) -> Result<(), String> {
        let id = self.running.swap_remove(index);
        let gives_up = matches!(self.machine.stopped(), Some(Stop::Cancelled | Stop::DeadlineExceeded));
        let end = match self.planned(id) {
            // Some nodes notice that they were cancelled.
            _ if gives_up && id.is_multiple_of(2) => End::Cancelled,
            PlannedEnd::Completes => End::Completed,
            PlannedEnd::Fails => End::Failed,
            PlannedEnd::FailsTolerated => End::Tolerated,
        };
        self.end(id, end)
    }

    fn end(&mut self, id: u32, end: End) -> Result<(), String> {
        let ready = &mut self.ready;
        let before = ready.len();
        // One worker needs no atomic countdown.
        let first = if self.play.workers == 0 {
            self.machine.end::<false>(self.graph, id, end, |range| ready.extend(range))
        } else {
            self.machine.end::<true>(self.graph, id, end, |range| ready.extend(range))
        };
        ready.extend(first);
        if ready[before..].iter().any(|&next| next <= id) {
            return Err(format!("{:?} got ready after {id}", &ready[before..]));
        }
        self.ended += 1;
        same("complete", self.machine.account(1), self.ended == self.graph.len())
    }

    /// What must be true at the end, by the rules alone.
    fn judge(&self) -> Result<(), String> {
        let stopped = self.machine.stopped();
        let mut blocked = vec![false; self.graph.len()];
        for id in 0..crate::graph::number(self.graph.len()) {
            let status = self.machine.status(id);
            let is_blocked = self.dependencies(id).any(|dependency| blocked[dependency as usize]);
            let started = self.starts[id as usize] > 0;
            same("starts at most once", self.starts[id as usize].min(1), self.starts[id as usize])?;
            let expected = match (started, is_blocked, stopped) {
                (true, true, _) => return Err(format!("{id} started, although it depends on a failure")),
                (true, ..) => match (self.planned(id), status) {
                    (_, NodeStatus::Cancelled) if id.is_multiple_of(2) => NodeStatus::Cancelled,
                    (PlannedEnd::Completes, _) => NodeStatus::Completed,
                    _ => NodeStatus::Failed,
                },
                (false, true, _) => NodeStatus::Skipped,
                (false, false, Some(Stop::Cancelled | Stop::DeadlineExceeded)) => NodeStatus::Cancelled,
                (false, false, Some(Stop::Failed)) => NodeStatus::Pending,
                (false, false, None) => return Err(format!("{id} never started")),
            };
            same(&format!("status of {id}"), status, expected)?;
            let fails = status == NodeStatus::Failed && !self.is_tolerated(id);
            blocked[id as usize] = fails || status == NodeStatus::Skipped;
        }
        let failed = (0..crate::graph::number(self.graph.len()))
            .any(|id| self.machine.status(id) == NodeStatus::Failed && !self.is_tolerated(id));
        let was_stopped_outside = self.play.stop.is_some();
        if !was_stopped_outside {
            same("stopped", stopped.is_some(), failed && !self.play.keep_going)?;
        }
        Ok(())
    }
}

fn play(play: &Play) -> Result<(), String> {
    let (graph, order) = Graph::compile(&play.graph.lists()).ok_or("it has no cycle")?;
    let mut machine = Machine::new(graph.len());
    // A second time with what the first has left.
    for round in 0..2 {
        machine.reset(&graph, !play.keep_going);
        let mut stage = Stage {
            play,
            graph: &graph,
            order: &order,
            machine: &machine,
            ready: graph.roots().collect(),
            running: Vec::new(),
            starts: vec![0; graph.len()],
            ended: 0,
        };
        let mut steps = 0;
        let mut picks = play.picks.iter().copied().chain([0]).cycle();
        while !(stage.ready.is_empty() && stage.running.is_empty()) {
            if let Some((after, cancelled)) = play.stop
                && steps == usize::from(after)
            {
                machine.stop(if cancelled { Stop::Cancelled } else { Stop::DeadlineExceeded });
            }
            steps += 1;
            let pick = usize::from(picks.next().unwrap_or_default());
            let may_start = !stage.ready.is_empty() && stage.running.len() <= usize::from(play.workers);
            if may_start && (pick % 2 == 0 || stage.running.is_empty()) {
                stage.start(pick / 2 % stage.ready.len())?;
            } else {
                stage.finish(pick / 2 % stage.running.len())?;
            }
        }
        same("complete", machine.is_complete(), stage.ended == graph.len())?;
        if machine.stopped().is_some() {
            machine.close(&graph, |id| stage.is_tolerated(id));
        }
        stage.judge().map_err(|problem| format!("round {round}: {problem}"))?;
    }
    Ok(())
}

#[test]
fn the_machine_agrees_with_the_oracle() {
    fn property(run: Play) -> TestResult {
        play(&run).map_or_else(TestResult::error, |()| TestResult::passed())
    }
    check("workflow", "the_machine_agrees_with_the_oracle", property as fn(Play) -> TestResult);
}

#[test]
fn the_strongest_stop_counts() {
    for (stops, expected) in [
        ([Stop::Failed, Stop::Cancelled], Stop::Cancelled),
        ([Stop::Cancelled, Stop::Failed], Stop::Cancelled),
        ([Stop::DeadlineExceeded, Stop::Failed], Stop::DeadlineExceeded),
        ([Stop::DeadlineExceeded, Stop::Cancelled], Stop::Cancelled),
    ] {
        let machine = Machine::new(0);
        assert_eq!(machine.stopped(), None);
        stops.into_iter().for_each(|stop| machine.stop(stop));
        assert_eq!(machine.stopped(), Some(expected));
    }
}

#[test]
fn an_empty_graph_is_complete() {
    let (graph, _) = Graph::compile(&crate::graph::Lists::default()).expect("no cycle");
    let mut machine = Machine::new(0);
    machine.reset(&graph, true);
    assert!(machine.is_complete());
}

#[test]
fn what_is_ready_together_comes_as_one_range() {
    // Two nodes, and three that wait for both.
    let dependencies = [vec![], vec![], vec![0, 1], vec![0, 1], vec![0, 1]];
    let (graph, _) = Graph::compile(&crate::graph::tests::lists(&dependencies)).expect("no cycle");
    let mut machine = Machine::new(5);
    machine.reset(&graph, true);
    let mut ranges = Vec::new();
    assert_eq!(machine.end::<true>(&graph, 0, End::Completed, |range| ranges.push(range)), None);
    assert_eq!(machine.end::<true>(&graph, 1, End::Completed, |range| ranges.push(range)), Some(2));
    assert!(matches!(&ranges[..], [range] if *range == (3..5)), "{ranges:?}");
}
