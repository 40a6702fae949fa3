//! Networks on one sample: in the layouts that were chosen, and where one of them is avoided.

use std::hint::black_box;

use cnn::predict::Frozen;
use cnn::simd::Level;
use cnn::{Network, Shape, Spec};

use crate::repeat::noise;
use crate::turns::{Work, seconds};

/// A network in its chosen layouts, and avoiding columns and channels.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) spec: &'static Spec,
    pub(crate) works: [Work; 3],
}

macro_rules! cases {
    ($($Name:ident { $input:tt -> $($layers:tt)* })*) => {
        // A module is called as its network, whose shape is meant even where some of it is never read.
        $(#[allow(non_snake_case)]
        mod $Name {
            cnn::network! {
                #[allow(unread_rows, unread_columns, mostly_padding)]
                pub(crate) Chosen: $input -> $($layers)*

                #[avoid_layout(columns)]
                #[allow(unread_rows, unread_columns, mostly_padding)]
                pub(crate) WithoutColumns: $input -> $($layers)*

                #[avoid_layout(channels)]
                #[allow(unread_rows, unread_columns, mostly_padding)]
                pub(crate) WithoutChannels: $input -> $($layers)*
            }
        })*

        /// In the order of the file.
        pub(crate) fn all() -> Vec<Case> {
            vec![$(Case {
                name: stringify!($Name),
                spec: $Name::Chosen::SPEC,
                works: [
                    |level| time(&$Name::Chosen::new(1), level),
                    |level| time(&$Name::WithoutColumns::new(1), level),
                    |level| time(&$Name::WithoutChannels::new(1), level),
                ],
            }),*]
        }
    };
}

cases! {
    LeNet5 { 1x28x28 -> net<crate::networks::LeNet5>(10) }
    SeedNet { 1x256x256 -> net<crate::networks::SeedNet>(1x256x256) }
    CifarVgg { 3x32x32 -> net<crate::networks::CifarVgg>(10) }
    DsCnn { 1x49x10 -> net<crate::networks::DsCnn>(12) }
    ResNet8 { 3x32x32 -> net<crate::networks::ResNet8>(10) }
    OneChannel { 1x28x28 -> conv<3x3>(1, padding = same) -> relu }
    TwoChannels { 2x32x32 -> conv<3x3>(2, padding = same) -> relu }
    FourChannels { 4x32x32 -> conv<3x3>(4, padding = same) -> relu }
    SixChannels { 6x24x24 -> conv<5x5>(6) -> relu }
    EightChannels { 8x32x32 -> conv<3x3>(8, padding = same) -> relu }
    TwelveChannels { 12x32x32 -> conv<3x3>(12, padding = same) -> relu }
    SixteenChannels { 16x16x16 -> conv<3x3>(16, padding = same) -> relu }
    ToSixteen { 1x28x28 -> conv<5x5>(16) -> relu }
    ToFour { 32x20x20 -> conv<3x3>(4, padding = same) -> relu }
    Narrow { 4x60x9 -> conv<3x3>(6, padding = same) -> relu }
    Wide { 3x12x200 -> conv<3x3>(5, padding = same) -> relu }
    Points { 3x40x40 -> conv<1x1>(6) -> relu }
    Pooled { 1x32x32 -> conv<5x5>(8) -> relu -> max_pool<2x2> -> flatten -> dense(10) }
    ThreePools {
        3x48x48 -> conv<3x3>(6, padding = same) -> relu -> max_pool<2x2>
            -> conv<3x3>(12, padding = same) -> relu -> max_pool<2x2>
            -> conv<3x3>(24, padding = same) -> relu -> max_pool<2x2>
    }
    Decoder {
        16x16x16 -> conv<3x3>(16, padding = same) -> relu -> upsample<2x2>
            -> conv<3x3>(8, padding = same) -> relu -> conv<3x3>(1, padding = same) -> sigmoid
    }
}

/// Seconds of one inference of one sample.
pub(crate) fn time<N: Network<Scalar = f32>>(net: &N, level: Level) -> f64 {
    let mut frozen = Frozen::new(net).with_level(level);
    let sample = noise(N::Input::ELEMENTS);
    let mut output = noise(N::Output::ELEMENTS);
    seconds(|| frozen.predict_into(black_box(&sample), &mut output))
}
