//! What the pools over a whole channel have in common: an image or a signal becomes a vector.

use crate::layout::{Form, Layout, Mode, registers};
use crate::shape::Shape;

/// A sample may come with its channels in the lanes or row by row.
pub(super) fn forms(input: Shape, output: Shape, mode: Mode) -> Vec<Form> {
    let mut forms = vec![Form::usual(mode, output)];
    let (channels, elements) = (output.elements(), input.elements());
    forms[0].cost *= (elements / channels) as u64;
    if mode == Mode::Single {
        // A register is read for its lanes, which are then brought together one by one.
        let line = registers(elements / channels) + 1;
        forms.push(Form {
            input: Layout::Columns,
            output: Layout::Channels,
            cost: channels as u64 * line,
        });
    }
    forms
}
