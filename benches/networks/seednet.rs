//! Two convolutions over an image of 256×256 pixels.

cnn::network! {
    /// The network that this project began with: two "same" convolutions of one kernel each.
    pub(crate) SeedNet: 1x256x256
        -> conv<3x3>(1, padding = same) -> tanh
        -> conv<3x3>(1, padding = same) -> tanh
}
