//! What gungraun's runner prints with `--output-format=json`: a line of JSON for each case.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Counts;

/// Operations of a case, as in `benches/benches/counts/main.rs`.
const OPERATIONS: f64 = 1000.0;
/// The form of a line that this file knows.
const VERSION: &str = "7";

#[derive(Debug, Deserialize)]
struct Line {
    version: String,
    group: String,
    function_name: String,
    profiles: Vec<Profile>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    tool: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    total: Total,
}

#[derive(Debug, Deserialize)]
struct Total {
    metrics: BTreeMap<String, Metric>,
}

#[derive(Debug, Deserialize)]
struct Metric {
    values: Values,
}

/// Without what an earlier run found.
#[derive(Debug, Deserialize)]
struct Values {
    new: Option<f64>,
}

/// The counts in `text`.
pub(super) fn parse(text: &str) -> Result<Counts, String> {
    text.lines().filter(|line| line.starts_with('{')).map(case).collect()
}

fn case(line: &str) -> Result<(String, f64), String> {
    let line: Line = serde_json::from_str(line).map_err(|error| format!("{error} in {line}"))?;
    let name = format!("{}/{}", line.group, line.function_name);
    if line.version != VERSION {
        return Err(format!("a summary of version {}, where {VERSION} was expected", line.version));
    }
    let callgrind = line.profiles.iter().find(|profile| profile.tool == "Callgrind");
    let instructions = callgrind.and_then(|profile| profile.data.total.metrics.get("Ir")?.values.new);
    match instructions {
        Some(instructions) if instructions > 0.0 => Ok((name, instructions / OPERATIONS)),
        _ => Err(format!("no instructions were counted in {name}")),
    }
}

#[cfg(test)]
mod tests {
    //! Lines as the runner prints them, shortened.

    use super::*;

    const LINE: &str = r#"{"baselines":[null,null],"function_name":"alloc_str","group":"arena","id":"count",
        "profiles":[{"data":{"parts":[],"total":{"metrics":{"L1hits":{"values":{"old":21}},
        "Ir":{"change":{"diff_pct":"0","factor":"1"},"values":{"new":57737,"old":57736}}},"regressions":[]}},
        "tool":"Callgrind"}],"version":"7"}"#;

    fn line() -> String {
        LINE.replace('\n', "")
    }

    #[test]
    fn each_line_is_a_case() {
        let second = line().replace("alloc_str", "alloc_value").replace("\"new\":57737,", "\"new\":2000,");
        let counts = parse(&format!("{}\n{second}\n", line())).expect("good lines");
        let expected = [("arena/alloc_str", 57.737), ("arena/alloc_value", 2.0)];
        assert_eq!(counts, expected.map(|(name, count)| (name.to_owned(), count)).into());
        assert!(parse("").expect("no lines").is_empty());
    }

    #[test]
    fn what_was_not_counted_is_an_error() {
        for (from, to, says) in [
            ("\"new\":57737,", "", "no instructions were counted in arena/alloc_str"),
            ("57737", "0", "no instructions"),
            ("\"Ir\"", "\"Dr\"", "no instructions"),
            ("Callgrind", "DHAT", "no instructions"),
            ("\"version\":\"7\"", "\"version\":\"8\"", "version 8"),
            ("\"group\"", "\"grope\"", "group"),
        ] {
            let problem = parse(&line().replace(from, to)).expect_err(to);
            assert!(problem.contains(says), "{problem}");
        }
    }
}
