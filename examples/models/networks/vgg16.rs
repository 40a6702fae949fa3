//! Configuration D of K. Simonyan and A. Zisserman, *Very Deep Convolutional Networks*, 2015, as it is
//! used for CIFAR-10: with norms, and one dense layer behind the last pool.
//!
//! 14,728,266 learned parameters, as `kuangliu/pytorch-cifar` has them. H. Li et al., *Pruning Filters
//! for Efficient ConvNets*, 2017, table 1, count 3.13e8 multiply–accumulates.

cnn::network! {
    /// VGG-16 for CIFAR-10.
    #[allow(useless_bias)]
    pub(crate) Vgg16: 3x32x32
        -> repeat<2>(layer(64)) -> max_pool<2x2>
        -> repeat<2>(layer(128)) -> max_pool<2x2>
        -> repeat<3>(layer(256)) -> max_pool<2x2>
        -> repeat<3>(layer(512)) -> max_pool<2x2>
        -> repeat<3>(layer(512)) -> max_pool<2x2>
        -> flatten -> dense(10) -> 10

    block layer(C) = conv<3x3>(C, padding = same) -> batch_norm -> relu;
}
