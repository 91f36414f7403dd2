//! What tests share.

use std::fs;
use std::path::PathBuf;

/// The path of a folder for the test of that name alone, where nothing is yet.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("flow-xtask-{test}-{}", std::process::id()));
    fs::remove_dir_all(&folder).ok();
    folder
}
