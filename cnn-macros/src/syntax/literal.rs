//! Numbers as the language writes them, of which Rust's lexer has its own idea.
//!
//! `1x28x28` arrives as the integer `1` with the suffix `x28x28`. `2e5x3` and `0x10` mean something
//! else to Rust; they get a message.

use crate::shape::{LIMIT, too_large};

/// What a literal says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Number {
    Integer(u64),
    Float(f64),
    /// `1x28x28`
    Sizes(Vec<u64>),
}

/// Why a literal says nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) help: String,
}

impl Unreadable {
    fn new(message: String, help: impl Into<String>) -> Self {
        Self {
            message,
            help: help.into(),
        }
    }
}

/// Reads the text of a literal token.
pub(super) fn read(text: &str) -> Result<Number, Unreadable> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        let quoted = text.trim_matches('"');
        return Err(Unreadable {
            message: format!("expected a number, found {text}"),
            help: match is_digits(quoted) {
                true => format!("write `{quoted}`"),
                false => "write a number such as `16`, or a word without quotes".to_owned(),
            },
        });
    }
    let prefix = text.get(..2).unwrap_or_default();
    match prefix {
        "0x" => Err(hexadecimal(text)),
        "0o" | "0b" => Err(not_decimal(text)),
        _ => read_decimal(text),
    }
}

/// `0x10` may be meant as two sizes.
fn hexadecimal(text: &str) -> Unreadable {
    let sizes: Vec<&str> = text.split('x').collect();
    let message = format!("`{text}` begins with `0x`, which makes it a hexadecimal number");
    match sizes.iter().all(|size| is_digits(size)) {
        true => Unreadable::new(
            message,
            format!(
                "sizes that begin with 0 are written `[{}]`",
                sizes.join(", ")
            ),
        ),
        false => Unreadable::new(message, "write the number in decimal digits"),
    }
}

fn not_decimal(text: &str) -> Unreadable {
    let digits = text[2..].replace('_', "");
    let radix = if text.starts_with("0b") { 2 } else { 8 };
    let help = match u64::from_str_radix(&digits, radix) {
        Ok(value) => format!("write it as `{value}`"),
        Err(_) => "write the number in decimal digits".to_owned(),
    };
    Unreadable::new(format!("`{text}` is not a decimal number"), help)
}

fn read_decimal(text: &str) -> Result<Number, Unreadable> {
    let digits = text.bytes().take_while(is_digit_byte).count();
    let (whole, rest) = text.split_at(digits);
    let is_float = rest.starts_with('.') || has_exponent(rest);
    if is_float {
        return read_float(text);
    }
    match rest.as_bytes().first() {
        None => Ok(Number::Integer(integer(whole)?)),
        Some(b'x') => read_sizes(text),
        Some(b'X') => Err(Unreadable::new(
            format!("sizes are joined by a small `x`, found `{text}`"),
            format!("write `{}`", text.replace('X', "x")),
        )),
        Some(_) => Err(suffixed(text, whole, rest)),
    }
}

/// `e5` and `E-5`, but no suffix that happens to begin with an `e`.
fn has_exponent(rest: &str) -> bool {
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else {
        return false;
    };
    exponent
        .trim_start_matches(['+', '-', '_'])
        .starts_with(|first: char| first.is_ascii_digit())
}

fn read_float(text: &str) -> Result<Number, Unreadable> {
    let plain = text.replace('_', "");
    if let Ok(value) = plain.parse::<f64>() {
        if value.is_finite() {
            return Ok(Number::Float(value));
        }
        let message = format!("`{text}` is larger than any number of 64 bits");
        return Err(Unreadable::new(message, "write a smaller number"));
    }
    let is_suffix = |letter: char| letter.is_alphabetic() && !matches!(letter, 'e' | 'E');
    let (number, suffix) = plain.split_at(plain.find(is_suffix).unwrap_or(plain.len()));
    let is_size = suffix.starts_with(['x', 'X']);
    let other_sizes = suffix.replace('X', "x");
    match (number.parse::<f64>(), is_size) {
        (Ok(value), true) if value > LIMIT as f64 => Err(Unreadable::new(
            format!("`{number}` in `{text}` is larger than any size"),
            format!("write `{LIMIT}` or less"),
        )),
        (Ok(value), true) if value.fract() == 0.0 => Err(Unreadable::new(
            format!("`{number}` in `{text}` is the floating-point number {value} in Rust"),
            format!(
                "write the size in digits, `{}{other_sizes}`",
                value.max(1.0)
            ),
        )),
        (Ok(value), true) => Err(Unreadable::new(
            format!("sizes are whole numbers, found `{text}`"),
            format!(
                "write the size without a fraction, `{}{other_sizes}`",
                value.ceil()
            ),
        )),
        _ => Err(suffixed(text, number, suffix)),
    }
}

/// `5usize`, `0.1f32`, `3foo`.
fn suffixed(text: &str, number: &str, suffix: &str) -> Unreadable {
    Unreadable::new(
        format!("numbers have no suffix here, found `{suffix}` in `{text}`"),
        format!("write `{number}`"),
    )
}

fn read_sizes(text: &str) -> Result<Number, Unreadable> {
    let parts: Vec<&str> = text.split('x').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(Unreadable::new(
            format!("a size is missing beside an `x` in `{text}`"),
            "sizes are written `3x3`, shapes `1x28x28`",
        ));
    }
    if !parts.iter().all(|part| is_digits(part)) {
        return Err(Unreadable::new(
            format!("`{text}` mixes digits and other letters"),
            format!(
                "sizes that are not plain numbers are written `[{}]`",
                parts.join(", ")
            ),
        ));
    }
    let sizes: Result<Vec<u64>, Unreadable> = parts.iter().map(|part| integer(part)).collect();
    sizes.map(Number::Sizes)
}

fn integer(digits: &str) -> Result<u64, Unreadable> {
    let value = digits.replace('_', "").parse();
    value.map_err(|_| {
        let [message, help] = too_large(digits);
        Unreadable::new(message, help)
    })
}

/// Digits and Rust's separators, with at least one digit in front.
fn is_digits(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| is_digit_byte(&byte))
}

fn is_digit_byte(byte: &u8) -> bool {
    byte.is_ascii_digit() || *byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_read() {
        let sizes = |sizes: &[u64]| Ok(Number::Sizes(sizes.to_vec()));
        assert_eq!(read("10"), Ok(Number::Integer(10)));
        assert_eq!(read("1_000"), Ok(Number::Integer(1000)));
        assert_eq!(read("0.01"), Ok(Number::Float(0.01)));
        assert_eq!(read("1e-3"), Ok(Number::Float(0.001)));
        assert_eq!(read("5."), Ok(Number::Float(5.0)));
        assert_eq!(read("1x28x28"), sizes(&[1, 28, 28]));
        assert_eq!(read("1_000x3"), sizes(&[1000, 3]));
    }

    fn check(text: &str, message: &str, help: &str) {
        let expected = Unreadable {
            message: message.to_owned(),
            help: help.to_owned(),
        };
        assert_eq!(read(text), Err(expected), "{text}");
    }

    #[test]
    fn what_rust_reads_otherwise_is_explained() {
        let hexadecimal = "begins with `0x`, which makes it a hexadecimal number";
        check(
            "0x10",
            &format!("`0x10` {hexadecimal}"),
            "sizes that begin with 0 are written `[0, 10]`",
        );
        check(
            "0xff",
            &format!("`0xff` {hexadecimal}"),
            "write the number in decimal digits",
        );
        check("0b11", "`0b11` is not a decimal number", "write it as `3`");
        check(
            "2e5x3",
            "`2e5` in `2e5x3` is the floating-point number 200000 in Rust",
            "write the size in digits, `200000x3`",
        );
        check(
            "3.5x3",
            "sizes are whole numbers, found `3.5x3`",
            "write the size without a fraction, `4x3`",
        );
        check(
            "3.5X3",
            "sizes are whole numbers, found `3.5X3`",
            "write the size without a fraction, `4x3`",
        );
        let help = format!("write `{LIMIT}` or less");
        for number in ["1e400", "1e300", "3e9"] {
            let message = format!("`{number}` in `{number}x3` is larger than any size");
            check(&format!("{number}x3"), &message, &help);
        }
        check(
            "0.0x3",
            "`0.0` in `0.0x3` is the floating-point number 0 in Rust",
            "write the size in digits, `1x3`",
        );
        check(
            "2.0fX",
            "numbers have no suffix here, found `fX` in `2.0fX`",
            "write `2.0`",
        );
        check(
            "1e400",
            "`1e400` is larger than any number of 64 bits",
            "write a smaller number",
        );
    }

    #[test]
    fn slips_are_answered_with_the_right_form() {
        check(
            "5X5",
            "sizes are joined by a small `x`, found `5X5`",
            "write `5x5`",
        );
        check(
            "5x",
            "a size is missing beside an `x` in `5x`",
            "sizes are written `3x3`, shapes `1x28x28`",
        );
        check(
            "1x28xW",
            "`1x28xW` mixes digits and other letters",
            "sizes that are not plain numbers are written `[1, 28, W]`",
        );
        check(
            "6usize",
            "numbers have no suffix here, found `usize` in `6usize`",
            "write `6`",
        );
        check(
            "0.1f32",
            "numbers have no suffix here, found `f32` in `0.1f32`",
            "write `0.1`",
        );
        check("\"6\"", "expected a number, found \"6\"", "write `6`");
        check(
            "'c'",
            "expected a number, found 'c'",
            "write a number such as `16`, or a word without quotes",
        );
        check(
            "99999999999999999999",
            "`99999999999999999999` does not fit into 64 bits with a sign",
            "write `2147483648` or less, which is the largest size",
        );
    }
}
