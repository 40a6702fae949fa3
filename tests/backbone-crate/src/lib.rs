//! Networks that other crates use as layers.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

/// Networks of several `network!`, which use each other.
pub mod bodies {
    /// What is used from a third place.
    pub mod necks {
        layers::network! {
            const WIDTH = 2;

            /// Fewer channels.
            pub Neck: 3x4x4 -> conv<1x1>(WIDTH) -> tanh
        }
    }

    mod hidden {
        layers::network! {
            /// Seen only in this crate, but a part of a network that is seen everywhere.
            pub(crate) Twice: 2x4x4 -> repeat<2>(conv<3x3>(2, padding = same) -> relu)
        }
    }

    use self::hidden::Twice;

    layers::network! {
        const WIDTH = 3;
        block unit(C) = conv<3x3>(C, padding = same, bias = false) -> batch_norm -> relu;

        Stem: 1x4x4 -> first: unit(WIDTH)

        /// With a constant, a block, and networks of three places.
        pub Backbone: 1x4x4
            -> net<Stem>(3x4x4)
            -> neck: net<necks::Neck>(2x4x4)
            -> residual(net<Twice>(2x4x4))
            // A warning that is accepted here is no matter of those who use the network.
            -> #[allow(void_activation)] relu -> #[allow(void_activation)] relu
            -> 2x4x4
    }
}

/// Declares a network of the same tokens in several modules.
macro_rules! in_modules {
    ($($module:ident)*) => {
        $(
            /// One of several.
            pub mod $module {
                layers::network! {
                    /// Of the same name everywhere.
                    pub Same: 2 -> dense(2)
                }
            }
        )*
    };
}

in_modules!(one two);
