//! On what a report was measured.

use std::fs;
use std::process::Command;

/// The processor's name, where Linux tells.
pub(crate) fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The commit of the sources, and whether they were changed since.
pub(crate) fn commit() -> Option<String> {
    let said = Command::new("git")
        .args(["describe", "--always", "--dirty"])
        .output()
        .ok()?;
    Some(String::from_utf8(said.stdout).ok()?.trim().to_owned())
}
