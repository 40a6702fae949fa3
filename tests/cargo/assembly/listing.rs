//! Reads what the functions of networks were compiled to.
//!
//! *Needs* assembly for ELF in AT&T syntax, in which the names of functions are mangled by Rust's
//! version 0: every part of a path stands in them as it is, with its length before it, as in
//! `…8of_conv113conv1_forward…6Avx512…`. *Leaves* instructions and mentioned names by level and
//! function.

use std::collections::{BTreeMap, BTreeSet};

/// The levels, those with blocks of eight samples first, and what is in the names of the tokens that functions are
/// generic over: that of a half has its level's inside.
const TOKENS: [(&str, &[&str]); 5] = [
    ("avx512_few", &["4Half", "6Avx512"]),
    ("avx2_few", &["4Half", "4Avx2"]),
    ("avx512", &["6Avx512"]),
    ("avx2", &["4Avx2"]),
    ("portable", &["4Sse2"]),
];

/// The level of a function of that name, where the function is generic over its token.
pub(super) fn level_of(symbol: &str) -> Option<&'static str> {
    let in_symbol = |names: &[&str]| names.iter().all(|name| symbol.contains(name));
    let token = TOKENS.into_iter().find(|(_, names)| in_symbol(names));
    token.map(|(level, _)| level)
}

/// How the names of multiply–adds begin, of which those that negate are a part.
const MULTIPLY_ADDS: [&str; 4] = ["vfmadd", "vfnmadd", "vfmsub", "vfnmsub"];

/// What any code may mention: the ends of checks that do not hold, and the moving of memory.
const HARMLESS: [&str; 6] = [
    "4core9panicking",
    "4core6result13unwrap_failed",
    "4core5slice5index",
    "memcpy",
    "memmove",
    "memset",
];

/// A function's instructions on vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) multiply_adds: usize,
    /// Those that move what found no register to the stack and back.
    pub(crate) spills: usize,
    pub(crate) all: usize,
}

impl Counts {
    /// The greatest difference of the three, in per cent of all instructions of the other.
    pub(crate) fn change_of_counts(self, other: Self) -> f64 {
        let all = other.all.max(1) as f64;
        let counts = |it: Self| [it.multiply_adds, it.spills, it.all].map(|count| count as f64);
        greatest_difference(counts(self), counts(other)) * 100.0 / all
    }

    /// The greater difference of the shares of multiply–adds and of spills, in per cent.
    pub(crate) fn change_of_shares(self, other: Self) -> f64 {
        let share = |count: usize, it: Self| 100.0 * count as f64 / it.all.max(1) as f64;
        let shares = |it: Self| [share(it.multiply_adds, it), share(it.spills, it)];
        greatest_difference(shares(self), shares(other))
    }
}

fn greatest_difference<const N: usize>(a: [f64; N], b: [f64; N]) -> f64 {
    let differences = a.into_iter().zip(b).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f64::max)
}

/// The module of the runtime whose functions enter their level themselves, as those of a network do.
pub(crate) const WINOGRAD: &str = "square";

/// The functions of all networks in one crate, and those of [`WINOGRAD`] as if it were one.
pub(crate) struct Listing(BTreeMap<Function, Vec<String>>);

/// A generated function of a network on one level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    level: &'static str,
    network: String,
    name: String,
}

impl Function {
    /// The function that a mangled name belongs to: it is entered by its own, and what runs on its
    /// level has one that is made from it.
    fn of(symbol: &str) -> Option<Self> {
        let level = level_of(symbol)?;
        // What stands before a length may end in digits too.
        let mut places = (0..symbol.len())
            .rev()
            .filter(|&place| symbol.is_char_boundary(place));
        let (network, name) = places
            .find_map(|place| in_module_of_layer(&symbol[place..]))
            .or_else(|| in_winograd(symbol))?;
        Some(Self {
            level,
            network: network.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// The network and the function that are named at the beginning of a path: the module of its code, the
/// module of a layer in that, and the function.
fn in_module_of_layer(path: &str) -> Option<(&str, &str)> {
    let (code, rest) = part(path)?;
    let (module, rest) = part(rest)?;
    let layer = module.strip_prefix("of_")?;
    let (name, _) = part(rest)?;
    let network = code.strip_prefix("__code_").unwrap_or(code);
    name.starts_with(layer).then_some((network, name))
}

/// The same of a function of [`WINOGRAD`].
fn in_winograd(symbol: &str) -> Option<(&str, &str)> {
    let (_, path) = symbol.split_once("8winograd")?;
    let (module, rest) = part(path)?;
    let (name, _) = part(rest)?;
    (module == WINOGRAD).then_some((module, name))
}

/// The first part of a path, which has its length before it, and what follows. A name that begins with
/// an underscore has another one before it.
fn part(path: &str) -> Option<(&str, &str)> {
    let digits = path.find(|c: char| !c.is_ascii_digit())?;
    let name = &path[digits..];
    let name = name.strip_prefix('_').unwrap_or(name);
    name.split_at_checked(path[..digits].parse().ok()?)
}

impl Listing {
    pub(crate) fn read(assembly: &str) -> Self {
        let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (symbol, instructions) in bodies(assembly) {
            if let Some(function) = Function::of(symbol) {
                let body = functions.entry(function).or_default();
                body.extend(instructions.into_iter().map(str::to_owned));
            }
        }
        Self(functions)
    }

    /// The names of all functions of a network on a level.
    pub(crate) fn functions(&self, level: &str, network: &str) -> BTreeSet<&str> {
        let bodies = self.bodies(level, network);
        bodies.map(|(name, _)| name).collect()
    }

    /// Whether a function has an instruction of that name on registers of that kind.
    pub(crate) fn uses(
        &self,
        (level, network, name): (&str, &str, &str),
        mnemonic: &str,
        register: &str,
    ) -> bool {
        let mut bodies = self.bodies(level, network);
        let body = bodies.find(|&(function, _)| function == name);
        body.is_some_and(|(_, body)| {
            body.iter()
                .any(|line| line.starts_with(mnemonic) && line.contains(&format!("%{register}")))
        })
    }

    /// The instructions that each function of a network has on registers of these kinds.
    pub(crate) fn counts(
        &self,
        level: &str,
        network: &str,
        registers: &[&str],
    ) -> BTreeMap<&str, Counts> {
        let count = |body: &[String]| {
            // Otherwise that register holds an address like any other.
            let has_frame = body.iter().any(|line| line == "movq\t%rsp, %rbp");
            let on_stack =
                |line: &&String| line.contains("(%rsp") || has_frame && line.contains("(%rbp");
            let of_kind = |line: &&String| {
                let mut kinds = registers.iter();
                kinds.any(|register| line.contains(&format!("%{register}")))
            };
            let vectors = body.iter().filter(of_kind);
            let multiplies =
                |line: &&String| MULTIPLY_ADDS.iter().any(|name| line.starts_with(name));
            Counts {
                multiply_adds: vectors.clone().filter(multiplies).count(),
                spills: vectors.clone().filter(on_stack).count(),
                all: vectors.count(),
            }
        };
        let bodies = self.bodies(level, network);
        bodies.map(|(name, body)| (name, count(body))).collect()
    }

    /// The names and instructions of all functions of a network on a level.
    fn bodies(&self, level: &str, network: &str) -> impl Iterator<Item = (&str, &[String])> {
        let chosen =
            move |function: &&Function| function.level == level && function.network == network;
        let functions = self.0.iter().filter(move |(function, _)| chosen(function));
        functions.map(|(function, body)| (function.name.as_str(), body.as_slice()))
    }

    /// What the functions of a level call though it should be a part of them: the caller first.
    ///
    /// A function may call itself on its level, which is how it enters it, and one of the runtime that does.
    pub(crate) fn calls(&self, level: &str) -> BTreeSet<(&str, &str)> {
        let mut calls = BTreeSet::new();
        for (function, body) in self.0.iter().filter(|(f, _)| f.level == level) {
            for name in body.iter().flat_map(|instruction| names(instruction)) {
                let harmless = HARMLESS.iter().any(|part| name.contains(part));
                let called = Function::of(name);
                let enters =
                    |it: &Function| it == function || it.level == level && it.network == WINOGRAD;
                if !harmless && !called.is_some_and(|called| enters(&called)) {
                    calls.insert((function.name.as_str(), name));
                }
            }
        }
        calls
    }
}

/// The symbols of an assembly that are no local labels, each with the instructions up to the next.
pub(super) fn bodies(assembly: &str) -> Vec<(&str, Vec<&str>)> {
    let mut bodies: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in assembly.lines() {
        if let Some(instruction) = line.strip_prefix('\t') {
            if let Some((_, body)) = bodies.last_mut().filter(|_| !instruction.starts_with('.')) {
                body.push(instruction);
            }
        } else if let Some(symbol) = line.strip_suffix(':')
            && !symbol.starts_with('.')
        {
            bodies.push((symbol, Vec::new()));
        }
    }
    bodies
}

/// The names in an instruction that are not its own: of functions that it calls, or whose place it
/// loads to call them later.
pub(super) fn names(instruction: &str) -> impl Iterator<Item = &str> {
    let (mnemonic, operands) = instruction.split_once('\t').unwrap_or((instruction, ""));
    let jumps = mnemonic.starts_with("call") || mnemonic.starts_with('j');
    let words = operands.split([' ', ',', '*', '(', ')']);
    words.filter_map(move |word| {
        let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_name =
            jumps || word.contains('@') || word.starts_with("_R") || word.starts_with("_Z");
        (begins && is_name).then(|| word.split('@').next().unwrap_or(word))
    })
}

mod tests {
    use super::*;

    /// A function that enters its level, a part of it that does not, and a function of the runtime.
    const ASSEMBLY: &str = "
_RINvNtNtNtCs1_3net11___code_Net28of_conv113conv1_forwardfNtNtCs2_4simd6Avx512EB6_:
\t.cfi_startproc
\tcallq\t_RINvNvNtNtCs2_4simd6Avx5129vectorizeNCINvNtNtNtCs1_3net11___code_Net28of_conv113conv1_forwardfBW_E0uEB27_
\tretq
_RINvNvNtNtCs2_4simd6Avx5129vectorizeNCINvNtNtNtCs1_3net11___code_Net28of_conv113conv1_forwardfBW_E0uEB27_:
\tmovq\t%rsp, %rbp
\tvfmadd231ps\t(%rsi){1to16}, %zmm1, %zmm0
\tvfnmadd231ps\t%zmm2, %zmm1, %zmm0
\tvmovups\t(%rbx), %zmm2
\tvmovaps\t%zmm0, 64(%rsp)
\tvmovaps\t-128(%rbp), %zmm0
\tvmovaps\t%ymm1, 64(%rsp,%rax)
\tvextractf32x4\t$1, %ymm1, %xmm2
\tmovq\t%rax, 8(%rsp)
\tmovq\tfmaf@GOTPCREL(%rip), %r15
.LBB0_1:
\tcallq\t*%r15
\tcallq\t_ZN4simd6mul_ps17h5E
\tcallq\t*_RNvNtCs3_4core9panicking18panic_bounds_check@GOTPCREL(%rip)
\tjne\t.LBB0_1
\tjmp\tmemset@PLT
_RINvNtCs4_7runtime5scalefNtNtCs2_4simd6Avx512EB6_:
\tcallq\texpf
";

    #[test]
    fn calls_in_a_function_are_found_and_its_entry_is_not_one() {
        let listing = Listing::read(ASSEMBLY);
        let calls = [
            ("conv1_forward", "_ZN4simd6mul_ps17h5E"),
            ("conv1_forward", "fmaf"),
        ];
        assert_eq!(listing.calls("avx512"), BTreeSet::from(calls));
        assert_eq!(listing.calls("avx2"), BTreeSet::new());
    }

    #[test]
    fn a_function_is_known_by_level_and_name() {
        let listing = Listing::read(ASSEMBLY);
        assert_eq!(
            listing.functions("avx512", "Net2"),
            BTreeSet::from(["conv1_forward"])
        );
        assert_eq!(listing.functions("avx512", "Net"), BTreeSet::new());
        let conv1 = ("avx512", "Net2", "conv1_forward");
        assert!(listing.uses(conv1, "vfmadd", "zmm"));
        assert!(!listing.uses(conv1, "vfmadd", "ymm"));
        assert!(!listing.uses(("avx2", "Net2", "conv1_forward"), "vfmadd", "zmm"));
    }

    #[test]
    fn a_lost_tile_changes_counts_and_no_shares() {
        let counts = |multiply_adds, spills, all| Counts {
            multiply_adds,
            spills,
            all,
        };
        let (whole, half) = (counts(200, 10, 500), counts(100, 5, 250));
        assert_eq!(half.change_of_counts(whole), 50.0);
        assert_eq!(half.change_of_shares(whole), 0.0);
        assert_eq!(counts(200, 60, 500).change_of_counts(whole), 10.0);
        assert_eq!(counts(150, 10, 500).change_of_shares(whole), 10.0);
        assert_eq!(whole.change_of_counts(whole), 0.0);
    }

    #[test]
    fn multiply_adds_and_vectors_on_the_stack_are_counted() {
        let counts = |registers: &[&str]| {
            let listing = Listing::read(ASSEMBLY);
            let counts = listing.counts("avx512", "Net2", registers)["conv1_forward"];
            [counts.multiply_adds, counts.spills, counts.all]
        };
        assert_eq!(counts(&["zmm"]), [2, 2, 5]);
        assert_eq!(counts(&["zmm", "ymm"]), [2, 3, 7]);
    }
}
