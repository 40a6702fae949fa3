//! A network of two dense layers.

cnn::network! {
    /// Like the first example of SimpleChains.jl, which is made for such networks: 218 parameters.
    pub(crate) Chain: 24 -> dense(8) -> tanh -> dense(2) -> 2
}
