//! The named properties of the node pool.

use std::{collections::BTreeSet, time::Duration};

use flow_testkit::{Arbitrary, Gen, TestResult, check, on_threads, same};
use flow_workflow::{
    Node, NodePool, Retry, create_node, create_node_with_dependencies, create_node_with_retries,
    create_node_with_timeout, get_node, global_node_pool, put_node,
};

/// What may be set of a node.
#[derive(Clone, Debug)]
struct Settings {
    name: String,
    action: Option<String>,
    dependencies: Vec<String>,
    retries: Option<u8>,
    timeout: Option<u32>,
    total_timeout: Option<u32>,
    continue_on_error: bool,
    compensation: Option<String>,
}

impl Arbitrary for Settings {
    fn arbitrary(source: &mut Gen) -> Self {
        Self {
            name: Arbitrary::arbitrary(source),
            action: Arbitrary::arbitrary(source),
            dependencies: Arbitrary::arbitrary(source),
            retries: Arbitrary::arbitrary(source),
            timeout: Arbitrary::arbitrary(source),
            total_timeout: Arbitrary::arbitrary(source),
            continue_on_error: Arbitrary::arbitrary(source),
            compensation: Arbitrary::arbitrary(source),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let all = self.clone();
        Box::new(self.dependencies.shrink().map(move |dependencies| Self { dependencies, ..all.clone() }))
    }
}

impl Settings {
    fn apply(&self, node: &mut Node) {
        node.set_name(&self.name).set_continue_on_error(self.continue_on_error);
        if let Some(action) = &self.action {
            node.set_action(action);
        }
        for dependency in &self.dependencies {
            node.add_dependency(dependency);
        }
        if let Some(retries) = self.retries {
            node.set_retry(Retry::exponential(u32::from(retries)).when(|_| true));
        }
        if let Some(ms) = self.timeout {
            node.set_timeout(Duration::from_millis(u64::from(ms)));
        }
        if let Some(ms) = self.total_timeout {
            node.set_total_timeout(Duration::from_millis(u64::from(ms)));
        }
        if let Some(action) = &self.compensation {
            node.set_compensation(action);
        }
    }

    /// Whether the node has exactly these settings.
    fn agree(&self, node: &Node) -> Result<(), String> {
        let ms = |ms: u32| Duration::from_millis(u64::from(ms));
        same("name", node.name(), self.name.as_str())?;
        same("action", node.action(), self.action.as_deref())?;
        same(
            "dependencies",
            node.dependencies().collect::<Vec<_>>(),
            self.dependencies.iter().collect::<Vec<_>>(),
        )?;
        same("retries", node.retry().retries(), self.retries.map_or(0, u32::from))?;
        same("timeout", node.timeout(), self.timeout.map(ms))?;
        same("total timeout", node.total_timeout(), self.total_timeout.map(ms))?;
        same("continue on error", node.continue_on_error(), self.continue_on_error)?;
        same("compensation", node.compensation(), self.compensation.as_deref())
    }
}

/// Whether every field is as in a new node.
fn is_clean(node: &Node) -> Result<(), String> {
    same("a clean node", format!("{node:?}"), format!("{:?}", &*NodePool::new().get()))
}

fn result(outcome: Result<(), String>) -> TestResult {
    outcome.map_or_else(TestResult::error, |()| TestResult::passed())
}

#[test]
fn clean_nodes() {
    fn property(all: Vec<Settings>) -> TestResult {
        let pool = NodePool::new();
        result(all.iter().try_for_each(|settings| {
            let mut node = pool.get();
            is_clean(&node)?;
            settings.apply(&mut node);
            settings.agree(&node)?;
            drop(node);
            is_clean(&pool.get())
        }))
    }
    check("node-pool", "clean_nodes", property as fn(Vec<Settings>) -> TestResult);
}

#[test]
fn node_reuse() {
    fn property(count: u8) -> TestResult {
        let pool = NodePool::new();
        let count = u64::from(count);
        let all: Vec<_> = (0..count).map(|_| pool.get()).collect();
        let address = |node: &Node| std::ptr::from_ref(node).addr();
        let first: BTreeSet<_> = all.iter().map(|node| address(node)).collect();
        drop(all);
        let again: Vec<_> = (0..count).map(|_| pool.get()).collect();
        let second: BTreeSet<_> = again.iter().map(|node| address(node)).collect();
        let stats = pool.stats();
        result(
            same("the same nodes", second, first)
                .and_then(|()| same("misses, hits", (stats.misses, stats.hits), (count, count)))
                .and_then(|()| same("in use", stats.outstanding as u64, count)),
        )
    }
    check("node-pool", "node_reuse", property as fn(u8) -> TestResult);
}

#[test]
fn concurrent_usage() {
    fn property(all: Vec<Settings>) -> TestResult {
        let pool = NodePool::new();
        let outcomes = on_threads(3, |thread| {
            let mut kept = Vec::new();
            for (index, settings) in all.iter().enumerate() {
                let mut node = pool.get_owned();
                is_clean(&node)?;
                settings.apply(&mut node);
                if (index + thread) % 3 == 0 {
                    kept.push((index, node));
                }
            }
            kept.iter().try_for_each(|(index, node)| all[*index].agree(node))
        });
        let stats = pool.stats();
        result(outcomes.into_iter().collect::<Result<(), String>>().and_then(|()| {
            same("nothing is in use", stats.outstanding, 0)?;
            same("all requests are counted", stats.hits + stats.misses, 3 * all.len() as u64)?;
            same("all came back", stats.returns + stats.discards, 3 * all.len() as u64)
        }))
    }
    check("node-pool", "concurrent_usage", property as fn(Vec<Settings>) -> TestResult);
}

#[test]
fn dependency_reset() {
    fn property(many: Vec<String>, few: Vec<String>) -> TestResult {
        let pool = NodePool::new();
        let mut node = pool.get();
        node.set_dependencies(&many);
        drop(node);
        let mut node = pool.get();
        let left = node.dependencies().len();
        let outcome = same("none are left", left, 0).and_then(|()| {
            node.set_dependencies(&many);
            node.set_dependencies(&few);
            same("replaced", node.dependencies().collect::<Vec<_>>(), few.iter().collect::<Vec<_>>())
        });
        result(outcome)
    }
    check("node-pool", "dependency_reset", property as fn(Vec<String>, Vec<String>) -> TestResult);
}

#[test]
fn global_pool_functions() {
    fn property(name: String, action: String, dependencies: Vec<String>, retries: u8, ms: u16) -> TestResult {
        let limit = Duration::from_millis(u64::from(ms));
        let plain = create_node(&name, &action);
        let dependent = create_node_with_dependencies(&name, &action, &dependencies);
        let tried = create_node_with_retries(&name, &action, u32::from(retries));
        let timed = create_node_with_timeout(&name, &action, limit);
        let mut outcome = same("names interned", plain.name().as_ptr(), dependent.name().as_ptr());
        for node in [&plain, &dependent, &tried, &timed] {
            outcome = outcome
                .and_then(|()| same("name", node.name(), name.as_str()))
                .and_then(|()| same("action", node.action(), Some(action.as_str())));
        }
        outcome = outcome
            .and_then(|()| {
                let found: Vec<_> = dependent.dependencies().collect();
                same("dependencies", found, dependencies.iter().collect::<Vec<_>>())
            })
            .and_then(|()| same("retries", tried.retry().retries(), u32::from(retries)))
            .and_then(|()| same("timeout", timed.timeout(), Some(limit)))
            .and_then(|()| same("others have none", (plain.timeout(), plain.retry().retries()), (None, 0)));
        for node in [plain, dependent, tried, timed] {
            put_node(node);
        }
        result(outcome.and_then(|()| {
            is_clean(&get_node())?;
            same("the global pool", global_node_pool().names().contains(&name), true)
        }))
    }
    check(
        "node-pool",
        "global_pool_functions",
        property as fn(String, String, Vec<String>, u8, u16) -> TestResult,
    );
    // AddressSanitizer does not look for pointers in objects that are back in a pool, and takes what they own for a leak.
    global_node_pool().trim();
}
