//! Five convolutions of 3×3 taps for images of 32×32 pixels.

cnn::network! {
    /// A small VGG for the 32×32 images of CIFAR-10.
    pub(crate) CifarVgg: 3x32x32
        -> conv<3x3>(32, padding = same)  -> relu
        -> conv<3x3>(32, padding = same)  -> relu -> max_pool<2x2>
        -> conv<3x3>(64, padding = same)  -> relu
        -> conv<3x3>(64, padding = same)  -> relu -> max_pool<2x2>
        -> conv<3x3>(128, padding = same) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(128) -> relu
        -> dense(10)
        -> 10
}
