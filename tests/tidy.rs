//! The conventions of this workspace that a test can see.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// One source file of the workspace.
struct Source {
    /// From the root of the workspace, with `/` between its parts.
    path: String,
    text: String,
}

/// Every `.rs` file of the workspace but those in `tests/ui`.
fn sources() -> io::Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    let mut folders: Vec<PathBuf> = ["benches", "cnn-macros", "cnn-runtime", "examples"]
        .iter()
        .chain(&["src", "tests"])
        .map(|folder| root.join(folder))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?.path();
            let path = path_from(root, &entry);
            let skipped = path == "tests/ui" || path.ends_with("/target");
            if entry.is_dir() && !skipped {
                folders.push(entry);
            } else if path.ends_with(".rs") {
                let text = fs::read_to_string(entry)?;
                sources.push(Source { path, text });
            }
        }
    }
    assert!(sources.len() > 100, "{} files were found", sources.len());
    Ok(sources)
}

fn path_from(root: &Path, path: &Path) -> String {
    let path = path
        .strip_prefix(root)
        .expect("it was found below the root");
    let parts = path.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Fails with one line for each file that breaks the rule; `broken` says how.
fn check(rule: &str, broken: impl Fn(&Source) -> Option<String>) -> io::Result<()> {
    let sources = sources()?;
    let lines: Vec<String> = sources
        .iter()
        .filter_map(|source| Some(format!("{}: {}", source.path, broken(source)?)))
        .collect();
    assert!(lines.is_empty(), "{rule}\n{}", lines.join("\n"));
    Ok(())
}

/// The code of a line, without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The first line whose code contains `word` as a whole.
fn line_with(source: &Source, word: &str) -> Option<String> {
    let has_word = |line: &&str| {
        code(line)
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|found| found == word)
    };
    source.text.lines().find(has_word).map(str::to_owned)
}

#[test]
fn files_are_short() -> io::Result<()> {
    const CAP: usize = 400;
    /// Longer files, each with the reason.
    const LONGER: &[(&str, &str)] = &[(
        "cnn-macros/expansion/small/__code_Small.rs",
        "written by the compiler, and compiled by nobody",
    )];
    check("a file has at most 400 lines", |source| {
        let lines = source.text.lines().count();
        let allowed = LONGER.iter().any(|(path, _)| *path == source.path);
        (lines > CAP && !allowed).then(|| format!("{lines} lines"))
    })
}

#[test]
fn files_say_what_they_hold() -> io::Result<()> {
    check("a file begins with `//!`", |source| {
        let first = source.text.lines().next().unwrap_or_default();
        // The facade's is the README, so that its examples are tested.
        let said = ["//! ", "#![doc = include_str!"];
        let is_said = said.iter().any(|start| first.starts_with(start));
        (!is_said).then(|| first.to_owned())
    })
}

#[test]
fn one_module_names_the_vector_crate() -> io::Result<()> {
    let vector_crate = ["fearless", "simd"].join("_");
    check(
        "only `simd` names the vector crate",
        |source| match source.path.as_str() {
            "cnn-runtime/src/simd.rs" | "cnn-runtime/src/simd/registers.rs" => None,
            _ => line_with(source, &vector_crate),
        },
    )
}

#[test]
fn no_code_is_unsafe_but_the_counting_allocator() -> io::Result<()> {
    check("safe code only", |source| match source.path.as_str() {
        "tests/counting/mod.rs" => None,
        _ => line_with(source, &["un", "safe"].concat()),
    })
}

#[test]
fn passes_know_no_layer() -> io::Result<()> {
    let layers = Path::new(env!("CARGO_MANIFEST_DIR")).join("cnn-macros/src/layers");
    let modules: Vec<String> = fs::read_dir(layers)?
        .map(|entry| {
            Ok(entry?
                .path()
                .file_stem()
                .map(|s| s.to_string_lossy().into()))
        })
        .filter_map(io::Result::transpose)
        .collect::<io::Result<_>>()?;
    // What the passes may use is the interface of all layers.
    let words = modules
        .iter()
        .filter(|name| !["mod", "options"].contains(&name.as_str()));
    let forbidden: Vec<String> = words
        .flat_map(|word| [format!("{word}::"), format!("\"{word}\"")])
        .collect();
    check("a pass names no layer", |source| {
        let is_test = source.path.ends_with("/tests.rs");
        if !source.path.starts_with("cnn-macros/src/passes/") || is_test {
            return None;
        }
        let tests = source.text.find("#[cfg(test)]");
        let text = &source.text[..tests.unwrap_or(source.text.len())];
        let mut lines = text.lines().map(code);
        let names_layer = |line: &&str| forbidden.iter().any(|word| line.contains(word));
        lines.find(names_layer).map(str::to_owned)
    })
}

#[test]
fn nothing_is_left_for_later() -> io::Result<()> {
    let marks = [["TO", "DO"], ["FIX", "ME"], ["#[ign", "ore"]].map(|parts| parts.concat());
    check("no reminders, no tests that do not run", |source| {
        let mut lines = source.text.lines();
        let marked = |line: &&str| marks.iter().any(|mark| line.contains(mark));
        lines.find(marked).map(str::to_owned)
    })
}
