//! A network's expansion, stored so that reviewers see what a change of the compiler changes.

use std::path::Path;
use std::str::FromStr as _;
use std::{env, fs, io};

use proc_macro2::TokenStream;
use syn::{File, Item};

use crate::expand;

/// A relative of LeNet-5, small enough to be read as a whole.
const NETWORK: &str = "\
/// Tells three sorts of pictures apart.
pub Small: 1x6x6
    -> conv1: conv<3x3>(2) -> relu -> max_pool<2x2>
    -> flatten
    -> logits: dense(3)
    -> 3";

/// The columns of a line.
const WIDTH: usize = 100;

#[test]
fn the_expansion_is_as_stored() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expansion");
    for (name, text) in files() {
        let path = folder.join(name);
        if env::var_os("BLESS").is_some() {
            fs::write(&path, &text)?;
        }
        let stored = fs::read_to_string(&path)?;
        let line = first_difference(&stored, &text);
        assert_eq!(
            line, None,
            "cnn-macros/expansion/{name} is not what the compiler writes, beginning with this line: \
             run `BLESS=1 cargo test -p cnn-macros` and read what changed"
        );
    }
    Ok(())
}

/// The number of the first line that differs, and the line in both texts.
fn first_difference<'a>(a: &'a str, b: &'a str) -> Option<(usize, &'a str, &'a str)> {
    let line = |text: &'a str, index| text.split('\n').nth(index);
    let count = a.split('\n').count().max(b.split('\n').count());
    let mut lines = (0..count).map(|index| (index + 1, line(a, index), line(b, index)));
    let (number, a, b) = lines.find(|(_, a, b)| a != b)?;
    let end = "(end of the file)";
    Some((number, a.unwrap_or(end), b.unwrap_or(end)))
}

/// The expansion: the type with its methods, and the module with its code as a file of its own,
/// where it is indented less.
fn files() -> [(&'static str, String); 2] {
    let tokens = TokenStream::from_str(&format!("cnn; {NETWORK}"));
    let expansion = expand(tokens.expect("the declaration is made of tokens"));
    let mut file: File = syn::parse2(expansion).expect("an expansion is a list of items");
    let items = take_code(&mut file).expect("the loops stand in a module");
    let code = File {
        shebang: None,
        attrs: Vec::new(),
        items,
    };
    let network: String = NETWORK
        .lines()
        .map(|line| format!("//! {line}\n"))
        .collect();
    let above = format!(
        "//! What `network!` makes of the declaration below; `cnn-macros/src/tests/expansion.rs` wrote it.\n\
         //!\n//! ```text\n{network}//! ```\n"
    );
    let above_code = "//! The module of the code of `small.rs`.\n".to_owned();
    [
        ("small.rs", [above, format(&file)].join("\n")),
        (
            "small/__code_Small.rs",
            [above_code, format(&code)].join("\n"),
        ),
    ]
}

/// Takes what is in the module of the code, and leaves `mod __code_Small;`.
fn take_code(file: &mut File) -> Option<Vec<Item>> {
    let content = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) => module.content.take(),
        _ => None,
    })?;
    Some(content.1)
}

/// Formats, and then joins what was spread over lines though it fits into one: `prettyplease`
/// spreads every list of a call that is too long as a whole.
fn format(file: &File) -> String {
    let text = prettyplease::unparse(file);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // From the end, so that inner lists are joined before the ones around them.
    for first in (0..lines.len()).rev() {
        while let Some((last, line)) = joined(&lines[first..]) {
            lines.splice(first..=first + last, [line]);
        }
    }
    lines.join("\n") + "\n"
}

/// The list that the first line opens, in one line, if it fits: with the index of its last line.
fn joined(lines: &[String]) -> Option<(usize, String)> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let (first, rest) = lines.split_first()?;
    let opens = first.ends_with(['(', '[', '<']) && !first.trim_start().starts_with("//");
    // The elements of a pattern, `[y, x]: [usize; 2]`, are spread without being indented.
    let is_pattern = first.trim_start().starts_with('[') && !first.contains(']');
    let inside = |line: &&String| {
        let is_element = is_pattern && !line.trim_start().starts_with(']');
        (is_element || depth(line) > depth(first)) && !line.contains(['{', '}', '#', '/'])
    };
    let length = rest.iter().take_while(inside).count();
    let closing = rest.get(length)?.trim_start();
    if !(opens || is_pattern) || length == 0 || !closing.starts_with([')', ']', '>']) {
        return None;
    }
    let list: Vec<&str> = rest[..length].iter().map(|line| line.trim()).collect();
    let list = list.join(" ");
    let gap = if opens { "" } else { " " };
    let line = [first, gap, list.trim_end_matches(','), closing].concat();
    (line.chars().count() <= WIDTH).then_some((length + 1, line))
}
