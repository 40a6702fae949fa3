//! A crate outside of the workspace, as a user has it, builds and runs in both editions.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Where the user's crate and, above it, the library are.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn a_user_crate_builds_and_trains_in_every_edition() -> io::Result<()> {
    for edition in ["2021", "2024"] {
        let manifest = user_crate(edition)?;
        let output = Command::new(env!("CARGO"))
            .args(["run", "--offline", "--manifest-path"])
            .arg(manifest)
            // The library is compiled once for both editions.
            .arg("--target-dir")
            .arg(temporary().join("user-crate-target"))
            .output()?;
        assert!(
            output.status.success(),
            "edition {edition}:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Copies the user's crate, with another edition and the versions that the library is tested with.
fn user_crate(edition: &str) -> io::Result<PathBuf> {
    let source = Path::new(ROOT).join("tests/user-crate");
    let folder = temporary().join(format!("user-crate-{edition}"));
    fs::create_dir_all(folder.join("src"))?;
    for file in ["src/lib.rs", "src/main.rs"] {
        fs::copy(source.join(file), folder.join(file))?;
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
