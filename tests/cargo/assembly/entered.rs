//! Reads what all functions of a program that run on a level call.
//!
//! *Needs* assembly as `listing` does, in as many pieces as there are. *Leaves* the names that each function
//! mentions.

use std::collections::{BTreeMap, BTreeSet};

use super::listing::{bodies, level_of, names};

/// For each level a part of the name of the vector crate's function inside which its instructions may be used.
const ENTRIES: [(&str, &str); 2] = [
    ("avx512", "16vectorize_avx512"),
    ("avx2", "14vectorize_avx2"),
];

/// How the paths of functions of `core` go on that may be called from inside of a level: the ends of checks.
const CHECKS: [&str; 4] = [
    "9panicking",
    "6option13expect_failed",
    "6result13unwrap_failed",
    "5slice5index",
];

/// Those of its slices that know memory alone, but no registers, and no function that is applied to each element. A
/// loop may call them once, but not the innermost one: see the test `elements_are_read_of_slices` of `cnn-macros`.
const OF_MEMORY: [&str; 5] = [
    "12as_flattened",
    "16as_flattened_mut",
    "20copy_from_slice_impl",
    "4fill",
    "9spec_fill",
];

/// All functions of a program, and the names that they mention.
pub(super) struct Program<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Program<'a> {
    pub(super) fn read(assembly: &'a str) -> Self {
        let mut functions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (symbol, instructions) in bodies(assembly) {
            let mentioned = functions.entry(symbol).or_default();
            mentioned.extend(instructions.into_iter().flat_map(names));
        }
        Self(functions)
    }

    /// The functions that run on a level.
    pub(super) fn entered(&self, level: &str) -> impl Iterator<Item = &'a str> {
        let entry = ENTRIES.iter().find(|(name, _)| *name == level);
        let functions = self.0.keys().copied();
        functions.filter(move |name| entry.is_some_and(|(_, entry)| name.contains(entry)))
    }

    /// What these call though it should be a part of them, the caller first: functions of the level's registers,
    /// or of closures that use them, but for those that enter the level again; and of the standard library what
    /// loops are made of.
    pub(super) fn calls(&self) -> BTreeSet<(&'a str, &'a str)> {
        let mut calls = BTreeSet::new();
        for (&caller, mentioned) in self.0.iter().filter(|(name, _)| is_entered(name)) {
            for &name in mentioned {
                let is_of_level = level_of(name).is_some();
                let is_of_loops = path_in_core(name).is_some_and(|path| !is_harmless(path));
                if (is_of_level || is_of_loops) && name != caller && !self.enters(name) {
                    calls.insert((caller, name));
                }
            }
        }
        calls
    }

    fn enters(&self, function: &str) -> bool {
        let mentioned = self.0.get(function);
        mentioned.is_some_and(|names| names.iter().any(|name| is_entered(name)))
    }
}

/// How the name of a function or method goes on behind the first crate that it mentions, which follows a hash that
/// ends in an underscore, where that is `core`.
fn path_in_core(function: &str) -> Option<&str> {
    let mut crates = function.match_indices('_').skip(1);
    let (first, _) = crates.find(|(place, _)| {
        let behind = &function[place + 1..];
        behind.starts_with(|c: char| c.is_ascii_digit())
    })?;
    function[first + 1..].strip_prefix("4core")
}

fn is_harmless(path_in_core: &str) -> bool {
    let begins = |with: &&str| path_in_core.starts_with(*with);
    let is_of_slices = begins(&"5slice") && !begins(&"5slice4iter");
    let is_of_memory = OF_MEMORY.iter().any(|name| path_in_core.contains(name));
    CHECKS.iter().any(begins) || (is_of_slices && is_of_memory)
}

fn is_entered(function: &str) -> bool {
    ENTRIES.iter().any(|(_, entry)| function.contains(entry))
}

mod tests {
    use super::*;

    /// A function that enters its level and calls there itself, a function that enters it again, a logarithm,
    /// and one that should have been a part of it.
    const ASSEMBLY: &str = "
_RINv7runtime4stepNtNtCs2_4simd6Avx512E:
\tcallq\t_RINvNv9vectorize16vectorize_avx512NCINv7runtime4stepNtNtCs2_4simd6Avx512E0E
_RINvNv9vectorize16vectorize_avx512NCINv7runtime4stepNtNtCs2_4simd6Avx512E0E:
\tleaq\t_RINvNv9vectorize16vectorize_avx512NCINv7runtime4stepNtNtCs2_4simd6Avx512E0E(%rip), %rax
\tcallq\t_RINv7runtime4turnNtNtCs2_4simd6Avx512E
\tcallq\t_RNv4libm3log
\tmovq\t_RINv4core3mapNtNtCs2_4simd6Avx512E@GOTPCREL(%rip), %r15
\tcallq\t_RNvXs3_NtNtNtCsgEm_4core4iter8adapters3zipINtB5_3ZipfEE3newCs1_7network
\tcallq\t_RNvMs0_NtCsgEm_4core5sliceSAfj4_12as_flattenedCs1_7network
\tcallq\t_RINvNtNtCsgEm_4core5slice4iter4foldNCNvCs1_7network4fill0E
_RINv7runtime4turnNtNtCs2_4simd6Avx512E:
\tjmp\t_RINvNv9vectorize16vectorize_avx512NCINv7runtime4turnNtNtCs2_4simd6Avx512E0E
";

    #[test]
    fn a_call_from_inside_of_a_level_is_found() {
        let program = Program::read(ASSEMBLY);
        let step = "_RINvNv9vectorize16vectorize_avx512NCINv7runtime4stepNtNtCs2_4simd6Avx512E0E";
        let map = "_RINv4core3mapNtNtCs2_4simd6Avx512E";
        let zip = "_RNvXs3_NtNtNtCsgEm_4core4iter8adapters3zipINtB5_3ZipfEE3newCs1_7network";
        let fold = "_RINvNtNtCsgEm_4core5slice4iter4foldNCNvCs1_7network4fill0E";
        let expected = [map, zip, fold].map(|name| (step, name));
        assert_eq!(program.calls(), BTreeSet::from(expected));
        assert_eq!(program.entered("avx512").collect::<Vec<_>>(), [step]);
        assert_eq!(program.entered("avx2").count(), 0);
    }
}
