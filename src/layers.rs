//! The layers of [`network!`](crate::network): a page for each, with formula, shapes, options, gradient,
//! source and an example.
//!
//! The modules hold documentation and nothing else. In formulas an image is `[c][y][x]`, a signal
//! `[c][x]`, and a vector `[i]`; `d_x` is the gradient of the loss by `x`. A gradient by a parameter (`+=`)
//! is summed up over the samples of a batch. Where an image is spoken of, a signal is an image of one row.
//!
//! Written by `BLESS=1 cargo test -p cnn-macros`, of the files in `cnn-macros/src/layers/`.
//!
#![doc = include_str!("layers.md")]

#[doc = include_str!("layers/conv.md")]
#[doc(alias = "conv2d")]
#[doc(alias = "convolution")]
#[doc(alias = "convolution2d")]
pub mod conv {}

#[doc = include_str!("layers/depthwise_conv.md")]
#[doc(alias = "depthwise_conv2d")]
#[doc(alias = "depthwise")]
#[doc(alias = "dw_conv")]
#[doc(alias = "dwconv")]
pub mod depthwise_conv {}

#[doc = include_str!("layers/transposed_conv.md")]
#[doc(alias = "conv_transpose")]
#[doc(alias = "conv_transpose2d")]
#[doc(alias = "conv2d_transpose")]
#[doc(alias = "convtranspose2d")]
#[doc(alias = "transpose_conv")]
#[doc(alias = "deconv")]
#[doc(alias = "deconvolution")]
pub mod transposed_conv {}

#[doc = include_str!("layers/dense.md")]
#[doc(alias = "linear")]
#[doc(alias = "fc")]
#[doc(alias = "fully_connected")]
#[doc(alias = "affine")]
pub mod dense {}

#[doc = include_str!("layers/max_pool.md")]
#[doc(alias = "maxpool")]
#[doc(alias = "maxpool2d")]
#[doc(alias = "max_pool2d")]
#[doc(alias = "max_pooling2d")]
#[doc(alias = "pool")]
pub mod max_pool {}

#[doc = include_str!("layers/avg_pool.md")]
#[doc(alias = "avgpool")]
#[doc(alias = "avgpool2d")]
#[doc(alias = "avg_pool2d")]
#[doc(alias = "average_pool")]
#[doc(alias = "mean_pool")]
pub mod avg_pool {}

#[doc = include_str!("layers/batch_norm.md")]
#[doc(alias = "batchnorm")]
#[doc(alias = "batchnorm1d")]
#[doc(alias = "batchnorm2d")]
#[doc(alias = "batch_norm1d")]
#[doc(alias = "batch_norm2d")]
#[doc(alias = "batch_normalization")]
#[doc(alias = "bn")]
pub mod batch_norm {}

#[doc = include_str!("layers/dropout.md")]
#[doc(alias = "drop_out")]
#[doc(alias = "dropout1d")]
pub mod dropout {}

#[doc = include_str!("layers/spatial_dropout.md")]
#[doc(alias = "dropout2d")]
#[doc(alias = "dropout1d")]
#[doc(alias = "spatial_dropout2d")]
#[doc(alias = "spatial_dropout1d")]
#[doc(alias = "channel_dropout")]
pub mod spatial_dropout {}

#[doc = include_str!("layers/global_avg_pool.md")]
#[doc(alias = "globalaveragepooling2d")]
#[doc(alias = "globalaveragepooling1d")]
#[doc(alias = "global_average_pool")]
#[doc(alias = "global_mean_pool")]
#[doc(alias = "gap")]
pub mod global_avg_pool {}

#[doc = include_str!("layers/global_max_pool.md")]
#[doc(alias = "globalmaxpooling2d")]
#[doc(alias = "globalmaxpooling1d")]
#[doc(alias = "globalmaxpool")]
#[doc(alias = "gmp")]
pub mod global_max_pool {}

#[doc = include_str!("layers/adaptive_avg_pool.md")]
#[doc(alias = "adaptiveavgpool2d")]
#[doc(alias = "adaptiveavgpool1d")]
#[doc(alias = "adaptive_avg_pool2d")]
#[doc(alias = "adaptive_average_pool")]
pub mod adaptive_avg_pool {}

#[doc = include_str!("layers/flatten.md")]
#[doc(alias = "ravel")]
pub mod flatten {}

#[doc = include_str!("layers/reshape.md")]
#[doc(alias = "view")]
#[doc(alias = "unflatten")]
pub mod reshape {}

#[doc = include_str!("layers/pad.md")]
#[doc(alias = "zeropad2d")]
#[doc(alias = "zeropad1d")]
#[doc(alias = "zeropadding2d")]
#[doc(alias = "zeropadding1d")]
#[doc(alias = "zero_pad")]
#[doc(alias = "constantpad2d")]
#[doc(alias = "constantpad1d")]
pub mod pad {}

#[doc = include_str!("layers/crop.md")]
#[doc(alias = "cropping2d")]
#[doc(alias = "cropping1d")]
#[doc(alias = "center_crop")]
#[doc(alias = "trim")]
pub mod crop {}

#[doc = include_str!("layers/upsample.md")]
#[doc(alias = "upsampling2d")]
#[doc(alias = "upsampling1d")]
#[doc(alias = "interpolate")]
#[doc(alias = "resize")]
pub mod upsample {}

#[doc = include_str!("layers/pixel_shuffle.md")]
#[doc(alias = "pixelshuffle")]
#[doc(alias = "depth_to_space")]
#[doc(alias = "subpixel")]
pub mod pixel_shuffle {}

#[doc = include_str!("layers/relu.md")]
#[doc(alias = "rectifier")]
pub mod relu {}

#[doc = include_str!("layers/relu6.md")]
pub mod relu6 {}

#[doc = include_str!("layers/leaky_relu.md")]
#[doc(alias = "lrelu")]
pub mod leaky_relu {}

#[doc = include_str!("layers/prelu.md")]
#[doc(alias = "parametric_relu")]
#[doc(alias = "p_re_lu")]
pub mod prelu {}

#[doc = include_str!("layers/elu.md")]
#[doc(alias = "exponential_linear")]
pub mod elu {}

#[doc = include_str!("layers/selu.md")]
#[doc(alias = "scaled_elu")]
pub mod selu {}

#[doc = include_str!("layers/gelu.md")]
#[doc(alias = "gaussian_error_linear")]
pub mod gelu {}

#[doc = include_str!("layers/silu.md")]
#[doc(alias = "swish")]
#[doc(alias = "sigmoid_weighted_linear")]
pub mod silu {}

#[doc = include_str!("layers/mish.md")]
pub mod mish {}

#[doc = include_str!("layers/hard_sigmoid.md")]
#[doc(alias = "hardsigmoid")]
pub mod hard_sigmoid {}

#[doc = include_str!("layers/hard_swish.md")]
#[doc(alias = "hardswish")]
#[doc(alias = "h_swish")]
#[doc(alias = "hard_silu")]
pub mod hard_swish {}

#[doc = include_str!("layers/tanh.md")]
#[doc(alias = "hyperbolic_tangent")]
pub mod tanh {}

#[doc = include_str!("layers/sigmoid.md")]
#[doc(alias = "logistic")]
pub mod sigmoid {}

#[doc = include_str!("layers/add.md")]
#[doc(alias = "sum")]
#[doc(alias = "plus")]
pub mod add {}

#[doc = include_str!("layers/multiply.md")]
#[doc(alias = "mul")]
#[doc(alias = "product")]
#[doc(alias = "scale")]
pub mod multiply {}

#[doc = include_str!("layers/concat.md")]
#[doc(alias = "concatenate")]
#[doc(alias = "cat")]
#[doc(alias = "stack")]
pub mod concat {}

#[doc = include_str!("layers/softplus.md")]
#[doc(alias = "soft_plus")]
#[doc(alias = "smooth_relu")]
pub mod softplus {}

#[doc = include_str!("layers/softmax.md")]
#[doc(alias = "soft_max")]
#[doc(alias = "softmax2d")]
pub mod softmax {}

#[doc = include_str!("layers/log_softmax.md")]
#[doc(alias = "logsoftmax")]
pub mod log_softmax {}

#[doc = include_str!("layers/layer_norm.md")]
#[doc(alias = "layernorm")]
#[doc(alias = "layer_normalization")]
pub mod layer_norm {}

#[doc = include_str!("layers/group_norm.md")]
#[doc(alias = "groupnorm")]
#[doc(alias = "group_normalization")]
pub mod group_norm {}

#[doc = include_str!("layers/instance_norm.md")]
#[doc(alias = "instancenorm")]
#[doc(alias = "instancenorm2d")]
#[doc(alias = "instance_norm2d")]
#[doc(alias = "instancenorm1d")]
pub mod instance_norm {}
