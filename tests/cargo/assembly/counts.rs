//! The kernels of LeNet-5, ResNet-8 and SeedNet multiply on AVX-512 and AVX2 as much as they did, in blocks of sixteen
//! samples and of eight, and keep as much in registers; and what they share, Winograd's ways to the points and back. No tool here counts what they execute on AVX-512, and a tile
//! that is too large for AVX2 executes hardly more than another, but waits: so this counts what they are compiled to.
//!
//! A multiply–add on vectors that becomes something else has fallen out of its level. What finds no register is
//! moved to the stack and back: the compiler's choice where a tile is full, and the price of one that is too
//! large. `counts.txt` has both for each kernel; `BLESS=1 cargo test --test cargo` writes it after a change
//! that was meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use super::listing::{Counts, WINOGRAD};
use super::{FEW, LISTING, WORKLOADS};
use crate::outside::ROOT;

/// By how many parts in a hundred of a kernel's instructions on vectors its counts may change, with the compiler
/// that the file was written with, which does the same to the same code. A tile of six by six sums in place of
/// six by four changes the spills of a convolution by fifteen to thirty.
const TOLERANCE: f64 = 3.0;
/// By how many its shares of multiply–adds and spills may change with other compilers, which take other loops apart.
const TOLERANCE_OF_OTHERS: f64 = 12.0;

/// The levels whose tiles are counted, and the registers of their vectors.
const COUNTED: [(&str, &[&str]); 4] = [
    ("avx512", &["zmm", "ymm"]),
    ("avx512_few", &["ymm"]),
    ("avx2", &["ymm"]),
    ("avx2_few", &["ymm"]),
];

/// The instructions of a kernel, by its level, its network and its name.
type Kernels = BTreeMap<[String; 3], Counts>;

#[test]
fn kernels_multiply_as_much_as_they_did_and_spill_no_more() -> io::Result<()> {
    let found = found();
    let compiler = compiler()?;
    if env::var_os("BLESS").is_some() {
        return fs::write(path(), written(&found, &compiler));
    }
    let text = fs::read_to_string(path())?;
    let stored = stored(&text);
    let is_the_same = text.contains(&compiler);
    let tolerance = match is_the_same {
        true => TOLERANCE,
        false => TOLERANCE_OF_OTHERS,
    };
    let kernels: BTreeSet<_> = found.keys().chain(stored.keys()).collect();
    let changed = kernels.into_iter().filter(|&kernel| {
        let (Some(found), Some(stored)) = (found.get(kernel), stored.get(kernel)) else {
            return true;
        };
        let change = match is_the_same {
            true => found.change_of_counts(*stored),
            false => found.change_of_shares(*stored),
        };
        change > tolerance
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

/// The instructions of all kernels on vectors.
fn found() -> Kernels {
    let mut found = Kernels::new();
    for (level, registers) in COUNTED {
        for network in WORKLOADS.into_iter().chain([WINOGRAD]) {
            let kernels = LISTING.counts(level, network, registers);
            // Blocks of this network are of one sample.
            if network == "SeedNet" && FEW.contains(&level) {
                assert_eq!(kernels.len(), 0);
                continue;
            }
            assert!(
                kernels.len() >= 5,
                "{level}, {network}: {:?}",
                kernels.keys()
            );
            let named = |(name, counts)| ([level, network, name].map(str::to_owned), counts);
            // One without instructions on vectors calls another, or is a part of it, as the compiler likes.
            let kernels = kernels.into_iter().filter(|(_, counts)| counts.all > 0);
            found.extend(kernels.map(named));
        }
    }
    found
}

fn path() -> PathBuf {
    Path::new(ROOT).join("tests/cargo/assembly/counts.txt")
}

/// What `rustc --version` says.
fn compiler() -> io::Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let said = Command::new(rustc).arg("--version").output()?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

fn written(kernels: &Kernels, compiler: &str) -> String {
    let head = format!(
        "# Multiply–adds on vectors, vectors moved to the stack and back, all instructions on vectors. {compiler}\n"
    );
    let line = |(kernel, counts): (&[String; 3], &Counts)| {
        let Counts {
            multiply_adds,
            spills,
            all,
        } = counts;
        format!("{} {multiply_adds} {spills} {all}\n", kernel.join(" "))
    };
    head + &kernels.iter().map(line).collect::<String>()
}

fn stored(text: &str) -> Kernels {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let kernel = |line: &str| {
        let parts: Vec<_> = line.split(' ').collect();
        let [level, network, kernel, multiply_adds, spills, all] = parts[..] else {
            return None;
        };
        let counts = Counts {
            multiply_adds: multiply_adds.parse().ok()?,
            spills: spills.parse().ok()?,
            all: all.parse().ok()?,
        };
        Some(([level, network, kernel].map(str::to_owned), counts))
    };
    lines
        .map(|line| kernel(line).expect("the test writes the file"))
        .collect()
}
