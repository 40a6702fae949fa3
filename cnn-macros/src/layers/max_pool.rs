//! Max pooling: the largest input under the window, channel by channel.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::options::{Opt, Options, WindowRule, Word};
use super::window::{Window, image};
use super::{Fault, Layer, Lint};
use crate::diagnostics::Diagnostic;
use crate::emit::windows::Pool;
use crate::kernel::{Kernel, Site, Tensor};
use crate::shape::Shape;

/// `max_pool<2x2>(stride = 2, padding = 0)`
pub(crate) const WORD: Word = Word {
    word: "max_pool",
    doc: "Max pooling: the largest input under the window, channel by channel.",
    window: WindowRule::Required,
    options: &[
        Opt {
            name: "stride",
            default: Some("the window"),
            doc: "step of the window, `n` or `HxW`",
        },
        Opt {
            name: "padding",
            default: Some("0"),
            doc: "positions around the input, at most half the window",
        },
    ],
    build,
};

/// The pooling with its options.
#[derive(Debug)]
struct MaxPool {
    window: Window,
    span: Span,
}

fn build(options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    let size = options.window();
    let stride = options.pair("stride", 1, size.map_or([1, 1], |size| size.value));
    let padding = options.pair("padding", 0, [0, 0]);
    let (size, stride, padding) = (size?, stride?, padding?);
    if (0..2).any(|k| 2 * padding.value[k] > size.value[k]) {
        let [h, w] = size.value;
        let message = format!("the padding of a pool is at most half its window {h}x{w}");
        let help = format!("write `padding = {}x{}` or less", h / 2, w / 2);
        options.fail(Diagnostic::new(padding.span, message).help(help));
        return None;
    }
    let window = Window {
        size,
        stride,
        padding: padding.value.map(|pad| [pad, pad]),
    };
    Some(Box::new(MaxPool {
        window,
        span: options.word_span(),
    }))
}

impl MaxPool {
    fn pool(&self, site: &Site<'_>) -> Pool {
        let Window {
            size,
            stride,
            padding,
        } = self.window;
        let padding = padding.map(|[before, _]| before);
        Pool::new(
            site.inputs[0],
            site.output,
            size.value,
            stride.value,
            padding,
        )
    }
}

impl Layer for MaxPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [channels, height, width] = image(inputs[0], "max_pool", self.span)?;
        let [height, width] = self.window.output([height, width], "window")?;
        Ok(Shape::Image {
            channels,
            height,
            width,
        })
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        let sizes = inputs[0].sizes();
        self.window.lints([sizes[1], sizes[2]])
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        let pool = self.pool(site);
        let taps = pool.over_taps(&quote! {
            let x = load(simd, &input[c][row][column], part);
            largest = largest.select_greater(x, largest, x);
        });
        Kernel {
            purpose: "forward",
            doc: vec!["`output[c][y][x]` is the largest input under the window.".to_owned()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: pool.over_windows(&quote! {
                let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
                #taps
                store(&mut output[c][y][x], part, largest);
            }),
        }
    }

    /// The first maximum of a window takes the whole gradient, as in PyTorch.
    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let pool = self.pool(site);
        // Where every input lies in exactly one window its gradient is written, elsewhere added up.
        let (prepare, receive) = match pool.partitions() {
            true => (quote!(), quote!(store(target, part, received))),
            false => (
                quote!(d_input.as_flattened_mut().as_flattened_mut().fill(Lanes::splat(T::ZERO));),
                quote!(store(target, part, load(simd, target, part).add(received))),
            ),
        };
        let taps = pool.over_taps(&quote! {
            let candidate = load(simd, &input[c][row][column], part);
            let target = &mut d_input[c][row][column];
            let received = candidate.select_equal(largest, remaining, none);
            remaining = candidate.select_equal(largest, none, remaining);
            #receive;
        });
        let windows = pool.over_windows(&quote! {
            let largest = load(simd, &output[c][y][x], part);
            let mut remaining = load(simd, &d_output[c][y][x], part);
            #taps
        });
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec![
                "The first maximum of each window receives the window's gradient.".to_owned(),
            ],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Output.read(),
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                let none = splat(simd, T::ZERO);
                #prepare
                #windows
            },
        }]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        let pool = self.pool(site);
        let taps = pool.over_taps(&quote! {
            let x = load_at(simd, &input[row][column], v * width::<T, S>());
            largest = largest.select_greater(x, largest, x);
        });
        Kernel {
            purpose: "single",
            doc: vec!["`output[y][x][c]` is the largest input under the window.".to_owned()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: pool.over_windows_of_one(&quote! {
                let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
                #taps
                store_at(&mut output[y][x], v * width::<T, S>(), largest);
            }),
        }
    }
}
