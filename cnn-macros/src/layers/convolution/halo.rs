//! Padding that is not zeros: a copy of the image with its rim, which the loops read as an image
//! without padding; backward, the gradient of the rim folded back to where it came from.

use proc_macro2::TokenStream;
use quote::quote;

use crate::kernel::{Kernel, Scratch, Tensor};
use crate::layers::options::Setting;
use crate::layers::{At, Change, Fault};
use crate::layout::{Layout, padded};
use crate::shape::Shape;

/// How many buffers a rim takes: the copy, and its gradient.
pub(super) const BUFFERS: usize = 2;

/// The words for what stands around an image.
pub(crate) const RIMS: &[&str] = &["zeros", "reflect", "replicate", "circular"];

/// What stands around an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rim {
    Zeros,
    /// The image mirrored at its outermost pixels, which are not repeated.
    Reflect,
    /// The outermost pixels.
    Replicate,
    /// The image again, as on a torus.
    Circular,
}

impl Rim {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "reflect" => Self::Reflect,
            "replicate" => Self::Replicate,
            "circular" => Self::Circular,
            _ => Self::Zeros,
        }
    }

    /// Whether the image is large enough for its rim.
    pub(super) fn check(self, input: Shape, padding: [usize; 4]) -> Result<(), Fault> {
        let sizes = input.stored().sizes();
        let most = |k: usize| match self {
            Self::Zeros | Self::Replicate => usize::MAX,
            Self::Reflect => sizes[k + 1] - 1,
            Self::Circular => sizes[k + 1],
        };
        let over = (0..4).find(|&side| padding[side] > most(side / 2));
        let Some(side) = over else { return Ok(()) };
        let (found, axis) = (padding[side], side / 2);
        let (word, lines) = (RIMS[self as usize], ["rows", "columns"][axis]);
        let (size, most_here) = (sizes[axis + 1], most(axis));
        let message =
            format!("`{word}` padding of {size} {lines} is at most {most_here}, found {found}");
        let mut fault = Fault::at(At::Option("padding"), message);
        let [top, bottom, left, right] = padding;
        if top == bottom && left == right {
            let fitting = Setting::Sides([top.min(most(0)), left.min(most(1))]);
            fault = fault.change(Change::Option("padding", fitting.to_string()));
        }
        Err(fault.change(Change::Option("padding_mode", "replicate".to_owned())))
    }

    /// The line of the image, of `size`, that stands in line `at` of the copy.
    fn source(self, at: &TokenStream, size: usize, before: usize) -> TokenStream {
        let last = size - 1;
        match self {
            Self::Reflect => quote! {
                usize::min(usize::abs_diff(#at, #before), 2 * #last - usize::abs_diff(#at, #before))
            },
            Self::Circular => quote!((#at + #size - #before) % #size),
            Self::Zeros | Self::Replicate => {
                quote!(usize::min(usize::saturating_sub(#at, #before), #last))
            }
        }
    }
}

/// An image with a rim that has to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Halo {
    channels: usize,
    /// Height, width.
    image: [usize; 2],
    /// Top, bottom, left, right.
    padding: [usize; 4],
    rim: Rim,
}

impl Halo {
    /// Nothing where there is no rim, or where zeros are left out of the sums.
    pub(super) fn new(input: Shape, padding: [usize; 4], rim: Rim) -> Option<Self> {
        let sizes = input.sizes();
        (rim != Rim::Zeros && padding != [0; 4]).then(|| Self {
            channels: sizes[0],
            image: [sizes[1], sizes[2]],
            padding,
            rim,
        })
    }

    /// Height and width with the rim.
    fn sizes(&self) -> [usize; 2] {
        [0, 1].map(|k| self.image[k] + self.padding[2 * k] + self.padding[2 * k + 1])
    }

    /// The copy, and its gradient.
    pub(super) fn scratch(&self, layout: Layout) -> Vec<Scratch> {
        let [height, width] = self.sizes();
        let sizes = match layout {
            Layout::Samples | Layout::Columns => vec![self.channels, height, width],
            Layout::Channels => vec![height, width, padded(self.channels)],
        };
        let scratch = |name| Scratch {
            name,
            sizes: sizes.clone(),
        };
        vec![scratch("padded"), scratch("d_padded")]
    }

    fn sources(&self) -> [TokenStream; 2] {
        let row = self.rim.source(&quote!(y), self.image[0], self.padding[0]);
        let column = self.rim.source(&quote!(x), self.image[1], self.padding[2]);
        [row, column]
    }

    /// Writes the copy.
    pub(super) fn pad(&self, layout: Layout) -> Kernel {
        let (channels, [height, width], [row, column]) =
            (self.channels, self.sizes(), self.sources());
        let body = match layout {
            Layout::Samples | Layout::Columns => quote! {
                for c in 0..#channels {
                    for y in 0..#height {
                        let row = &input[c][#row];
                        for x in 0..#width {
                            padded[c][y][x] = row[#column];
                        }
                    }
                }
            },
            Layout::Channels => quote! {
                for y in 0..#height {
                    let row = &input[#row];
                    for x in 0..#width {
                        padded[y][x] = row[#column];
                    }
                }
            },
        };
        Kernel {
            purpose: match layout {
                Layout::Samples => "pad",
                Layout::Channels | Layout::Columns => "single_pad",
            },
            doc: vec![format!(
                "`padded` is the input with a rim around it: `{}`.",
                RIMS[self.rim as usize]
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Scratch(0).write()],
            items: TokenStream::new(),
            body,
        }
    }

    /// Adds up the gradients of every pixel and of its copies in the rim.
    pub(super) fn fold(&self, layout: Layout) -> Kernel {
        let (channels, [height, width], [row, column]) =
            (self.channels, self.sizes(), self.sources());
        let zero = match layout {
            Layout::Samples => quote!(Lanes::splat(T::ZERO)),
            Layout::Channels | Layout::Columns => quote!(T::ZERO),
        };
        let receive = match layout {
            Layout::Samples => quote! {
                let target = &mut row[#column];
                for part in 0..parts::<T, S>() {
                    let received = load(simd, &d_padded[c][y][x], part);
                    store(target, part, load(simd, target, part).add(received));
                }
            },
            Layout::Channels | Layout::Columns => quote!(row[#column] += d_padded[c][y][x];),
        };
        Kernel {
            purpose: "fold",
            doc: vec![
                "Every pixel receives the gradients of all its copies in the padded image."
                    .to_owned(),
            ],
            arguments: vec![Tensor::Scratch(1).read(), Tensor::InputGradient(0).write()],
            items: TokenStream::new(),
            body: quote! {
                d_input.as_flattened_mut().as_flattened_mut().fill(#zero);
                for c in 0..#channels {
                    for y in 0..#height {
                        let row = &mut d_input[c][#row];
                        for x in 0..#width {
                            #receive
                        }
                    }
                }
            },
        }
    }
}

/// A kernel that reads the padded copy in place of the input.
pub(super) fn reading(kernel: Kernel) -> Kernel {
    kernel.on(&[[(Tensor::Input(0), "input"), (Tensor::Scratch(0), "padded")]])
}

/// A kernel that writes the copy's gradient in place of the input's.
pub(super) fn writing(kernel: Kernel) -> Kernel {
    kernel.on(&[[
        (Tensor::InputGradient(0), "d_input"),
        (Tensor::Scratch(1), "d_padded"),
    ]])
}
