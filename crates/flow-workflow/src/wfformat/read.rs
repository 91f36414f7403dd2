//! From bytes to what the file says. What each task says of itself is checked as it is read, so that nothing wrong is kept.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, de::SeqAccess};

use super::{
    Command, MAX_RUNTIME, WfError, WfProblem,
    error::Problems,
    field::{Expected, Field, Number, Text, Texts, objects},
};

/// The whole file.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(default, borrow)]
    pub(super) name: Field<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) description: Field<Text<'a>>,
    #[serde(default, borrow, rename = "schemaVersion")]
    pub(super) version: Field<Text<'a>>,
    #[serde(default, borrow)]
    pub(super) workflow: Field<Workflow<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Workflow<'a> {
    #[serde(default, borrow)]
    pub(super) specification: Field<Specification<'a>>,
    #[serde(default, borrow)]
    pub(super) execution: Field<Execution<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Specification<'a> {
    #[serde(default, borrow)]
    pub(super) tasks: Field<Entries<Specified<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct Execution<'a> {
    #[serde(default, rename = "makespanInSeconds")]
    pub(super) makespan: Field<Number>,
    #[serde(default, borrow)]
    pub(super) tasks: Field<Entries<Executed<'a>>>,
}

objects!(Document Workflow Specification Execution SpecifiedFields ExecutedFields CommandFields);

/// What the specification says of a task.
pub(super) struct Specified<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) name: Cow<'a, str>,
    pub(super) parents: Vec<Cow<'a, str>>,
    pub(super) children: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
pub(super) struct SpecifiedFields<'a> {
    #[serde(default, borrow)]
    id: Field<Text<'a>>,
    #[serde(default, borrow)]
    name: Field<Text<'a>>,
    #[serde(default, borrow)]
    parents: Field<Texts<'a>>,
    #[serde(default, borrow)]
    children: Field<Texts<'a>>,
}

/// What is known of the execution of a task.
pub(super) struct Executed<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) runtime: Duration,
    pub(super) command: Option<Command>,
}

#[derive(Deserialize)]
pub(super) struct ExecutedFields<'a> {
    #[serde(default, borrow)]
    id: Field<Text<'a>>,
    #[serde(default, rename = "runtimeInSeconds")]
    runtime: Field<Number>,
    #[serde(default, borrow)]
    command: Field<CommandFields<'a>>,
}

#[derive(Deserialize)]
pub(super) struct CommandFields<'a> {
    #[serde(default, borrow)]
    program: Field<Text<'a>>,
    #[serde(default, borrow)]
    arguments: Field<Texts<'a>>,
}

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Document<'_>, WfError> {
    // Some editors on Windows begin a file with this mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice(bytes) {
        Ok(field) => {
            let mut problems = Problems::default();
            match required(field, || "the file".to_owned(), &mut problems) {
                Some(document) => Ok(document),
                None => Err(problems.settle().expect_err("a required value is there, or a problem")),
            }
        }
        Err(error) => Err(syntax(bytes, &error).into()),
    }
}

/// What `serde_json` says, with a word on what it does not explain.
fn syntax(bytes: &[u8], error: &serde_json::Error) -> WfProblem {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let message = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text);
    let rest = bytes.split(|&byte| byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let at = rest.get(column.saturating_sub(1)..).unwrap_or_default();
    let is_no_number = [&b"N"[..], b"I", b"-I"].iter().any(|start| at.starts_with(start));
    let message = match error.classify() {
        _ if bytes.trim_ascii().is_empty() => "the file is empty".to_owned(),
        serde_json::error::Category::Eof => format!("the file ends too early: {message}"),
        serde_json::error::Category::Syntax if is_no_number => "JSON has no NaN and no Infinity".to_owned(),
        serde_json::error::Category::Syntax => format!("not JSON: {message}"),
        _ => message.to_owned(),
    };
    WfProblem::Syntax { line, column, message }
}

/// The value of a field that has to be there. If there is none, a problem was added.
pub(super) fn required<'de, T: Expected<'de>>(
    field: Field<T>,
    place: impl FnOnce() -> String,
    problems: &mut Problems,
) -> Option<T> {
    match field {
        Field::Missing => {
            problems.push(|_| WfProblem::Missing { place: place() });
            None
        }
        other => optional(other, place, problems),
    }
}

/// The value of a field, if it is there. A problem was added if it is of a wrong type.
pub(super) fn optional<'de, T: Expected<'de>>(
    field: Field<T>,
    place: impl FnOnce() -> String,
    problems: &mut Problems,
) -> Option<T> {
    match field {
        Field::Missing => None,
        Field::Right(value) => Some(value),
        Field::Wrong(found) => {
            problems.push(|_| WfProblem::WrongType { place: place(), expected: T::WHAT, found });
            None
        }
    }
}

/// A text that has to be there and to have a letter.
pub(super) fn name<'a>(
    field: Field<Text<'a>>,
    place: impl Fn() -> String,
    problems: &mut Problems,
) -> Option<Cow<'a, str>> {
    let Text(text) = required(field, &place, problems)?;
    if text.trim().is_empty() {
        problems.push(|_| WfProblem::Empty { place: place(), expected: "a name" });
        return None;
    }
    Some(text)
}

/// Texts, all of which have to be texts.
fn texts<'a>(
    texts: Texts<'a>,
    place: impl FnOnce() -> String,
    problems: &mut Problems,
) -> Option<Vec<Cow<'a, str>>> {
    let Some((index, found)) = texts.wrong else { return Some(texts.items) };
    problems.push(|_| WfProblem::WrongType {
        place: format!("{}[{index}]", place()),
        expected: "a string",
        found,
    });
    None
}

/// A time that can be.
pub(super) fn seconds(
    Number(value): Number,
    place: impl FnOnce() -> String,
    problems: &mut Problems,
) -> Option<Duration> {
    let time = Duration::try_from_secs_f64(value).ok().filter(|&time| time <= MAX_RUNTIME);
    if time.is_none() {
        problems.push(|_| WfProblem::OutOfRange { place: place(), value });
    }
    time
}

/// A list of tasks that were found to be right, and what is wrong with the others.
pub(super) struct Entries<T> {
    pub(super) items: Vec<T>,
    pub(super) problems: Problems,
}

/// A task in a list.
pub(super) trait Entry: Sized {
    /// What the file has.
    type Fields;
    /// The list.
    const LIST: &'static str;

    /// `position` counts from 0. If the result is none, a problem was added.
    fn check(fields: Self::Fields, position: usize, problems: &mut Problems) -> Option<Self>;
}

impl<'de, T: Entry<Fields: Expected<'de>>> Expected<'de> for Entries<T> {
    const WHAT: &'static str = "a list of tasks";

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut entries = Self { items: Vec::new(), problems: Problems::default() };
        let mut position = 0;
        while let Some(field) = list.next_element::<Field<T::Fields>>()? {
            let problems = &mut entries.problems;
            let fields = required(field, || format!("field {}[{position}]", T::LIST), problems);
            entries.items.extend(fields.and_then(|fields| T::check(fields, position, problems)));
            position += 1;
        }
        Ok(Some(entries))
    }
}

/// The id of a task.
fn id<'a>(
    field: Field<Text<'a>>,
    list: &str,
    position: usize,
    problems: &mut Problems,
) -> Option<Cow<'a, str>> {
    name(field, || format!("field {list}[{position}].id"), problems)
}

impl<'a> Entry for Specified<'a> {
    type Fields = SpecifiedFields<'a>;
    const LIST: &'static str = "workflow.specification.tasks";

    fn check(fields: SpecifiedFields<'a>, position: usize, problems: &mut Problems) -> Option<Self> {
        let id = id(fields.id, Self::LIST, position, problems)?;
        let place = |field: &str| format!("task '{id}', field {field}");
        // All are looked at before one that is missing ends it.
        let name = name(fields.name, || place("name"), problems);
        let mut relatives = |field, called| {
            let list = required(field, || place(called), problems)?;
            texts(list, || place(called), problems)
        };
        let parents = relatives(fields.parents, "parents");
        let children = relatives(fields.children, "children");
        Some(Self { name: name?, parents: parents?, children: children?, id })
    }
}

impl<'a> Entry for Executed<'a> {
    type Fields = ExecutedFields<'a>;
    const LIST: &'static str = "workflow.execution.tasks";

    fn check(fields: ExecutedFields<'a>, position: usize, problems: &mut Problems) -> Option<Self> {
        let id = id(fields.id, Self::LIST, position, problems)?;
        let place = |field: &str| format!("task '{id}', field {field}");
        let runtime = required(fields.runtime, || place("runtimeInSeconds"), problems)
            .and_then(|number| seconds(number, || place("runtimeInSeconds"), problems));
        let command = optional(fields.command, || place("command"), problems);
        let command = command.and_then(|command| {
            let program = optional(command.program, || place("command.program"), problems);
            let arguments = optional(command.arguments, || place("command.arguments"), problems)
                .and_then(|list| texts(list, || place("command.arguments"), problems));
            let arguments = arguments.unwrap_or_default().into_iter().map(Cow::into_owned).collect();
            let Text(program) = program.filter(|Text(program)| !program.trim().is_empty())?;
            Some(Command { program: program.into_owned(), arguments })
        });
        Some(Self { runtime: runtime?, command, id })
    }
}
