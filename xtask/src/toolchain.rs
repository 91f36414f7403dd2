//! What a compiler says of itself.

use anyhow::{Context, Result};

use crate::process::Command;

/// A compiler, from `rustc -vV`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rustc {
    /// Such as `1.95.0 (f2d3ce0bd 2026-04-14)`.
    pub(crate) version: String,
    /// The triple of this machine, such as `x86_64-unknown-linux-gnu`.
    pub(crate) host: String,
    /// The major version of the LLVM that it is built on, such as `22`.
    pub(crate) llvm: String,
}

impl Rustc {
    /// The pinned one.
    pub(crate) fn pinned() -> Result<Self> {
        Self::of("rustc")
    }

    pub(crate) fn of(program: &str) -> Result<Self> {
        let text = Command::new(program).args(["-vV"]).probe();
        let text = text.with_context(|| format!("cannot run `{program} -vV`"))?;
        Self::parse(&text).with_context(|| format!("cannot make sense of what `{program} -vV` says: {text}"))
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let llvm = field("LLVM version: ")?.split('.').next()?;
        Some(Self {
            version: field("rustc ")?.to_owned(),
            host: field("host: ")?.to_owned(),
            llvm: llvm.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    //! What is read, and that nothing may be missing.

    use super::*;

    const TEXT: &str = "rustc 1.96.0 (0123 2026-05-01)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.8\n";

    #[test]
    fn all_that_is_needed_is_read() {
        let expected = Rustc {
            version: "1.96.0 (0123 2026-05-01)".to_owned(),
            host: "x86_64-unknown-linux-gnu".to_owned(),
            llvm: "22".to_owned(),
        };
        assert_eq!(Rustc::parse(TEXT), Some(expected));
        for line in ["rustc ", "host: ", "LLVM version: "] {
            assert_eq!(Rustc::parse(&TEXT.replacen(line, "", 1)), None, "{line}");
        }
    }

    #[test]
    fn the_pinned_one_is_understood() {
        let rustc = Rustc::pinned().expect("our compiler");
        assert!(rustc.llvm.parse::<u32>().is_ok() && rustc.host.contains('-'), "{rustc:?}");
        assert!(Rustc::of("no-such-compiler").is_err());
    }
}
