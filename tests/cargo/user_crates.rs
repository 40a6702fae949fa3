//! Crates outside of the workspace, as users have them, build and run.

use std::io;

use crate::outside::{self, Crate};

#[test]
fn a_user_crate_builds_and_trains_in_every_edition() -> io::Result<()> {
    // The edition changes what the code means, and not how it is optimized.
    for (edition, opt_level) in [("2021", 0), ("2024", 3)] {
        let changes = [
            ("\"2024\"", format!("{edition:?}")),
            ("opt-level = 3", format!("opt-level = {opt_level}")),
            (
                "\"../backbone-crate\"",
                format!("{:?}", outside::source("backbone-crate")),
            ),
        ];
        Crate::copy("user-crate", edition, &changes)?.cargo(&["run", "--release"])?;
    }
    Ok(())
}

#[test]
fn a_crate_without_an_allocator_learns_and_having_one_changes_nothing() -> io::Result<()> {
    let firmware = Crate::copy("bare-metal", "2024", &[])?;
    firmware.cargo(&["test", "--release", "--test=learn"])?;
    firmware.cargo(&["test", "--release", "--test=learn", "--features=alloc"])?;
    Ok(())
}
