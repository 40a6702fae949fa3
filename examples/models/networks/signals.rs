//! A network for signals: no paper's, but of the usual kind for nine sensors that a person wears, such
//! as those of the data set *Human Activity Recognition Using Smartphones* (UCI, 2012).

cnn::network! {
    /// Tells six activities apart in 128 readings.
    pub(crate) Signals: 9x128
        -> conv<7>(32, padding = same) -> relu -> max_pool<2>
        -> conv<5>(64, padding = same) -> relu -> max_pool<2>
        -> conv<3>(64, padding = same) -> relu -> global_avg_pool
        -> dense(6) -> 6
}
