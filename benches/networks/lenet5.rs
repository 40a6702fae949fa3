//! LeNet-5 (Y. LeCun et al., 1998) with ReLU and max pooling.

cnn::network! {
    /// LeNet-5 for 28×28 grey-scale digits.
    pub(crate) LeNet5: 1x28x28
        -> conv1: conv<5x5>(6)  -> relu -> max_pool<2x2>
        -> conv2: conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu
        -> dense(84)  -> relu
        -> logits: dense(10)
        -> 10
}
