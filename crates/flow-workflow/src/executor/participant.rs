//! The loop of a thread that takes part in a run: take a node, run it, hand out what got ready.

use std::{
    any::Any,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use super::{Run, caught::caught, crew::Crew};
use crate::{
    Context,
    lane::{Height, Lane},
    machine::{End, Machine},
    sync::spin,
    workflow::Compiled,
};

/// How often a thread that finds nothing looks again before it sleeps, and how long it waits in between.
const LOOKS: u32 = if cfg!(flow_loom) { 1 } else { 50 };
const SPINS: u32 = if cfg!(flow_loom) { 1 } else { 32 };

/// The life of a helper.
pub(super) fn help(crew: &Crew, index: usize) {
    while let Some(run) = crew.join() {
        Participant::new(&run, crew, index).assist();
        Run::leave(run);
    }
}

/// A thread that takes part in a run.
pub(super) struct Participant<'r> {
    run: &'r Arc<Run>,
    /// Of the run: each node needs them.
    compiled: &'r Compiled,
    machine: &'r Machine,
    crew: &'r Crew,
    /// Which lane is its own.
    index: usize,
    lane: &'r Lane,
    height: Height,
    /// Nodes that it ended and has not told of yet.
    ended: usize,
    steals: u64,
}

impl<'r> Participant<'r> {
    pub(super) fn new(run: &'r Arc<Run>, crew: &'r Crew, index: usize) -> Self {
        Self {
            run,
            compiled: run.workflow().compiled(),
            machine: &run.state.machine,
            crew,
            index,
            lane: &run.state.lanes[index],
            height: Height::default(),
            ended: 0,
            steals: 0,
        }
    }

    /// Takes part from the beginning to the end, as the thread that called `run`. If not `shared`, it is the only one.
    pub(super) fn lead(mut self, shared: bool) {
        if shared { self.lead_as::<true>() } else { self.lead_as::<false>() }
    }

    fn lead_as<const SHARED: bool>(&mut self) {
        let mut roots = self.compiled.graph.roots();
        let mut next = roots.next();
        if !roots.is_empty() {
            self.push::<SHARED>(roots);
        }
        loop {
            if let Some(node) = next {
                self.work::<SHARED>(node);
            }
            if self.run.is_over() {
                return;
            }
            next = self.wait::<SHARED>();
        }
    }

    /// Takes part as long as there is something to take.
    fn assist(mut self) {
        let mut looks = 0;
        while looks < LOOKS && !self.run.is_over() {
            if let Some(node) = self.find::<true>() {
                self.work::<true>(node);
                looks = 0;
            } else if self.machine.is_stopping() {
                break;
            } else {
                looks += 1;
                (0..SPINS).for_each(|_| spin());
            }
        }
        self.run.exit();
    }

    /// Waits for something to take; `None` when the run is over.
    pub(super) fn wait<const SHARED: bool>(&mut self) -> Option<u32> {
        let mut looks = if SHARED { 0 } else { LOOKS };
        loop {
            if let Some(node) = self.find::<SHARED>() {
                return Some(node);
            }
            if self.run.is_over() {
                return None;
            }
            if looks < LOOKS {
                looks += 1;
                (0..SPINS).for_each(|_| spin());
                continue;
            }
            let run = self.run;
            run.bell.wait(|| run.next_look(), || run.is_over() || run.has_work());
            run.check_deadline();
        }
    }

    /// Runs `first`, and then all that is there to take.
    fn work<const SHARED: bool>(&mut self, first: u32) {
        // It is there while nodes are: the run is not over before they have ended.
        if let Some(live) = self.run.live() {
            let mut context = Context::new(Arc::clone(self.run), live, self.index);
            let mut next = Some(first);
            while let Err(payload) =
                catch_unwind(AssertUnwindSafe(|| self.go_on::<SHARED>(&mut context, &mut next)))
            {
                next = self.recover::<SHARED>(&mut context, payload);
            }
            // Before others may take the run for over.
            drop(context);
        }
        self.account();
    }

    /// Tells how many nodes ended.
    fn account(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        self.crew.count(ended, std::mem::take(&mut self.steals));
        if self.machine.account(ended) && self.index != 0 {
            self.run.bell.ring();
        }
    }

    /// Runs `next` and all that is there to take. Panics if an action does.
    fn go_on<const SHARED: bool>(&mut self, context: &mut Context, next: &mut Option<u32>) {
        let machine = self.machine;
        let mut taken = next.take();
        while let Some(node) = taken.or_else(|| self.find::<SHARED>()) {
            if machine.is_stopping() {
                self.lane.clear(&mut self.height);
                return;
            }
            context.node = node;
            let end = if machine.begin(node) { self.execute(context) } else { Some(End::Skipped) };
            taken = end.and_then(|end| self.end::<SHARED>(node, end));
        }
    }

    /// Runs the node of `context`. `None` if it will be tried again.
    #[inline]
    fn execute(&mut self, context: &mut Context) -> Option<End> {
        if self.run.is_watched {
            return self.execute_watched(context);
        }
        let action = &self.compiled.actions[context.node as usize];
        context.in_action = true;
        let result = action.run(context);
        context.in_action = false;
        Some(match result {
            Ok(()) => End::Completed,
            Err(error) => self.run.fail(context.node, 1, error),
        })
    }

    /// Takes note of the end of a node. Returns one that is ready now; others are left where all may take them.
    #[inline]
    fn end<const SHARED: bool>(&mut self, node: u32, end: End) -> Option<u32> {
        self.ended += 1;
        let (machine, graph) = (self.machine, &self.compiled.graph);
        machine.end::<SHARED>(graph, node, end, |range| self.push::<SHARED>(range))
    }

    /// After a panic of the action of the node in `context`.
    #[cold]
    fn recover<const SHARED: bool>(
        &mut self,
        context: &mut Context,
        payload: Box<dyn Any + Send>,
    ) -> Option<u32> {
        if !context.in_action {
            // The engine's own bookkeeping is broken: it cannot be told any more what has run.
            std::process::abort();
        }
        context.in_action = false;
        let end = self.run.fail(context.node, 1, caught(payload));
        self.end::<SHARED>(context.node, end)
    }

    /// Leaves nodes where all may take them.
    #[inline]
    pub(super) fn push<const SHARED: bool>(&mut self, range: Range<u32>) {
        if let Err(range) = self.lane.push::<SHARED>(&mut self.height, range) {
            self.run.spill(self.lane, &mut self.height);
            let pushed = self.lane.push::<SHARED>(&mut self.height, range);
            debug_assert!(pushed.is_ok(), "half of the lane is free");
        }
        if SHARED {
            self.offer();
        }
    }

    /// Has somebody look who has nothing to do. After something was made ready.
    #[inline]
    fn offer(&self) {
        if self.run.bell.ring() {
            return;
        }
        self.share();
    }

    /// Has those who sleep look until when they may, after a node was left for later.
    ///
    /// This thread may be in another run when it is due, or in a node, so that it is not enough if this one knows. The
    /// caller and one helper are told: a helper that stops sleeping hands on what it knew.
    #[cold]
    pub(super) fn tell_of_delay(&self) {
        if self.run.most_helpers() == 0 {
            return;
        }
        self.run.bell.ring();
        self.share();
    }

    /// Lets helpers know of the run, and wakes one.
    #[inline]
    fn share(&self) {
        if self.index == 0 && !self.run.is_announced() {
            self.announce();
        }
        self.crew.wake_for(self.run);
    }

    #[cold]
    fn announce(&self) {
        self.run.set_announced();
        self.crew.announce(self.run);
    }

    /// Takes a node: of its own, of those for which there was no room, of those that are due, or of others.
    #[inline]
    fn find<const SHARED: bool>(&mut self) -> Option<u32> {
        if self.run.is_watched {
            // Those that are due need not wait for all that is ready.
            self.release_due::<SHARED>();
        }
        match self.lane.pop::<SHARED>(&mut self.height) {
            Some(node) => Some(node),
            None => self.find_elsewhere::<SHARED>(),
        }
    }

    #[inline(never)]
    fn find_elsewhere<const SHARED: bool>(&mut self) -> Option<u32> {
        if self.machine.is_stopping() {
            return None;
        }
        let mut range = match self.run.take_overflow() {
            Some(range) => range,
            None if SHARED => self.steal()?,
            None => return None,
        };
        let first = range.next();
        if !range.is_empty() {
            self.push::<SHARED>(range);
        }
        first
    }

    /// Makes those nodes ready whose next attempt is due.
    fn release_due<const SHARED: bool>(&mut self) {
        if self.run.delayed.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(node) = self.run.delayed.pop_due(now) {
            self.push::<SHARED>(node..node + 1);
        }
    }

    /// Takes from the others.
    fn steal(&mut self) -> Option<Range<u32>> {
        let lanes = &self.run.state.lanes;
        let count = lanes.len();
        let range = (1..count).find_map(|step| lanes[(self.index + step) % count].steal())?;
        self.steals += 1;
        // This thread was woken for something, and may have taken something else.
        if self.crew.has_sleepers() && self.run.has_work() {
            self.crew.wake_for(self.run);
        }
        Some(range)
    }

    pub(super) fn run(&self) -> &'r Arc<Run> {
        self.run
    }
}
