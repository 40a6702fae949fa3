//! A module of C. Szegedy et al., *Going Deeper with Convolutions*, 2015: windows of several sizes side
//! by side.
//!
//! The paper's table 1 gives 3a 159 K parameters and 128 M operations, which are its 163,328 weights
//! in units of 1,024, without biases, and its multiply–accumulates.

cnn::network! {
    /// Inception (3a).
    pub(crate) Inception: 192x28x28
        -> concat(
            conv<1x1>(64) -> relu,
            conv<1x1>(96) -> relu -> conv<3x3>(128, padding = same) -> relu,
            conv<1x1>(16) -> relu -> conv<5x5>(32, padding = same) -> relu,
            max_pool<3x3>(stride = 1, padding = 1) -> conv<1x1>(32) -> relu,
        )
        -> 256x28x28
}
