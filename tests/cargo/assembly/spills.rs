//! The kernels of LeNet-5 and ResNet-8 keep as much in the registers of AVX-512 as they did.
//!
//! What finds no register is moved to the stack and back: the compiler's choice where a tile is full,
//! and the price of one that is too large. `spills.txt` has the share of such instructions in each kernel
//! that has any; `BLESS=1 cargo test --test cargo` writes it after a change that was meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use super::listing::Spills;
use super::{LISTING, WORKLOADS};
use crate::outside::ROOT;

/// By how many parts in a hundred a kernel's share may change: with the compiler that the file was
/// written with, which does the same to the same code, and with others. A tile of six by six sums in place
/// of six by four changes that of a convolution by fifteen to thirty.
const TOLERANCE: f64 = 3.0;
const TOLERANCE_OF_OTHERS: f64 = 12.0;

/// The spills of a kernel, by its network and its name.
type Kernels = BTreeMap<(String, String), Spills>;

#[test]
fn kernels_spill_no_more_registers_than_they_did() -> io::Result<()> {
    let found = found();
    let compiler = compiler()?;
    if env::var_os("BLESS").is_some() {
        return fs::write(path(), written(&found, &compiler));
    }
    let text = fs::read_to_string(path())?;
    let stored = stored(&text);
    let tolerance = match text.contains(&compiler) {
        true => TOLERANCE,
        false => TOLERANCE_OF_OTHERS,
    };
    let share =
        |kernels: &Kernels, kernel| kernels.get(kernel).map_or(0.0, |spills| spills.share());
    let kernels: BTreeSet<_> = found.keys().chain(stored.keys()).collect();
    let changed = kernels.into_iter().filter(|kernel| {
        let change = share(&found, kernel) - share(&stored, kernel);
        change.abs() > tolerance || !found.contains_key(kernel)
    });
    let lines: Vec<String> = changed
        .map(|kernel| {
            let (found, stored) = (found.get(kernel), stored.get(kernel));
            format!("{kernel:?}: {found:?}, stored {stored:?}")
        })
        .collect();
    assert!(
        lines.is_empty(),
        "beyond {tolerance} %; if that was meant: BLESS=1 cargo test --test cargo\n{}",
        lines.join("\n")
    );
    Ok(())
}

/// The spills of all kernels.
fn found() -> Kernels {
    let of_network = |network: &'static str| {
        let kernels = LISTING.spills("avx512", network, &["zmm", "ymm"]);
        assert!(kernels.len() > 5, "{network}: {:?}", kernels.keys());
        let named = |(name, spills): (&str, _)| ((network.to_owned(), name.to_owned()), spills);
        kernels.into_iter().map(named)
    };
    WORKLOADS.into_iter().flat_map(of_network).collect()
}

fn path() -> PathBuf {
    Path::new(ROOT).join("tests/cargo/assembly/spills.txt")
}

/// What `rustc --version` says.
fn compiler() -> io::Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let said = Command::new(rustc).arg("--version").output()?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn written(kernels: &Kernels, compiler: &str) -> String {
    let head = format!(
        "# Instructions on vectors in memory of the stack, and all on vectors. {compiler}\n"
    );
    let spilling = kernels.iter().filter(|(_, spills)| spills.count > 0);
    let line = |((network, kernel), spills): (&(String, String), &Spills)| {
        format!("{network} {kernel} {} {}\n", spills.count, spills.of)
    };
    head + &spilling.map(line).collect::<String>()
}

fn stored(text: &str) -> Kernels {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let kernel = |line: &str| {
        let [network, kernel, count, of] = line.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        let spills = Spills {
            count: count.parse().ok()?,
            of: of.parse().ok()?,
        };
        Some(((network.to_owned(), kernel.to_owned()), spills))
    };
    lines
        .map(|line| kernel(line).expect("the test writes the file"))
        .collect()
}
