//! Crates outside of the workspace, as users have them, build and run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Where the users' crates and, above them, the library are.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn a_user_crate_builds_and_trains_in_every_edition() -> io::Result<()> {
    for edition in ["2021", "2024"] {
        let manifest = copy("user-crate", &["src/lib.rs", "src/main.rs"], edition)?;
        cargo(&["run"], &manifest)?;
    }
    Ok(())
}

#[test]
fn a_crate_without_an_allocator_learns_and_having_one_changes_nothing() -> io::Result<()> {
    let manifest = copy("bare-metal", &["src/lib.rs", "tests/learn.rs"], "2024")?;
    cargo(&["test", "--test", "learn"], &manifest)?;
    cargo(
        &["test", "--test", "learn", "--features", "alloc"],
        &manifest,
    )
}

/// Runs a command of cargo, which must succeed.
fn cargo(command: &[&str], manifest: &Path) -> io::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(command)
        .args(["--offline", "--manifest-path"])
        .arg(manifest)
        // What the crates share is compiled once.
        .arg("--target-dir")
        .arg(temporary().join("user-crate-target"))
        .output()?;
    assert!(
        output.status.success(),
        "{command:?} of {}:\n{}{}",
        manifest.display(),
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&output.stdout)
    );
    Ok(())
}

/// Copies a user's crate, with another edition and the versions that the library is tested with.
fn copy(name: &str, files: &[&str], edition: &str) -> io::Result<PathBuf> {
    let source = Path::new(ROOT).join("tests").join(name);
    let folder = temporary().join(format!("{name}-{edition}"));
    for file in files {
        let copied = folder.join(file);
        fs::create_dir_all(copied.parent().expect("it is in the folder"))?;
        fs::copy(source.join(file), copied)?;
    }
    fs::copy(
        Path::new(ROOT).join("Cargo.lock"),
        folder.join("Cargo.lock"),
    )?;

    let manifest = fs::read_to_string(source.join("Cargo.toml"))?;
    let changes = [
        ("\"2024\"", format!("{edition:?}")),
        ("\"../..\"", format!("{ROOT:?}")),
    ];
    let manifest = changes.iter().fold(manifest, |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    let path = folder.join("Cargo.toml");
    fs::write(&path, manifest)?;
    Ok(path)
}

fn temporary() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
