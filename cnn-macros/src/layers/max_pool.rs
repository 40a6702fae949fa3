//! `max_pool`: the largest element under a window that slides over each channel.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank, Settings};
use super::pooling::{self, Pooling};
use super::{Fault, Layer, Lint};
use crate::emit::windows::Pool;
use crate::kernel::{Kernel, Site, Tensor};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "max_pool",
    doc: "the largest element under each position of the window",
    other_names: &[
        "maxpool",
        "maxpool2d",
        "max_pool2d",
        "max_pooling2d",
        "pool",
    ],
    has_window: true,
    takes: Rank::Image,
    gives: Rank::Image,
    options: pooling::OPTIONS,
    build,
};

/// Max pooling with its options.
#[derive(Debug)]
pub(crate) struct MaxPool(pub(crate) Pooling);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(MaxPool(Pooling::read(settings)?)))
}

impl MaxPool {
    fn pool(&self, site: &Site<'_>) -> Pool {
        let Pooling {
            window,
            stride,
            padding,
        } = self.0;
        Pool::new(site.inputs[0], site.output, window, stride, padding)
    }
}

impl Layer for MaxPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.0.output(inputs[0])
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        self.0.lints(inputs[0])
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
        let [prepare, receive] = pool.receive();
        let taps = pool.over_taps(&quote! {
            let candidate = load(simd, &input[c][row][column], part);
            let target = &mut d_input[c][row][column];
            let received = candidate.select_equal(largest, remaining, none);
            remaining = candidate.select_equal(largest, none, remaining);
            #receive
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
