//! Results of which only the largest of each window is kept, and what a gradient by those is for all of them.
//!
//! Beside the largest, training keeps its position in the window: a number for each window in place of all
//! results, among which the backward pass would have to find it again.

use proc_macro2::TokenStream;
use quote::quote;

use super::windows::Pool;
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::Mode;

/// Results of a tile that belong to one window: `rows` times `along` neighbours, from the window's position `place`
/// on.
pub(crate) struct Results<'a> {
    pub(crate) site: &'a Site<'a>,
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) rows: TokenStream,
    pub(crate) along: TokenStream,
    /// The register of the result in row `r` and column `k` of them.
    pub(crate) result: TokenStream,
    /// The channel, row and column of the window.
    pub(crate) at: [TokenStream; 3],
    pub(crate) part: TokenStream,
}

/// Whether the positions of the largest are kept too.
pub(crate) fn is_chosen(site: &Site<'_>) -> bool {
    site.largest.is_some() && site.mode == Mode::Training
}

impl Results<'_> {
    /// Keeps the largest of the results and, behind the first position, of what is kept already.
    ///
    /// An activation that clamps is applied to the largest, another one to each result.
    pub(crate) fn keep(&self) -> TokenStream {
        let Self {
            window: [height, width],
            rows,
            along,
            at: [o, v, u],
            part,
            ..
        } = self;
        let is_chosen = is_chosen(self.site);
        let result = self.activated(false, &self.result);
        let activated = self.activated(true, &quote!(largest));
        let update = match is_chosen {
            true => quote! {
                let position = splat(simd, T::from_f64((place + r * #width + k) as f64));
                [largest, its_position] = match place + r + k {
                    0 => [result, position],
                    _ => larger_of::<T, S>([largest, its_position], [result, position]),
                };
            },
            false => quote! {
                largest = match place + r + k {
                    0 => result,
                    _ => larger::<T, S>(largest, result),
                };
            },
        };
        let [load, store] = match is_chosen {
            true => [
                quote! {
                    let choice = &mut chosen[#o][#v][#u];
                    let mut its_position = load(simd, choice, #part);
                },
                quote!(store(choice, #part, its_position);),
            ],
            false => [quote!(), quote!()],
        };
        quote! {
            let target = &mut output[#o][#v][#u];
            let mut largest = load(simd, target, #part);
            #load
            for r in 0..#rows {
                for k in 0..#along {
                    let result = #result;
                    #update
                }
            }
            if place + (#rows - 1) * #width + #along == #height * #width {
                largest = #activated;
            }
            store(target, #part, largest);
            #store
        }
    }

    /// The fused activation of `x` if it clamps, or if it does not; else `x`.
    fn activated(&self, clamps: bool, x: &TokenStream) -> TokenStream {
        let activation = self.site.epilogue.filter(|f| f.clamps() == clamps);
        activation.map_or(x.clone(), |f| f.apply(x.clone()))
    }
}

/// Loops that start from the gradient by all results.
pub(crate) fn on_results(kernel: Kernel) -> Kernel {
    kernel.on(&[[
        (Tensor::OutputGradient, "d_output"),
        (Tensor::ResultGradient, "d_result"),
    ]])
}

/// The gradient by all results: the first of the largest of a window receives the window's gradient.
///
/// That becomes in place the one by what is before a fused activation, whether that was applied to the largest or
/// to each result.
pub(crate) fn backward(site: &Site<'_>, window: [usize; 2]) -> Kernel {
    let pool = Pool::new(site.output, site.kept(), window, window, [0; 2]);
    let [prepare, receive] = pool.receive("d_result");
    let [_, columns] = window;
    let taps = pool.over_taps(&quote! {
        let place = splat(simd, T::from_f64((ky * #columns + kx) as f64));
        let target = &mut d_result[c][row][column];
        let received = place.select_equal(chosen, delta, none);
        #receive
    });
    let mut doc = vec!["The largest of each window receives the window's gradient.".to_owned()];
    let mut arguments = vec![Tensor::Chosen.read()];
    let pull_back = site.epilogue.map(|f| {
        let delta = f.pull_back(quote!(load(simd, &output[c][y][x], part)), quote!(delta));
        let f = f.formula("x");
        doc.push(format!(
            "Before, `d_output` is multiplied by `f′`, where `f(x)` is `{f}`."
        ));
        arguments.push(Tensor::Output.read());
        quote! {
            let delta = #delta;
            store_over(&mut d_output[c][y][x], part, delta);
        }
    });
    arguments.extend([
        match pull_back {
            Some(_) => Tensor::OutputGradient.update(),
            None => Tensor::OutputGradient.read(),
        },
        Tensor::ResultGradient.write(),
    ]);
    let windows = pool.over_windows(&quote! {
        let chosen = load(simd, &chosen[c][y][x], part);
        let delta = load(simd, &d_output[c][y][x], part);
        #pull_back
        #taps
    });
    Kernel {
        purpose: "result_gradient",
        doc,
        arguments,
        items: TokenStream::new(),
        body: quote! {
            let none = splat(simd, T::ZERO);
            #prepare
            #windows
        },
    }
}
