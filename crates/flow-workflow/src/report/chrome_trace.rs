//! A report as a trace that browsers and [Perfetto](https://ui.perfetto.dev) show.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Duration,
};

use serde::Serialize;

use super::Report;

/// One event of the [trace event format][format].
///
/// [format]: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
#[derive(Serialize)]
struct Event<'a, A> {
    name: &'a str,
    /// `X` is something that takes time, `M` says what something is called.
    ph: &'static str,
    /// Microseconds.
    ts: f64,
    dur: f64,
    pid: u32,
    tid: usize,
    args: A,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
}

/// All that runs in one process.
const PROCESS: u32 = 1;

/// Says what a process or a thread is called.
fn named<'a>(name: &'a str, tid: usize, called: &'a str) -> Event<'a, Named<'a>> {
    Event { name, ph: "M", ts: 0.0, dur: 0.0, pid: PROCESS, tid, args: Named { name: called } }
}

#[derive(Serialize)]
struct Details<'a> {
    status: &'a str,
    attempts: u32,
    busy_us: f64,
    dependencies: usize,
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

impl Report {
    /// Writes the [timings](Self::timings) as JSON in the trace event format, for `chrome://tracing` or
    /// [Perfetto](https://ui.perfetto.dev): a row for each thread, with a bar for each node. Without timings, no bars.
    ///
    /// # Errors
    ///
    /// Whatever `output` returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Context, Data, Executor, RunOptions, Workflow};
    ///
    /// let workflow = Workflow::builder("order").node("charge", |_: &Context| Ok(())).build()?;
    /// let options = RunOptions::new().timings(true);
    /// let report = Executor::new(1).run_with(&workflow, &Data::new(), options)?;
    /// let mut trace = Vec::new();
    /// report.write_chrome_trace(&mut trace)?;
    /// assert!(String::from_utf8(trace)?.contains(r#""name":"charge""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_chrome_trace(&self, output: impl Write) -> io::Result<()> {
        let mut output = io::BufWriter::new(output);
        output.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")?;
        write_json(&mut output, &named("process_name", 0, self.workflow.name()))?;
        let workers: BTreeSet<usize> =
            self.timings().into_iter().flatten().map(|timing| timing.worker).collect();
        for worker in workers {
            let called = if worker == 0 { "caller".to_owned() } else { format!("helper {worker}") };
            output.write_all(b",\n")?;
            write_json(&mut output, &named("thread_name", worker, &called))?;
        }
        for timing in self.timings().into_iter().flatten() {
            let node = timing.node;
            output.write_all(b",\n")?;
            write_json(
                &mut output,
                &Event {
                    name: node.name(),
                    ph: "X",
                    ts: microseconds(timing.start),
                    dur: microseconds(timing.end - timing.start),
                    pid: PROCESS,
                    tid: timing.worker,
                    args: Details {
                        status: self.statuses[node.id() as usize].name(),
                        attempts: timing.attempts,
                        busy_us: microseconds(timing.busy),
                        dependencies: node.dependencies().len(),
                    },
                },
            )?;
        }
        output.write_all(b"\n]}\n")?;
        output.flush()
    }
}

fn write_json(output: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(output, value).map_err(io::Error::from)
}
