//! A small relative of O. Ronneberger et al., *U-Net*, 2015: its depth is three, its convolutions are
//! padded, so that the output is as large as the input, and it has an eighth of the channels.

cnn::network! {
    /// A U-Net that tells two classes of pixels apart.
    pub(crate) UNet: 1x64x64
        -> left1: pair(8) -> max_pool<2x2> -> left2: pair(16) -> max_pool<2x2>
        -> left3: pair(32) -> max_pool<2x2> -> pair(64)
        -> up(32) -> concat(left3, identity) -> pair(32)
        -> up(16) -> concat(left2, identity) -> pair(16)
        -> up(8) -> concat(left1, identity) -> pair(8)
        -> conv<1x1>(2) -> 2x64x64

    block pair(C) = conv<3x3>(C, padding = same) -> relu -> conv<3x3>(C, padding = same) -> relu;
    block up(C) = transposed_conv<2x2>(C, stride = 2);
}
