//! Crates outside of the workspace, built by cargo as a user would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Where the library is, and below it the crates.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A copy of the crate `tests/<name>`, for one purpose.
pub(crate) struct Crate {
    folder: PathBuf,
}

impl Crate {
    /// Copies the crate, with the versions that the library is tested with, and changes its manifest.
    pub(crate) fn copy(name: &str, purpose: &str, changes: &[(&str, String)]) -> io::Result<Self> {
        let source = source(name);
        let folder = temporary().join(format!("{name}-{purpose}"));
        for part in ["src", "tests"] {
            if !source.join(part).is_dir() {
                continue;
            }
            fs::create_dir_all(folder.join(part))?;
            for file in fs::read_dir(source.join(part))? {
                let file = file?;
                fs::copy(file.path(), folder.join(part).join(file.file_name()))?;
            }
        }
        let lock = "Cargo.lock";
        fs::copy(Path::new(ROOT).join(lock), folder.join(lock))?;

        let manifest = fs::read_to_string(source.join("Cargo.toml"))?;
        let library = [("\"../..\"", format!("{ROOT:?}"))];
        let manifest = library.iter().chain(changes).fold(manifest, replace);
        fs::write(folder.join("Cargo.toml"), manifest)?;
        Ok(Self { folder })
    }

    /// Runs cargo on the crate, with more arguments, and fails with what it said if it fails.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> io::Result<()> {
        let output = Command::new(env!("CARGO"))
            .args(&arguments[..1])
            .args(["--offline", "--manifest-path"])
            .arg(self.folder.join("Cargo.toml"))
            // All crates compile the macro once.
            .arg("--target-dir")
            .arg(temporary().join("outside-target"))
            .args(&arguments[1..])
            // The library promises to need none.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}:\n{said}");
        Ok(())
    }

    /// The place of a file in the crate's folder.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }
}

/// The folder of the crate `tests/<name>`.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(ROOT).join("tests").join(name)
}

fn replace(text: String, (from, to): &(&str, String)) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

/// Where cargo lets tests write.
pub(crate) fn temporary() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}
