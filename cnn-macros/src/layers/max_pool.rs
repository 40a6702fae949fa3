//! temp
use quote::quote; use proc_macro2::TokenStream;
use crate::kernel::{Kernel, Site, Tensor};
use crate::emit::windows::Pool;
use super::*;
#[derive(Debug)]
pub(crate) struct MaxPool { pub(crate) window: [usize;2], pub(crate) stride: [usize;2], pub(crate) padding: [usize;2] }
impl MaxPool {
    fn pool(&self, site: &Site<'_>) -> Pool { Pool::new(site.inputs[0], site.output, self.window, self.stride, self.padding) }
}
impl Layer for MaxPool {
    fn word(&self) -> &'static str { "max_pool" }
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let Shape::Image { channels, height, width } = inputs[0] else { panic!() };
        Ok(Shape::Image { channels, height: (height - self.window[0]) / self.stride[0] + 1, width: (width - self.window[1]) / self.stride[1] + 1 })
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
            doc: vec!["The first maximum of each window receives the window's gradient.".to_owned()],
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
