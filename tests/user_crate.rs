//! A crate outside of the workspace, as a user has it, builds and runs in both editions.

mod outside;

use std::io;

use outside::Crate;

#[test]
fn a_user_crate_builds_and_trains_in_every_edition() -> io::Result<()> {
    for edition in ["2021", "2024"] {
        let change = ("\"2024\"", format!("{edition:?}"));
        Crate::copy("user-crate", edition, &[change])?.cargo(["run"])?;
    }
    Ok(())
}
