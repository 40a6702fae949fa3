//! Results of which only the largest of each window is kept, and what a gradient by those is for all of them.
//!
//! Beside the largest, training keeps its position in the window: a number for each window in place of all
//! results, among which the backward pass would have to find it again.

use proc_macro2::TokenStream;
use quote::quote;

use super::windows::Pool;
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::Mode;

/// Results of a tile that belong to one window: `rows` times `along` neighbours.
pub(crate) struct Results<'a> {
    pub(crate) site: &'a Site<'a>,
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) rows: TokenStream,
    pub(crate) along: TokenStream,
    /// The register of the result in row `r` and column `k` of them.
    pub(crate) result: TokenStream,
    /// The position in the window of the first of them.
    pub(crate) place: TokenStream,
    /// The channel, row and column of the window.
    pub(crate) at: [TokenStream; 3],
    pub(crate) part: TokenStream,
}

/// Whether the positions of the largest are kept too.
pub(crate) fn keeps_positions(site: &Site<'_>) -> bool {
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
            place,
            at: [o, v, u],
            part,
            ..
        } = self;
        let [load, update, store] = self.steps();
        let result = activated(self.site, false, &self.result);
        let activated = activated(self.site, true, &quote!(largest));
        quote! {
            let place = #place;
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

    /// How positions are loaded, how a `result` is compared with the `largest`, and how positions are stored.
    fn steps(&self) -> [TokenStream; 3] {
        let Self {
            window: [_, width],
            at: [o, v, u],
            part,
            ..
        } = self;
        if !keeps_positions(self.site) {
            let update = quote! {
                largest = match place + r + k {
                    0 => result,
                    _ => larger::<T, S>(largest, result),
                };
            };
            return [quote!(), update, quote!()];
        }
        [
            quote! {
                let choice = &mut chosen[#o][#v][#u];
                let mut its_position = load(simd, choice, #part);
            },
            quote! {
                let position = splat(simd, T::from_f64((place + r * #width + k) as f64));
                [largest, its_position] = match place + r + k {
                    0 => [result, position],
                    _ => larger_of::<T, S>([largest, its_position], [result, position]),
                };
            },
            quote!(store(choice, #part, its_position);),
        ]
    }
}

/// The fused activation of `x` if it clamps, or if it does not; else `x`.
pub(crate) fn activated(site: &Site<'_>, clamps: bool, x: &TokenStream) -> TokenStream {
    let activation = site.epilogue.filter(|f| f.clamps() == clamps);
    activation.map_or(x.clone(), |f| f.apply(x.clone()))
}

/// Loops that start from the gradient by all results.
pub(crate) fn on_results(kernel: Kernel) -> Kernel {
    kernel.on(&[[
        (Tensor::OutputGradient, "d_output"),
        (Tensor::ResultGradient, "d_result"),
    ]])
}

/// The gradient by all results: the first of the largest of a window receives the window's gradient.
pub(crate) fn result_gradient(site: &Site<'_>, window: [usize; 2]) -> Kernel {
    let pool = Pool::new(site.output, site.kept, window, window, [0; 2]);
    let [_, columns] = window;
    let taps = pool.over_taps(&quote! {
        let place = splat(simd, T::from_f64((ky * #columns + kx) as f64));
        store(&mut d_result[c][row][column], part, place.select_equal(chosen, delta, none));
    });
    let windows = pool.over_windows(&quote! {
        let chosen = load(simd, &chosen[c][y][x], part);
        let delta = load(simd, &d_output[c][y][x], part);
        #taps
    });
    let rest = (!pool.partitions()).then(|| {
        quote! { d_result.as_flattened_mut().as_flattened_mut().fill(Lanes::splat(T::ZERO)); }
    });
    Kernel {
        purpose: "result_gradient",
        doc: vec!["The largest of each window receives the window's gradient.".to_owned()],
        arguments: vec![
            Tensor::Chosen.read(),
            Tensor::OutputGradient.read(),
            Tensor::ResultGradient.write(),
        ],
        items: TokenStream::new(),
        body: quote! {
            let none = splat(simd, T::ZERO);
            #rest
            #windows
        },
    }
}
