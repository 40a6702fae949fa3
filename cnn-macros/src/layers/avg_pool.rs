//! `avg_pool`: the mean of the elements under a window that slides over each channel.
//!
//! Padding counts as zeros, as PyTorch's default `count_include_pad=True` has it.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank, Settings};
use super::pooling::{self, Pooling};
use super::{Fault, Interval, Layer, Lint, Properties};
use crate::emit::windows::Line;
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "avg_pool",
    doc: "the mean of the elements under each position of the window, padding as zeros",
    other_names: &[
        "avgpool",
        "avgpool2d",
        "avg_pool2d",
        "average_pool",
        "mean_pool",
    ],
    has_window: true,
    takes: Rank::Image,
    gives: Rank::Image,
    options: pooling::OPTIONS,
    build,
};

/// Average pooling with its options.
#[derive(Debug)]
pub(crate) struct AvgPool(pub(crate) Pooling);

fn build(settings: &Settings) -> Result<Box<dyn Layer>, Fault> {
    Ok(Box::new(AvgPool(Pooling::read(settings)?)))
}

impl AvgPool {
    /// Elements under the window, with those on padding.
    fn area(&self) -> f64 {
        self.0.window.iter().product::<usize>() as f64
    }

    /// A block, samples in the lanes.
    fn samples(&self, site: &Site<'_>) -> Kernel {
        let (pool, area) = (self.0.pool(site), self.area());
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

    /// One sample, channels in the lanes.
    fn channels(&self, site: &Site<'_>) -> Kernel {
        let (pool, area) = (self.0.pool(site), self.area());
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

    /// One sample, row by row.
    fn columns(&self, site: &Site<'_>) -> Kernel {
        let area = self.area();
        let line = Line {
            start: quote!(T::ZERO),
            combine: &|a, b| quote!(#a + #b),
            finish: quote!(element * share),
        };
        let lines = self.0.pool(site).over_lines_of_one(&line, site.form.output);
        Kernel {
            purpose: "single",
            doc: vec![format!(
                "`output[c][y][x]` is the sum of the inputs under the window / {area}."
            )],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body: quote! {
                let share = T::from_f64(1.0 / #area);
                #lines
            },
        }
    }
}

impl Layer for AvgPool {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        self.0.output(inputs[0])
    }

    fn properties(&self) -> Properties {
        Properties {
            keeps_probabilities: true,
            ..Properties::default()
        }
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0].with_zero()
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        self.0.lints(inputs[0])
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        self.0.forms(inputs[0], output, mode)
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        match site.form.input {
            Layout::Samples => self.samples(site),
            Layout::Channels => self.channels(site),
            Layout::Columns => self.columns(site),
        }
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let (pool, area) = (self.0.pool(site), self.area());
        let [prepare, receive] = pool.receive();
        let taps = pool.over_taps(&quote! {
            let target = &mut d_input[c][row][column];
            #receive
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
}
