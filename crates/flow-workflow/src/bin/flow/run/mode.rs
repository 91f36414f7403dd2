//! [`Mode`]: what a task does.

use std::{fmt::Write, ops::RangeInclusive, path::PathBuf, time::Duration};

use flow_workflow::wfformat::{Command, Task};

use crate::{
    analysis::Analysis,
    failure::Failure,
    output::INFALLIBLE,
    plain,
    units::{self, count},
};

/// What the tasks are to do.
#[derive(Debug, clap::Args)]
#[group(id = "mode")]
pub(super) struct Arguments {
    /// Replay this many times as fast as the file says. By default fast enough to take about three seconds.
    #[arg(long, value_name = "X", value_parser = speedup, conflicts_with_all = ["exec", "no_op"])]
    speedup: Option<f64>,
    /// Execute the command of each task. What it writes is dropped if it succeeds; if it fails, the last lines are
    /// shown.
    #[arg(long, conflicts_with = "no_op")]
    exec: bool,
    /// With --exec, the folder in which the commands run.
    #[arg(long, value_name = "FOLDER", requires = "exec")]
    dir: Option<PathBuf>,
    /// With --exec, only say what would be executed, parents first.
    #[arg(long, requires = "exec")]
    dry_run: bool,
    /// Have each task do nothing, to measure the engine alone.
    #[arg(long)]
    no_op: bool,
}

impl Arguments {
    pub(super) fn dry_run(&self) -> bool {
        self.dry_run
    }
}

/// Every speed-up that makes a difference, and many more.
const SPEEDUPS: RangeInclusive<f64> = 1e-300..=1e300;

fn speedup(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| SPEEDUPS.contains(number));
    let (least, most) = (SPEEDUPS.start(), SPEEDUPS.end());
    number.ok_or_else(|| format!("'{}' is not a number from {least:e} to {most:e}", units::shortened(text)))
}

/// A speed-up as one would write it: without hundreds of zeros.
fn factor(number: f64) -> String {
    if (1e-6..1e9).contains(&number) { number.to_string() } else { format!("{number:e}") }
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode<'a> {
    /// Waits as long as the file says it takes, divided by the speed-up.
    Replay { speedup: f64 },
    /// Waits for nothing, because the file does not say of any task how long it takes.
    Untimed { speedup: f64 },
    /// Executes its command.
    Exec { dir: Option<&'a PathBuf> },
    /// Nothing.
    NoOp,
}

/// How long a replay takes, about, unless somebody says how fast it is to be.
const REPLAY: Duration = Duration::from_secs(3);

impl<'a> Mode<'a> {
    pub(super) fn choose(
        arguments: &'a Arguments,
        analysis: &Analysis<'_>,
        threads: usize,
    ) -> Result<Self, Failure> {
        if arguments.no_op {
            return Ok(Self::NoOp);
        }
        if arguments.exec {
            let mut without = analysis.order.iter().filter(|task| task.command.is_none());
            if let Some(first) = without.next() {
                let others = match without.count() {
                    0 => "has".to_owned(),
                    more => format!("and {} have", count(more, "other")),
                };
                return Err(Failure::of_input(format_args!(
                    "--exec needs a command for each task: task '{}' {others} none in the file",
                    plain::name(&first.id)
                )));
            }
            let dir = arguments.dir.as_ref();
            if let Some(dir) = dir.filter(|dir| !dir.is_dir()) {
                return Err(Failure::of_input(format_args!("--dir {}: no such folder", dir.display())));
            }
            return Ok(Self::Exec { dir });
        }
        let speedup = arguments.speedup.unwrap_or_else(|| {
            let factor = analysis.bound(threads).as_secs_f64() / REPLAY.as_secs_f64();
            two_digits(factor).max(1.0)
        });
        Ok(if analysis.total.is_zero() { Self::Untimed { speedup } } else { Self::Replay { speedup } })
    }

    /// The name of its action.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Replay { .. } | Self::Untimed { .. } => "replay",
            Self::Exec { .. } => "exec",
            Self::NoOp => "no-op",
        }
    }

    pub(super) fn describe(self) -> String {
        match self {
            Self::Replay { speedup: 1.0 } => "replayed as fast as the file says".to_owned(),
            Self::Replay { speedup } => {
                format!("replayed {} times as fast as the file says", factor(speedup))
            }
            Self::Untimed { .. } => "replayed without waiting, as no task has a time in the file".to_owned(),
            Self::Exec { .. } => "executed".to_owned(),
            Self::NoOp => "doing nothing".to_owned(),
        }
    }
}

/// Rounded to two digits that count.
fn two_digits(number: f64) -> f64 {
    if number < 1.0 {
        return number;
    }
    // Divided by a whole number, or multiplied: a tenth is none.
    match number.log10().floor() - 1.0 {
        places if places < 0.0 => (number * 10.0).round() / 10.0,
        places => (number / 10_f64.powf(places)).round() * 10_f64.powf(places),
    }
}

/// How long a task waits in a replay.
pub(super) fn wait(runtime: Duration, speedup: f64) -> Duration {
    Duration::try_from_secs_f64(runtime.as_secs_f64() / speedup).unwrap_or(Duration::MAX)
}

/// What would be executed, parents first: a line for each task, with the command as one would give it to a shell.
pub(super) fn listing(analysis: &Analysis<'_>) -> String {
    let line = |task: &&Task| {
        let command = task.command.as_ref().map(quoted).unwrap_or_default();
        format!("{}: {command}\n", plain::name(&task.id))
    };
    analysis.order.iter().map(line).collect()
}

fn quoted(command: &Command) -> String {
    let words = std::iter::once(&command.program).chain(&command.arguments);
    words.map(|word| quoted_word(word)).collect::<Vec<_>>().join(" ")
}

fn quoted_word(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_@%+=:,./-".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = "$'".to_owned();
    for character in word.chars() {
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            '\n' | '\t' | '\r' => quoted.extend(character.escape_default()),
            _ if character.is_control() => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    // Three octal digits end by themselves.
                    write!(quoted, "\\{byte:03o}").expect(INFALLIBLE);
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    //! Quoting and rounding.

    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_need_it() {
        for (word, expected) in [
            ("mProject", "mProject"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("$HOME;", "'$HOME;'"),
            ("a\nb's\t\u{1b}1\u{9b}\\", r"$'a\nb\'s\t\0331\302\233\\'"),
        ] {
            assert_eq!(quoted_word(word), expected);
        }
    }

    #[test]
    fn speed_ups_have_two_digits() {
        for (number, expected) in
            [(0.5, "0.5"), (1.0, "1"), (6.249, "6.2"), (123.0, "120"), (99_900.0, "100000")]
        {
            assert_eq!(two_digits(number).to_string(), expected, "{number}");
        }
    }

    #[test]
    fn speed_ups_are_numbers_above_zero() {
        assert_eq!(speedup("2.5"), Ok(2.5));
        for text in ["0", "-1", "1e-308", "1e308", "inf", "NaN", "fast", ""] {
            assert_eq!(speedup(text), Err(format!("'{text}' is not a number from 1e-300 to 1e300")));
        }
        let long = speedup(&"9".repeat(309)).expect_err("it is above 1e300");
        assert!(long.starts_with("'9999") && long.len() < 80, "{long}");
    }

    #[test]
    fn speed_ups_are_said_shortly() {
        for text in ["0.5", "1.5", "20", "100000", "1e9", "1e300", "1e-300"] {
            assert_eq!(speedup(text).map(factor).as_deref(), Ok(text));
        }
    }

    #[test]
    fn no_wait_is_too_long_to_say() {
        assert_eq!(wait(Duration::from_secs(10), 100.0), Duration::from_millis(100));
        assert_eq!(wait(Duration::from_secs(10), f64::MIN_POSITIVE), Duration::MAX);
    }
}
