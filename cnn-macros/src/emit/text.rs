//! Code as text: how most of an expansion is handed to rustc, which reads text faster than it takes tokens
//! one by one.
//!
//! What the user wrote is not among it, because text has no places in the user's file.

use std::ops::Range;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The tokens of a text that is code.
pub(super) fn read(text: &str) -> TokenStream {
    let readable = "what is written here, or was printed, is tokens";
    // Rustc itself, since `proc_macro2` first reads all of a text to find out whether it can be read.
    if proc_macro::is_available() {
        let tokens: proc_macro::TokenStream = text.parse().expect(readable);
        return tokens.into();
    }
    text.parse().expect(readable)
}

/// Code with `28` for `28usize`: the types are known from the signatures, and the code is meant to be read.
pub(crate) fn plain_numbers(code: &TokenStream) -> String {
    let text = code.to_string();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(quote) = rest.find('"') {
        let (outside, string) = rest.split_at(quote);
        let (string, behind) = string.split_at(end_of_string(string));
        plain += &without_suffixes(outside);
        plain += string;
        rest = behind;
    }
    plain + &without_suffixes(rest)
}

/// How long the string is that a text begins with, quotes included.
fn end_of_string(text: &str) -> usize {
    let mut escaped = true;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 1)
}

fn without_suffixes(code: &str) -> String {
    without_suffix(&without_suffix(code, "usize"), "u64")
}

/// `28` rather than `28usize`, where code is not text.
pub(super) fn number(number: usize) -> Literal {
    Literal::usize_unsuffixed(number)
}

/// `0..28`, where code is not text.
pub(super) fn range(range: &Range<usize>) -> TokenStream {
    let [start, end] = [range.start, range.end].map(number);
    quote!(#start..#end)
}

fn without_suffix(code: &str, suffix: &str) -> String {
    let plain = |piece| match str::strip_suffix(piece, suffix) {
        Some(before) if ends_in_number(before) => before,
        _ => piece,
    };
    code.split_inclusive(suffix).map(plain).collect()
}

/// Whether the last word of a text is a number in decimals.
fn ends_in_number(text: &str) -> bool {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    before.len() < text.len() && !before.ends_with(in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_types_and_all_else_stays() {
        let (rows, seed) = (28_usize, 7_u64);
        let code = quote! {
            let x2usize: [usize; #rows] = f::<0x2usize, #seed, 3u32>(usize::MAX, 0..#rows);
            let words = ["a \\ \" 28usize", "", "7u64"].len() + #rows;
        };
        let plain = quote! {
            let x2usize: [usize; 28] = f::<0x2usize, 7, 3u32>(usize::MAX, 0..28);
            let words = ["a \\ \" 28usize", "", "7u64"].len() + 28;
        };
        assert_eq!(plain_numbers(&code), plain.to_string());
    }
}
