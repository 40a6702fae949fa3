//! A hundred layers drawn at random, stored as networks that `benches/shapes/` measures.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const SEED: u64 = 0x5eed_0f5a_9e5a_11ed;

/// Draws a network of one layer.
type Draw = fn(&mut Dice) -> String;

/// How many there are of each kind, in this order.
const KINDS: [(usize, Draw); 4] = [(60, conv), (15, depthwise), (15, dense), (10, pool)];

/// The most multiply–accumulates of a sample, so that none takes the time of all others.
const MOST: usize = 12_000_000;

#[test]
fn the_shapes_are_as_stored() -> io::Result<()> {
    let path = path();
    if env::var_os("BLESS").is_some() {
        fs::write(&path, written())?;
    }
    let stored = fs::read_to_string(&path)?;
    assert!(stored == written(), "`BLESS=1 cargo test -p cnn-macros`");
    Ok(())
}

fn path() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../benches/shapes/src/drawn.rs")
}

/// The file with all of them.
fn written() -> String {
    let mut dice = Dice(SEED);
    let kinds = KINDS.into_iter();
    let drawn = kinds.flat_map(|(count, draw)| std::iter::repeat_n(draw, count));
    let layers: String = drawn
        .enumerate()
        .map(|(number, draw)| format!("    Drawn{number} {{ {} }}\n", draw(&mut dice)))
        .collect();
    format!(
        "//! Layers drawn at random; `cnn-macros/src/tests/shapes.rs` wrote them.\n\n\
         crate::layers! {{\n{layers}}}\n"
    )
}

/// Random numbers: xorshift, by G. Marsaglia.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }

    fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last + 1 - first)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A number of channels: those that networks like, and any.
    fn channels(&mut self) -> usize {
        match self.below(2) {
            0 => self.one_of(&[1, 3, 8, 16, 24, 32, 64, 96]),
            _ => self.between(1, 80),
        }
    }

    /// Mostly a rectified one.
    fn activation(&mut self) -> &'static str {
        self.one_of(&["", " -> relu", " -> relu"])
    }

    /// A window, and the sides of an image that is larger.
    fn window(&mut self) -> [usize; 4] {
        let kh = self.one_of(&[1, 2, 3, 3, 3, 5, 7]);
        let kw = match self.below(4) {
            0 => self.between(1, 6),
            _ => kh,
        };
        [
            kh,
            kw,
            self.between(kh.max(4), 32),
            self.between(kw.max(4), 32),
        ]
    }
}

fn conv(dice: &mut Dice) -> String {
    loop {
        let [kh, kw, h, w] = dice.window();
        let (mut inputs, mut outputs) = (dice.channels(), dice.channels());
        let mut options = String::new();
        if dice.below(8) == 0 {
            let groups = dice.one_of(&[2, 4]);
            inputs = inputs.next_multiple_of(groups);
            outputs = outputs.next_multiple_of(groups);
            options += &format!(", groups = {groups}");
        }
        match dice.below(4) {
            0 => options += ", stride = 2",
            1 => options += ", padding = same",
            2 => options += &format!(", padding = {}", kh.min(kw) / 2),
            _ => {}
        }
        if inputs * outputs * kh * kw * h * w <= MOST {
            let activation = dice.activation();
            return format!("{inputs}x{h}x{w} -> conv<{kh}x{kw}>({outputs}{options}){activation}");
        }
    }
}

fn depthwise(dice: &mut Dice) -> String {
    let [kh, kw, h, w] = dice.window();
    let (channels, activation) = (dice.channels(), dice.activation());
    let options = dice.one_of(&["padding = same", "stride = 2", ""]);
    format!("{channels}x{h}x{w} -> depthwise_conv<{kh}x{kw}>({options}){activation}")
}

fn dense(dice: &mut Dice) -> String {
    let (inputs, outputs) = (dice.between(1, 2000), dice.between(1, 300));
    format!("{inputs} -> dense({outputs}){}", dice.activation())
}

fn pool(dice: &mut Dice) -> String {
    let [_, _, h, w] = dice.window();
    let (channels, side) = (dice.channels(), dice.one_of(&[2, 2, 3]));
    let word = dice.one_of(&["max_pool", "avg_pool"]);
    let stride = dice.one_of(&["", "stride = 2"]);
    format!("{channels}x{h}x{w} -> {word}<{side}x{side}>({stride})")
}
