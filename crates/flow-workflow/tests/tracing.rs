//! Spans and events, seen by a subscriber of the test's own.
//!
//! A test target of its own, whose tests run one after the other: until all threads that meet a span for the first time have
//! a subscriber, `tracing` may note for all that nobody wants it.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flow_testkit::Unreadable;
use flow_workflow::{Context, Data, Executor, Retry, Workflow};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

static ALONE: Mutex<()> = Mutex::new(());

/// Waits until no other test runs.
fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes down what it is told, with the names of the spans that it is told in.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    spans: Vec<String>,
    entered: Vec<u64>,
    lines: Vec<String>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // What differs from run to run.
        if field.name() != "elapsed" {
            write!(self.0, " {}={value:?}", field.name()).expect("a string takes all");
        }
    }
}

impl Subscriber for Notebook {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("flow_workflow")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = Fields(attributes.metadata().name().to_owned());
        attributes.record(&mut fields);
        let mut notes = self.0.lock().expect("nobody panics");
        let parent = attributes.parent().map(|id| format!(" in {}", id.into_u64())).unwrap_or_default();
        notes.spans.push(fields.0.clone());
        notes.lines.push(format!("span {}{parent}", fields.0));
        Id::from_u64(notes.spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(event.metadata().level().to_string());
        event.record(&mut fields);
        let mut notes = self.0.lock().expect("nobody panics");
        let inside = notes.entered.last().map_or(0, |&id| id);
        notes.lines.push(format!("event {} in {inside}", fields.0));
    }

    fn enter(&self, id: &Id) {
        self.0.lock().expect("nobody panics").entered.push(id.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.0.lock().expect("nobody panics").entered.pop();
    }
}

#[test]
fn runs_and_attempts_are_spans() {
    let _alone = alone();
    let notebook = Notebook::default();
    tracing::subscriber::with_default(notebook.clone(), || {
        let workflow = Workflow::builder("order")
            .node(
                "charge",
                |context: &Context| if context.attempt() == 1 { Err("declined".into()) } else { Ok(()) },
            )
            .retry(Retry::fixed(1, std::time::Duration::ZERO))
            .node("ship", |_: &Context| Err("lost".into()))
            .after(["charge"])
            .build()
            .expect("no problem");
        Executor::new(1).run(&workflow, &Data::new()).expect_err("ship fails");
    });
    let notes = notebook.0.lock().expect("nobody panics");
    assert_eq!(
        notes.lines,
        [
            "span workflow name=\"order\" nodes=2",
            "span node name=\"charge\" attempt=1 in 1",
            "event WARN message=attempt failed node=\"charge\" attempt=1 error=declined in 1",
            "span node name=\"charge\" attempt=2 in 1",
            "span node name=\"ship\" attempt=1 in 1",
            "event WARN message=attempt failed node=\"ship\" attempt=1 error=lost in 1",
            "event ERROR message=run did not complete error=workflow 'order' failed: node 'ship' failed: lost (1 \
             completed, 1 failed) in 1",
        ]
    );
    assert!(notes.entered.is_empty());
}

#[test]
fn an_error_that_cannot_be_read_is_told_nevertheless() {
    let _alone = alone();
    let notebook = Notebook::default();
    tracing::subscriber::with_default(notebook.clone(), || {
        let workflow =
            Workflow::builder("order").node("charge", |_: &Context| Err(Unreadable.into())).build();
        Executor::new(1).run(&workflow.expect("no problem"), &Data::new()).expect_err("charge fails");
    });
    let notes = notebook.0.lock().expect("nobody panics");
    let told = |what: &str| notes.lines.iter().filter(|line| line.contains(what)).count();
    assert_eq!((told("attempt failed"), told("run did not complete")), (1, 1), "{:?}", notes.lines);
    assert_eq!(told("error=panicked: nobody may read it"), 2, "{:?}", notes.lines);
}

#[test]
fn nothing_is_written_for_nobody() {
    let _alone = alone();
    let workflow =
        Workflow::builder("order").node("charge", |_: &Context| Ok(())).build().expect("no problem");
    assert!(Executor::new(1).run(&workflow, &Data::new()).is_ok());
}
