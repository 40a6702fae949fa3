//! The detector of anomalies of MLPerf Tiny (C. Banbury et al., 2021).
//!
//! Keras counts 269,992 parameters: those that are learned and the running statistics.

cnn::network! {
    /// An autoencoder of dense layers, on five frames of 128 bands of a spectrogram.
    #[allow(useless_bias)]
    pub(crate) Autoencoder: 640
        -> repeat<4>(layer(128)) -> layer(8) -> repeat<4>(layer(128)) -> dense(640) -> 640

    block layer(N) = dense(N) -> batch_norm -> relu;
}
