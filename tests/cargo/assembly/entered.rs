//! Reads what all functions of a program that run on a level call.
//!
//! *Needs* assembly as `listing` does, in as many pieces as there are. *Leaves* the names that each function
//! mentions.

use std::collections::{BTreeMap, BTreeSet};

use super::listing::{TOKENS, bodies, names};

/// For each level a part of the name of the vector crate's function inside which its instructions may be used.
const ENTRIES: [(&str, &str); 2] = [
    ("avx512", "16vectorize_avx512"),
    ("avx2", "14vectorize_avx2"),
];

/// What those of the standard library may be named that are called from inside of a level: the ends of checks, and
/// what knows memory alone, but no registers and no function that is applied to each element.
const OF_MEMORY: [&str; 9] = [
    "4core9panicking",
    "4core6option13expect_failed",
    "4core6result13unwrap_failed",
    "4core5slice5index",
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
                let is_of_level = TOKENS.iter().any(|(_, token)| name.contains(token));
                let is_of_loops =
                    is_of_core(name) && !OF_MEMORY.iter().any(|part| name.contains(part));
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

/// Whether a function or method is of the standard library: the first crate that its name mentions, behind a hash
/// that ends in an underscore, is `core`.
fn is_of_core(function: &str) -> bool {
    let mut behind = function.split('_').skip(2);
    let first = behind.find(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    first.is_some_and(|name| name.starts_with("4core"))
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
_RINv7runtime4turnNtNtCs2_4simd6Avx512E:
\tjmp\t_RINvNv9vectorize16vectorize_avx512NCINv7runtime4turnNtNtCs2_4simd6Avx512E0E
";

    #[test]
    fn a_call_from_inside_of_a_level_is_found() {
        let program = Program::read(ASSEMBLY);
        let step = "_RINvNv9vectorize16vectorize_avx512NCINv7runtime4stepNtNtCs2_4simd6Avx512E0E";
        let map = "_RINv4core3mapNtNtCs2_4simd6Avx512E";
        let zip = "_RNvXs3_NtNtNtCsgEm_4core4iter8adapters3zipINtB5_3ZipfEE3newCs1_7network";
        assert_eq!(program.calls(), BTreeSet::from([(step, map), (step, zip)]));
        assert_eq!(program.entered("avx512").collect::<Vec<_>>(), [step]);
        assert_eq!(program.entered("avx2").count(), 0);
    }
}
