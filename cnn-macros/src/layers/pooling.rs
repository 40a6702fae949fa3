//! The options that all pooling layers have.

use super::options::{OptionSpec, Presence, Setting, Settings, Takes};
use super::sliding::Sliding;
use super::{At, Change, Fault, Lint};
use crate::emit::lines::is_by_registers;
use crate::emit::windows::Pool;
use crate::kernel::{Scratch, Site};
use crate::layout::{Form, Layout, Mode, TURN, registers};
use crate::shape::Shape;

/// The table of options, of pools that have no more.
pub(crate) const OPTIONS: &[OptionSpec] = &[STRIDE, PADDING];

pub(crate) const STRIDE: OptionSpec = OptionSpec {
    name: "stride",
    other_names: &["step"],
    takes: Takes::Sides,
    presence: Presence::Computed("the window"),
    doc: "steps of the window",
};

pub(crate) const PADDING: OptionSpec = OptionSpec {
    name: "padding",
    other_names: &["pad"],
    takes: Takes::Margins,
    presence: Presence::Default(Setting::Sides([0, 0])),
    doc: "rows and columns around the image, at most half the window",
};

/// A window that takes one value from each of its positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pooling {
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
    /// Above and below, left and right.
    pub(crate) padding: [usize; 2],
}

impl Pooling {
    /// The options, of which the padding is limited as in PyTorch: no position may see only padding.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Fault> {
        let window = settings.window();
        let padding = settings.sides("padding").expect("padding has a default");
        let half = window.map(|side| side / 2);
        if padding[0] > half[0] || padding[1] > half[1] {
            let found = Setting::Sides(padding);
            let half = Setting::Sides(half).to_string();
            let [height, width] = window;
            let message =
                format!("padding {found} is more than half of the window {height}x{width}");
            return Err(
                Fault::at(At::Option("padding"), message).change(Change::Option("padding", half))
            );
        }
        Ok(Self {
            window,
            stride: settings.sides("stride").unwrap_or(window),
            padding,
        })
    }

    fn sliding(&self) -> Sliding {
        let [rows, columns] = self.padding;
        Sliding {
            name: "window",
            window: self.window,
            stride: self.stride,
            dilation: [1, 1],
            padding: [rows, rows, columns, columns],
        }
    }

    /// The image that comes out.
    pub(crate) fn output(&self, input: Shape) -> Result<Shape, Fault> {
        self.sliding().output(input, input.sizes()[0])
    }

    /// Rows and columns that are never read.
    pub(crate) fn lints(&self, input: Shape) -> Vec<Lint> {
        self.sliding().lints(input)
    }

    /// A sample whose rows come one by one is pooled down whole rows first, and can be handed on
    /// either way.
    ///
    /// `of_registers` is whether the loops over lines may be of registers.
    pub(crate) fn forms(
        &self,
        input: Shape,
        output: Shape,
        mode: Mode,
        of_registers: bool,
    ) -> Vec<Form> {
        let mut forms = vec![Form::usual(mode, output)];
        let [height, width] = self.window;
        forms[0].cost *= (height * width) as u64;
        if mode == Mode::Single {
            forms.extend([Layout::Channels, Layout::Columns].map(|layout| Form {
                input: Layout::Columns,
                output: layout,
                cost: match of_registers && is_by_registers(self.stride[1]) {
                    true => self.cost_by_registers(input, output, layout),
                    false => self.cost_by_scalars(input, output),
                },
            }));
        }
        forms
    }

    /// Operations of the loops over lines, whose elements are told apart one by one.
    fn cost_by_scalars(&self, input: Shape, output: Shape) -> u64 {
        let [height, width] = self.window;
        let (from, to) = (input.sizes(), output.sizes());
        let (down, along) = (height as u64 * registers(from[2]), width * to[2]);
        (to[0] * to[1]) as u64 * (down + along as u64)
    }

    /// The same of registers, which are turned for channels last.
    fn cost_by_registers(&self, input: Shape, output: Shape, layout: Layout) -> u64 {
        let [height, width] = self.window.map(|size| size as u64);
        let (from, to) = (input.sizes(), output.sizes());
        let lines = (to[0] * to[1]) as u64;
        let strips = to[1] as u64 * registers(to[0]);
        let (down, along) = (height * registers(from[2]), 2 * width * registers(to[2]));
        let handed_out = match layout {
            Layout::Channels => strips * (registers(to[2]) * TURN + to[2] as u64),
            Layout::Columns | Layout::Samples => lines * registers(to[2]),
        };
        lines * (down + along) + handed_out
    }

    /// The lines of one sample, if its loops are of registers.
    pub(crate) fn scratch(&self, site: &Site<'_>, of_registers: bool) -> Vec<Scratch> {
        let by_registers = of_registers && is_by_registers(self.stride[1]);
        match site.form.input {
            Layout::Columns if by_registers => vec![self.pool(site).lines()],
            _ => Vec::new(),
        }
    }

    /// Whether windows leave the image.
    pub(crate) fn is_padded(&self) -> bool {
        self.padding != [0; 2]
    }

    /// The windows of a layer in its place.
    pub(crate) fn pool(&self, site: &Site<'_>) -> Pool {
        let (input, output) = (site.inputs[0], site.output);
        Pool::new(input, output, self.window, self.stride, self.padding)
    }
}
