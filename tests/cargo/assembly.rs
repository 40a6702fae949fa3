//! Generated functions are compiled to the instructions of their level, and not to calls.
//!
//! Outside of `simd.vectorize` the same code gives the same numbers, many times slower, and nothing
//! else tells. So this builds a crate as a user does and reads its assembly; the crate also holds a
//! function that makes the mistake. And they keep their sums in registers. In an incremental build, whose units
//! are optimized each by itself and call each other, the same holds of all that runs on a level (`entered.rs`).

mod counts;
mod entered;
mod listing;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, io};

use entered::Program;
use listing::Listing;

use crate::outside::{Crate, ROOT, temporary};

/// For each level the instruction that multiplies, and its registers.
const LEVELS: [(&str, &str, &str); 3] = [
    ("avx512", "vfmadd", "zmm"),
    ("avx2", "vfmadd", "ymm"),
    ("portable", "mulps", "xmm"),
];

/// The levels in blocks of eight samples, for which registers hold eight numbers.
const FEW: [&str; 2] = ["avx512_few", "avx2_few"];

/// Names that tell what a function is generic over.
const MANGLING: &str = "-Csymbol-mangling-version=v0";

/// The network that every level has; the workloads are compiled for those whose registers hold more than four numbers.
const NET: &str = "Net";
const WORKLOADS: [&str; 3] = ["LeNet5", "ResNet8", "SeedNet"];

/// The function that does not enter its level.
const FORGETFUL: &str = "forgetful_forward";

/// The crate, compiled once for all tests.
static ASSEMBLY: LazyLock<String> = LazyLock::new(|| {
    assembly("release", &["--features=workloads"])
        .expect("the crate's files can be copied and read")
});

/// Its functions.
static LISTING: LazyLock<Listing> = LazyLock::new(|| Listing::read(&ASSEMBLY));

/// A crate that was just copied is newer than what was built before, so it is built again, and
/// the file is of this library.
fn assembly(purpose: &str, options: &[&str]) -> io::Result<String> {
    let source = assembly_crate(purpose)?;
    let file = source.path("crate.s");
    let emit = format!("--emit=asm={}", file.display());
    let build = [&["rustc", "--release", "--lib"], options].concat();
    source.cargo(&[&build[..], &["--", &emit, MANGLING]].concat())?;
    fs::read_to_string(file)
}

/// A copy of the crate, with the workloads of the benchmarks.
fn assembly_crate(purpose: &str) -> io::Result<Crate> {
    let source = Crate::copy("assembly-crate", purpose, &[])?;
    fs::create_dir_all(source.path("networks"))?;
    for (folder, file) in [
        ("benches/networks", "lenet5.rs"),
        ("benches/networks", "seednet.rs"),
        ("examples/models/networks", "resnet8.rs"),
    ] {
        let copy = source.path("networks").join(file);
        fs::copy(Path::new(ROOT).join(folder).join(file), copy)?;
    }
    Ok(source)
}

/// The assembly of an incremental build, which is of many units, each of them optimized by itself. What one calls
/// of another stays a call there, unless the function is marked to be a part of its callers.
fn assembly_of_units() -> io::Result<String> {
    let source = assembly_crate("incremental")?;
    let folder = temporary().join("outside-target/release/deps");
    fs::create_dir_all(&folder)?;
    for old in units_in(&folder)? {
        fs::remove_file(old)?;
    }
    // Of this crate alone: the others are compiled once for all tests.
    let incremental = format!("-Cincremental={}", source.path("incremental").display());
    let options = ["--emit=asm", "-Ccodegen-units=256", &incremental, MANGLING];
    let build = [
        "rustc",
        "--release",
        "--lib",
        "--features=double,workloads",
        "--config=profile.release.lto='off'",
        "--",
    ];
    source.cargo(&[&build[..], &options].concat())?;
    units_in(&folder)?.iter().map(fs::read_to_string).collect()
}

/// The files of the crate's units in the folder where cargo builds it.
fn units_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut units = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name.starts_with("assembly_crate-") && name.ends_with(".rcgu.s") {
            units.push(path);
        }
    }
    Ok(units)
}

/// What is compiled to nothing for 32 registers, with which it is a part of another function.
const OF_NARROW: &str = "conv1_result_gradient";

/// Whether a function is made of multiply–accumulates: a layer's with weights, but not its
/// activation's or those that place gradients.
fn multiplies(function: &str) -> bool {
    let mut layers = ["conv", "dense", "logits"].into_iter();
    let has_weights = layers.any(|layer| function.starts_with(layer));
    let moves = ["activation_gradient", "result_gradient"];
    has_weights && !moves.iter().any(|purpose| function.ends_with(purpose))
}

#[test]
fn every_level_has_every_function() {
    let functions_of = |level| {
        let mut functions = LISTING.functions(level, NET);
        functions.remove(OF_NARROW);
        functions
    };
    let functions = functions_of("avx512");
    for (level, ..) in LEVELS {
        assert_eq!(functions_of(level), functions, "{level}");
    }
    for layer in ["conv1", "conv2", "dense1", "logits"] {
        for purpose in ["forward", "weight_gradient", "single"] {
            let name = format!("{layer}_{purpose}");
            assert!(functions.contains(name.as_str()), "{name}: {functions:?}");
        }
    }
    for name in ["conv1_activation_gradient", "avg_pool1_input_gradient"] {
        assert!(functions.contains(name), "{name}: {functions:?}");
    }
    for level in FEW {
        let of_training = |name: &&str| name.ends_with("_gradient") || name.ends_with("_forward");
        let expected: BTreeSet<_> = functions.iter().copied().filter(of_training).collect();
        assert_eq!(functions_of(level), expected, "{level}");
    }
}

/// What runs only on machines that have AVX2 is not compiled for SSE2. The target is named, so that the macro
/// is not built again.
#[test]
fn a_build_for_newer_machines_has_no_level_below_them() -> io::Result<()> {
    let target = ["--target", "x86_64-unknown-linux-gnu"];
    let flags = "target.x86_64-unknown-linux-gnu.rustflags=['-Ctarget-cpu=x86-64-v3']";
    let newer = ["--config", flags];
    let assembly = assembly("newer", &[target, newer].concat())?;
    let listing = Listing::read(&assembly);
    let [avx512, avx2, portable] = LEVELS.map(|(level, ..)| listing.functions(level, NET));
    assert_eq!(avx512, LISTING.functions("avx512", NET));
    assert_eq!(avx2, LISTING.functions("avx2", NET));
    assert!(portable.is_empty(), "{portable:?}");
    Ok(())
}

#[test]
fn functions_with_weights_multiply_in_the_widest_registers() {
    let check = |network, (level, mnemonic, register)| {
        let functions = LISTING.functions(level, network).into_iter();
        let others: Vec<&str> = functions
            .filter(|name| multiplies(name))
            .filter(|name| !LISTING.uses((level, network, name), mnemonic, register))
            .collect();
        assert_eq!(others, [""; 0], "no {mnemonic} of {register} on {level}");
    };
    LEVELS.into_iter().for_each(|level| check(NET, level));
    WORKLOADS
        .into_iter()
        .for_each(|name| check(name, LEVELS[0]));
    for level in FEW {
        check(NET, (level, "vfmadd", "ymm"));
    }
}

/// A loop over scalars that lie apart becomes such instructions where a square should be turned in registers.
#[test]
fn one_sample_is_turned_without_gathers_and_scatters() {
    const APART: [&str; 4] = ["vgather", "vpgather", "vscatter", "vpscatter"];
    const PURPOSES: [&str; 3] = ["_single", "_to_channels", "_to_columns"];
    let of_one = |name: &str| PURPOSES.iter().any(|purpose| name.ends_with(purpose));
    let check = |network, level| {
        let functions = LISTING.functions(level, network).into_iter();
        let (of_one, _): (Vec<&str>, Vec<&str>) = functions.partition(|name| of_one(name));
        assert!(!of_one.is_empty(), "{network} on {level}");
        for name in of_one {
            let found = APART.map(|mnemonic| LISTING.uses((level, network, name), mnemonic, ""));
            assert_eq!(
                found, [false; 4],
                "{APART:?} in {name} of {network} on {level}"
            );
        }
    };
    LEVELS.into_iter().for_each(|(level, ..)| check(NET, level));
    WORKLOADS
        .into_iter()
        .for_each(|name| check(name, LEVELS[0].0));
}

/// An array of registers that is not kept in them is copied by calls.
#[test]
fn samples_are_turned_in_registers() {
    for level in ["avx512", "avx2"] {
        let is_turn = |line: &&str| line.contains("turn_samples") && line.ends_with(':');
        let entered = format!("vectorize_{level}");
        let mut lines = ASSEMBLY.lines();
        let turn = lines.find(|line| is_turn(line) && line.contains(&entered));
        assert!(turn.is_some(), "no turn_samples on {level}");
        let body = lines.take_while(|line| !line.starts_with(".Lfunc_end"));
        let copies: Vec<&str> = body.filter(|line| line.contains("mem")).collect();
        assert_eq!(copies, [""; 0], "on {level}");
    }
}

/// AVX2 has stores under a mask, which are slow; they come of zeros written over what was read (`store_over`).
#[test]
fn gradients_are_not_stored_under_masks() {
    let (level, ..) = LEVELS[1];
    let functions = LISTING.functions(level, NET).into_iter();
    let masked: Vec<&str> = functions
        .filter(|name| LISTING.uses((level, NET, name), "vmaskmov", ""))
        .collect();
    assert_eq!(masked, [""; 0]);
}

#[test]
fn only_the_forgetful_function_is_compiled_to_calls() {
    for level in FEW {
        let calls = LISTING.calls(level);
        assert!(calls.is_empty(), "on {level}: {calls:#?}");
    }
    for (level, ..) in LEVELS {
        let calls = LISTING.calls(level).into_iter();
        let (planted, others): (Vec<_>, Vec<_>) = calls.partition(|call| call.0 == FORGETFUL);
        assert!(others.is_empty(), "on {level}: {others:#?}");
        // SSE2 exists everywhere on x86-64, so there is no level to be entered.
        assert_eq!(planted.is_empty(), level == "portable", "{planted:#?}");
    }
}

/// A function of its own is compiled for SSE2, and gets registers of other levels by their addresses.
#[test]
fn what_runs_on_a_level_is_a_part_of_it_in_incremental_builds() -> io::Result<()> {
    let assembly = assembly_of_units()?;
    let program = Program::read(&assembly);
    for (level, part) in ["avx512", "avx2"].into_iter().flat_map(|level| {
        let parts = [
            "conv1_forward",
            "4Adam",
            "3Sgd",
            "4clip4norm",
            "13cross_entropy",
        ];
        parts.map(|part| (level, part))
    }) {
        let mut entered = program.entered(level);
        assert!(entered.any(|name| name.contains(part)), "{part} on {level}");
    }
    let calls = program.calls();
    assert!(calls.is_empty(), "{calls:#?}");
    Ok(())
}
