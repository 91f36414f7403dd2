//! The name of a benchmark, taken apart: `operation/case/implementation/threads`.

use std::fmt;

/// `alloc_uninit/64/flow_arena/t=2`, in its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) operation: String,
    /// May be empty.
    pub(super) case: String,
    pub(super) implementation: String,
    /// None where a benchmark has one number of threads only.
    pub(super) threads: Option<u32>,
}

impl Id {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.split('/').collect();
        let threads =
            parts.last().and_then(|last| last.strip_prefix("t=")).and_then(|count| count.parse().ok());
        if threads.is_some() {
            parts.pop();
        }
        let [operation, case @ .., implementation] = parts.as_slice() else {
            return Err(format!(
                "the benchmark {text:?} is not named operation/case/implementation/threads: who is measured there?"
            ));
        };
        Ok(Self {
            operation: (*operation).to_owned(),
            case: case.join("/"),
            implementation: (*implementation).to_owned(),
            threads,
        })
    }

    pub(super) fn is_ours(&self) -> bool {
        is_ours(&self.implementation)
    }
}

/// Whether the implementation is one of ours: in all targets of `benches/`, these are named after Flow.
pub(super) fn is_ours(implementation: &str) -> bool {
    implementation.starts_with("flow_")
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.operation)?;
        if !self.case.is_empty() {
            write!(f, "/{}", self.case)?;
        }
        write!(f, "/{}", self.implementation)?;
        self.threads.map_or(Ok(()), |threads| write!(f, "/t={threads}"))
    }
}

/// A case by what it is about and how large it is: `u64_10k_zipf` is `u64_zipf` with 10,000.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Case {
    /// The name without its size.
    pub(super) family: String,
    pub(super) size: Option<u64>,
}

impl Case {
    /// The size is the last part with a `k` or an `m`, or else the number at the end.
    pub(super) fn parse(name: &str) -> Self {
        let parts: Vec<&str> = name.split('_').collect();
        let with_unit = parts.iter().rposition(|part| part.parse::<u64>().is_err() && size(part).is_some());
        let at_end = parts.len() - 1;
        let place = with_unit.unwrap_or(at_end);
        let size = size(parts[place]);
        let mut family = parts;
        if size.is_some() {
            family.remove(place);
        }
        Self { family: family.join("_"), size }
    }
}

fn size(text: &str) -> Option<u64> {
    let (number, factor) = if let Some(number) = text.strip_suffix('k') {
        (number, 1000)
    } else if let Some(number) = text.strip_suffix('m') {
        (number, 1_000_000)
    } else {
        (text, 1)
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    //! Names as benches/ has them, and others.

    use super::*;

    fn id(text: &str) -> (String, String, String, Option<u32>) {
        let Id { operation, case, implementation, threads } = Id::parse(text).expect(text);
        (operation, case, implementation, threads)
    }

    fn parts(
        operation: &str,
        case: &str,
        implementation: &str,
        threads: Option<u32>,
    ) -> (String, String, String, Option<u32>) {
        (operation.to_owned(), case.to_owned(), implementation.to_owned(), threads)
    }

    #[test]
    fn names_are_split() {
        assert_eq!(id("alloc_uninit/64/flow_arena/t=2"), parts("alloc_uninit", "64", "flow_arena", Some(2)));
        assert_eq!(id("set/u64_10k/papaya"), parts("set", "u64_10k", "papaya", None));
        assert_eq!(id("reset/flow"), parts("reset", "", "flow", None));
        assert_eq!(id("typed/Vec<u8>/10/std/t=16"), parts("typed", "Vec<u8>/10", "std", Some(16)));
        assert_eq!(id("get/t=x/papaya/t=x"), parts("get", "t=x/papaya", "t=x", None));
    }

    #[test]
    fn names_without_an_implementation_are_refused() {
        for text in ["alone", "alone/t=1", ""] {
            let problem = Id::parse(text).expect_err(text);
            assert!(problem.contains(&format!("{text:?}")), "{problem}");
        }
    }

    #[test]
    fn an_id_prints_as_it_was_read() {
        for text in ["alloc_uninit/64/flow_arena/t=2", "set/u64_10k/papaya", "reset/flow", "a/b/c/d/t=1"] {
            assert_eq!(Id::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn ours_are_known_by_their_names() {
        assert!(
            is_ours("flow_arena") && !is_ours("bumpalo") && !is_ours("workflow_peer") && !is_ours("flowy")
        );
    }

    #[test]
    fn cases_have_a_family_and_a_size() {
        for (name, family, size) in [
            ("64", "", Some(64)),
            ("100k", "", Some(100_000)),
            ("u64_1m", "u64", Some(1_000_000)),
            ("u64_100k_one_key", "u64_one_key", Some(100_000)),
            ("50_50_u64_100k", "50_50_u64", Some(100_000)),
            ("string_100", "string", Some(100)),
            ("10k_uniform", "uniform", Some(10_000)),
            ("fan_out_1k", "fan_out", Some(1000)),
            ("name_and_number", "name_and_number", None),
            ("90_hit_10_miss", "90_hit_10_miss", None),
            ("64_to_1M", "64_to_1M", None),
            ("", "", None),
        ] {
            assert_eq!(Case::parse(name), Case { family: family.to_owned(), size }, "{name}");
        }
    }
}
