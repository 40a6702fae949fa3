//! A module of F. Iandola et al., *SqueezeNet*, 2016: few channels between many.
//!
//! The paper's table 1 gives fire2 11,920 parameters.

cnn::network! {
    /// fire2.
    pub(crate) Fire: 96x55x55
        -> squeeze: conv<1x1>(16) -> relu
        -> concat(conv<1x1>(64) -> relu, conv<3x3>(64, padding = same) -> relu)
        -> 128x55x55
}
