//! Average pooling: the mean of the inputs under the window, channel by channel; padding counts as zeros.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::options::{Opt, Options, WindowRule, Word};
use super::window::{Window, image};
use super::{Fault, Layer, Lint};
use crate::diagnostics::Diagnostic;
use crate::emit::windows::Pool;
use crate::kernel::{Kernel, Site, Tensor};
use crate::shape::Shape;

/// `avg_pool<2x2>(stride = 2, padding = 0)`
pub(crate) const WORD: Word = Word {
    word: "avg_pool",
    doc: "Average pooling: the mean of the inputs under the window, channel by channel; padding counts as zeros.",
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
struct AvgPool {
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
    Some(Box::new(AvgPool {
        window,
        span: options.word_span(),
    }))
}

impl AvgPool {
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

    /// Elements under the window, with those on padding.
    fn area(&self) -> f64 {
        self.window.size.value.iter().product::<usize>() as f64
    }
}

impl Layer for AvgPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [channels, height, width] = image(inputs[0], "avg_pool", self.span)?;
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
        let (pool, area) = (self.pool(site), self.area());
        let taps = pool.over_taps(&quote! {
            sum = sum.add(load(simd, &input[c][row][column], part));
        });
        let windows = pool.over_windows(&quote! {
            let mut sum = splat(simd, T::ZERO);
            #taps
            store(&mut output[c][y][x], part, sum.mul(share));
        });
        Kernel {
            purpose: "forward",
            doc: vec![format!(
                "`output[c][y][x]` is the sum of the inputs under the window / {area}."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: quote! {
                let share = splat(simd, T::from_f64(1.0 / #area));
                #windows
            },
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let (pool, area) = (self.pool(site), self.area());
        // Where every input lies in exactly one window its gradient is written, elsewhere added up.
        let (prepare, receive) = match pool.partitions() {
            true => (quote!(), quote!(store(target, part, received))),
            false => (
                quote!(d_input.as_flattened_mut().as_flattened_mut().fill(Lanes::splat(T::ZERO));),
                quote!(store(target, part, load(simd, target, part).add(received))),
            ),
        };
        let taps = pool.over_taps(&quote! {
            let target = &mut d_input[c][row][column];
            #receive;
        });
        let windows = pool.over_windows(&quote! {
            let received = load(simd, &d_output[c][y][x], part).mul(share);
            #taps
        });
        vec![Kernel {
            purpose: "input_gradient",
            doc: vec![format!(
                "Every input under a window receives 1/{area} of its gradient."
            )],
            arguments: vec![
                Tensor::OutputGradient.read(),
                Tensor::InputGradient(0).write(),
            ],
            items: TokenStream::new(),
            body: quote! {
                let share = splat(simd, T::from_f64(1.0 / #area));
                #prepare
                #windows
            },
        }]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        let (pool, area) = (self.pool(site), self.area());
        let taps = pool.over_taps(&quote! {
            sum = sum.add(load_at(simd, &input[row][column], v * width::<T, S>()));
        });
        let windows = pool.over_windows_of_one(&quote! {
            let mut sum = splat(simd, T::ZERO);
            #taps
            store_at(&mut output[y][x], v * width::<T, S>(), sum.mul(share));
        });
        Kernel {
            purpose: "single",
            doc: vec![format!(
                "`output[y][x][c]` is the sum of the inputs under the window / {area}."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: quote! {
                let share = splat(simd, T::from_f64(1.0 / #area));
                #windows
            },
        }
    }
}
