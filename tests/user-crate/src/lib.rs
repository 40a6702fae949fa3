//! Networks among names that generated code must not stumble over.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

/// Declares types and values that the standard prelude, or generated code, has names for.
macro_rules! shadow {
    (types: $($kind:ident)*; functions: $($function:ident)*; modules: $($module:ident)*;) => {
        $(
            /// The user's own.
            #[allow(non_camel_case_types)]
            pub struct $kind;
        )*
        $(
            /// The user's own.
            pub fn $function() {}
        )*
        $(
            /// The user's own.
            pub mod $module {}
        )*
    };
}

/// Every name here is the user's.
pub mod shadowed {
    shadow! {
        types:
            Box Clone Copy Debug Default Deref Err From Into Iterator None Ok Option Result Send Some
            String Sync Vec ToOwned Range f32 f64 u64 usize
            R T S U Activation Buffer Chw Cl Flat Heap Inline InlineBuffer InputGradient Lanes Network
            NetworkExt Parameters Probe Scalar Simd Spec Storage Vector BLOCK SPEC ZERO;
        functions:
            drop simd arena input output parameters gradients packed probe forward backward infer
            pack infer_single frozen init new zeroed to_f64 initialize on_heap array1 array4 regions;
        modules: core std alloc cnn cnn_runtime typenum fmt micro views code;
    }

    nets::network! {
        /// Tells four by four pictures apart.
        pub Pictures: 1x4x4
            -> conv1: conv<3x3>(3, padding = same) -> relu -> max_pool<2x2>
            -> flatten
            -> arena: dense(5) -> tanh
            -> logits: dense(2)
            -> 2
    }
}

/// Networks that are named like something in the generated code.
pub mod named {
    nets::network! {
        /// Named like the type parameter of the scalar.
        pub T: 2 -> dense(2)

        /// Named like the type parameter of the storage.
        pub S: 2 -> dense(2)

        /// Named like the trait.
        pub Network: 2 -> dense(2) -> sigmoid

        /// Named like a bound.
        pub Scalar: 1x3x3 -> avg_pool<3x3> -> flatten

        /// Named like the crate's own type.
        pub Buffer: 2 -> leaky_relu
    }

    /// Named like the module of the loops.
    #[allow(non_camel_case_types)]
    mod lower_case {
        nets::network! {
            /// Named like the module of the loops.
            pub code: 2 -> dense(1)
        }
    }
    pub use lower_case::code;
}

/// Networks with networks of other places in them.
pub mod foreign {
    use backbone_crate::bodies::Backbone as Body;

    nets::network! {
        const WIDTH = 16;
        block unit(C) = flatten -> dense(C);

        /// Names of the other declarations mean something else here.
        pub Classifier: 1x4x4
            -> body: net<Body>(2x4x4)
            -> unit(WIDTH) -> tanh
            -> net<super::later::Head>(2)

        /// The same, of which only the end is trained, and of a repetition the layers at its ends.
        pub Tuned: 1x4x4
            -> #[frozen] body: net<Body>(2x4x4)
            -> unit(WIDTH) -> tanh
            -> ends: repeat<2>(dense(16) -> #[frozen] middle: residual(dense(16)) -> tanh)
            -> net<super::later::Head>(2)
    }

    nets::network! {
        /// The same, written out.
        pub Inline: 1x4x4
            -> conv<3x3>(3, padding = same, bias = false) -> batch_norm -> relu
            -> conv<1x1>(2) -> tanh
            -> residual(
                conv<3x3>(2, padding = same) -> relu -> conv<3x3>(2, padding = same) -> relu,
            )
            -> #[allow(void_activation)] relu -> #[allow(void_activation)] relu
            -> flatten -> dense(16) -> tanh
            -> dense(8) -> relu -> dense(2)
    }

    nets::network! {
        /// From one place by two paths, and from a network that itself is made of others.
        pub Both: 2
            -> net<backbone_crate::one::Same>(2)
            -> net<::backbone_crate::two::Same>(2)
            -> reshape(1x1x2) -> upsample<4x2>
            -> net<crate::foreign::Classifier>(2)
    }
}

/// What is declared behind its users.
pub mod later {
    nets::network! {
        const HIDDEN = 8;

        /// The end of a classifier.
        pub Head: 16 -> dense(HIDDEN) -> relu -> dense(2)
    }
}
