#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![no_std]

pub use cnn_runtime::*;

/// Declares networks: the macro checks their shapes and writes their code.
///
/// ```
/// use cnn::prelude::*;
///
/// network! {
///     const CLASSES = 10;
///
///     /// LeNet-5 for 28×28 grey-scale digits.
///     pub LeNet5: 1x28x28
///         -> conv1: conv<5x5>(6)  -> relu -> max_pool<2x2>
///         -> conv2: conv<5x5>(16) -> relu -> max_pool<2x2>
///         -> flatten
///         -> dense(120) -> relu
///         -> dense(84)  -> relu
///         -> logits: dense(CLASSES)
///         -> 10
/// }
///
/// let net = LeNet5::new(42);
/// let kernels: &[[[[f32; 5]; 5]; 1]; 6] = net.conv1().weight();
/// assert_eq!(kernels.len(), 6);
/// assert_eq!(net.predict(&[0.0; 28 * 28]).len(), 10);
/// ```
///
/// The call takes `{}`, or `()` and `[]` with a semicolon behind.
///
/// # Language
///
/// A network is a name, the shape of a sample, and steps joined by arrows. One `network!` may hold
/// several networks and constants, in any order.
///
/// ```text
/// item     := attribute* visibility? Name ":" shape ("->" step)+ ("->" shape)?
///           | attribute* "const" NAME "=" number ";"
/// step     := attribute* (label ":")? layer
/// layer    := word ("<" window ">")? ("(" argument, … ")")?
/// argument := (option "=")? value                 the first option may stand without its name
/// shape    := 1x28x28 | 10 | "[" number, … "]"    channels x height x width, or the length of a vector
/// window   := 3x5 | 3 | "[" number, number "]"    height x width; one number is both
/// value    := number | 1x2 | "[" number, … "]" | word | "(" option "=" value, … ")"
/// number   := integer or float, a constant, + - * / and parentheses
/// ```
///
/// - **Shapes.** The first is that of one sample; batches are not part of a declaration. The last one,
///   which may be left out, asserts the output. `[C, 28, 28]` is `1x28x28` with constants in it.
/// - **Constants** are known to the whole `network!`. Rust's own constants are not: the macro sees
///   their names and not their values.
/// - **Names.** A label names a layer: its methods (`net.conv1()`, `net.conv1_mut()`), its tensors in
///   files (`conv1.weight`), its row in the summary. A layer without one is called after its word and
///   its number among the layers of that word, labelled ones counted too: `relu1`, `dense2`. Labels
///   are snake_case, unique, and no word of the language.
/// - **Attributes.** Documentation before a network goes to the type, before a step to its methods.
///   `#[allow(…)]` before a step, a network or a constant silences a warning by its name:
///   `unread_rows` and `unread_columns` (a stride or pool leaves some of its input unread),
///   `unused_constant`.
///
/// ```
/// use cnn::prelude::*;
///
/// network! {
///     const K = 3;
///     const WIDTH = 8;
///
///     Tall: 2x9x6
///         -> conv<[K, K]>(2 * WIDTH, stride = 2x1, padding = (top = 1, bottom = 1))
///         -> leaky_relu(slope = 0.1)
///         -> #[allow(unread_rows)] max_pool<2x2>
///         -> 16x2x2
///     Short: 64 -> hidden: dense(2 * WIDTH, bias = false) -> tanh -> dense(1)
/// }
///
/// assert_eq!(<Tall>::SPEC.output, [16, 2, 2]);
/// assert_eq!(Short::new(1).hidden().weight().len(), 16);
/// ```
///
/// # Layers
///
#[doc = include_str!("layers.md")]
///
/// `padding` of a `conv` also takes its sides by name, `(top = 0, bottom = 1, left = 0, right = 1)`, of
/// which any may be left out. A convolution does not turn its kernel around, and parameters have
/// PyTorch's layouts: `[o][i][ky][kx]` of a `conv`, `[i][o][ky][kx]` of a `transposed_conv`, `[o][i]` of a
/// `dense`.
///
/// The words `residual`, `add`, `multiply`, `concat`, `identity`, `repeat`, `net` and `block` belong to
/// the language and are not supported yet.
///
/// # What it writes
///
/// For a network `Name` a type `Name<T = f32>` that implements [`Network`], with
///
/// | | |
/// |---|---|
/// | `Name::new(seed)` | random weights, for every layer as its activation wants them |
/// | `Name::zeroed()` | all parameters zero |
/// | `<Name>::SPEC` | layers, shapes, parameters, multiply–accumulates and memory, as constants |
/// | `net.label()`, `net.label_mut()` | the parameters of a layer as nested arrays |
/// | `net.to_f64()` | the same network in double precision |
///
/// and what every network has: see [`NetworkExt`]. The documentation of the type shows the flow of
/// shapes as a table, and `cargo expand` shows the loops.
///
/// # Mistakes
///
/// All independent mistakes of a declaration are reported in one compile, each at the smallest part at
/// fault. The type and its methods exist all the same, so that no errors follow where it is used.
///
/// ```compile_fail
/// use cnn::prelude::*;
///
/// network! {
///     Wrong: 1x8x8 -> conv<3x3>(6) -> relu -> dense(10)
/// }
/// ```
///
/// ```text
/// error: `dense` takes a flat input, found the image 6x6x6
///          1x8x8 -> conv<3x3>(6) -> 6x6x6 -> relu -> dense(10)
///                                                    ^^^^^^^^^ needs a flat input
///        help: write `flatten -> dense(10)`
/// ```
#[macro_export]
macro_rules! network {
    ($($declaration:tt)*) => {
        $crate::__private::network! { $crate; $($declaration)* }
    };
}

/// What a program that declares and trains networks needs: `use cnn::prelude::*;`.
pub mod prelude {
    pub use crate::network;
    pub use cnn_runtime::clip::Clip;
    pub use cnn_runtime::data::Dataset;
    #[cfg(feature = "std")]
    pub use cnn_runtime::data::InMemory;
    #[cfg(feature = "data")]
    pub use cnn_runtime::data::{Digits, Mnist};
    #[cfg(feature = "std")]
    pub use cnn_runtime::gradcheck::gradcheck;
    pub use cnn_runtime::loss::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
    pub use cnn_runtime::optim::{Adam, Optimizer, Sgd};
    pub use cnn_runtime::schedule::{Constant, Cosine, Schedule};
    #[cfg(feature = "std")]
    pub use cnn_runtime::train::{Progress, Trainer};
    pub use cnn_runtime::{Chw, Class, Flat, Network, Shape, Values};
    #[cfg(feature = "std")]
    pub use cnn_runtime::{NetworkExt, predict::argmax};
}

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use cnn_macros::network;
    pub use cnn_runtime::init::initialize;
    pub use cnn_runtime::simd::{Scalar, Simd, Vector};
    pub use cnn_runtime::*;
    pub use core;
    pub use core::clone::Clone;
    pub use core::convert::From;
    pub use core::fmt;
    pub use core::primitive::{f32, f64, u64};
    pub use typenum;
}
