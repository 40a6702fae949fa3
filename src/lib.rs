#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![no_std]

pub mod coming_from;
pub mod layers;

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
/// Those who know PyTorch or Keras find their words in [`coming_from`](crate::coming_from).
///
/// # Language
///
/// A network is a name, the shape of a sample, and steps joined by arrows. One `network!` may hold
/// several networks and constants, in any order.
///
/// ```text
/// item     := attribute* visibility? Name ":" shape ("->" step)+ ("->" shape)?
///           | attribute* "const" NAME "=" number ";"
///           | attribute* "block" name ("(" parameter, … ")")? "=" chain ";"
/// chain    := (label | step) ("->" step)*         a chain that begins with a label starts from its output
/// step     := attribute* (label ":")? layer
/// layer    := word ("<" window ">")? ("(" argument, … ")")?
/// argument := (option "=")? (value | chain)       the first option may stand without its name
/// shape    := 1x28x28                              an image: channels x height x width
///           | 16x100                               a signal: channels x length
///           | 10                                   a vector
///           | "[" number, … "]"                    any of them
/// window   := 3x5 | 3 | "[" number, number "]"    height x width; one number is both, or the length
///                                                 of a signal's window
///           | Name | path::to::Name                a network, behind `net`
/// value    := number | 1x2 | "[" number, … "]" | word | "(" option "=" value, … ")"
/// number   := integer or float, a constant, + - * / and parentheses
/// ```
///
/// - **Shapes.** The first is that of one sample; batches are not part of a declaration. The last one,
///   which may be left out, asserts the output. `[C, 28, 28]` is `1x28x28` with constants in it.
///   Layers with a window take images and signals: `conv<5>(8)` is a kernel of 5 by 5 on an image,
///   and of length 5 on a signal. In the type system the shapes are [`Chw`], [`Cl`] and [`Flat`].
/// - **Constants** are known to the whole `network!`. Rust's own constants are not: the macro sees
///   their names and not their values.
/// - **Names.** A label names a layer: its methods (`net.conv1()`, `net.conv1_mut()`), its tensors
///   in files (`conv1.weight`), its row in the summary. It does not name what follows: in `down:
///   conv<3x3>(8) -> relu`, `down` is the value before the `relu`. A layer without a label is
///   called after its word and its number among the layers of that word, labelled ones counted too:
///   `relu1`, `dense2`. Labels are snake_case, unique, and no word of the language.
/// - **Attributes.** Documentation before a network goes to the type, before a step to its methods.
///   Before a network may also stand `#[cfg(…)]`, which decides whether it is there at all, `cfg_attr`,
///   `deprecated`, `must_use`, and the levels of rustc's lints. Every network implements `Clone` and
///   `Debug`; it derives nothing else.
///   `#[allow(…)]` before a step, a network, a block or a constant silences a [warning](#warnings) by its name.
///   `#[frozen]` before a step keeps it [out of training](#frozen-layers).
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
/// Each has a page in [`layers`](crate::layers): formula, shapes, options, parameters, gradient, source,
/// example. Those who know it by another name find it by that in the search.
///
#[doc = include_str!("layers.md")]
///
/// `padding` of a `conv`, and `sides` of `pad` and `crop`, also take their sides by name,
/// `(top = 0, bottom = 1, left = 0, right = 1)`, of which any may be left out; those of a signal are
/// `(before = 0, after = 1)`. A convolution does not turn its kernel around, and parameters have
/// PyTorch's layouts: `[o][i][ky][kx]` of a `conv` on an image, `[o][i][k]` on a signal,
/// `[i][o][ky][kx]` of a `transposed_conv`, `[o][i]` of a
/// `dense`.
///
/// `batch_norm` normalizes by the whole batch in training, and by running statistics in inference (which
/// an evaluation is, too). They are no parameters: no optimizer changes them, files hold them under
/// PyTorch's names. A batch needs two values per channel: of vectors two samples. Directly behind a
/// convolution or a `dense` it costs inference nothing, because it is folded into their weights. `dropout`
/// and `spatial_dropout` draw from the training's seed; in inference they are nothing.
///
/// ```
/// use cnn::prelude::*;
///
/// network! {
///     Regular: 1x8x8
///         -> conv<3x3>(8, bias = false) -> norm: batch_norm(momentum = 0.05) -> relu
///         -> spatial_dropout(0.1) -> flatten
///         -> dropout(0.5) -> dense(10)
/// }
///
/// let net = Regular::new(1);
/// assert_eq!(net.norm().weight(), &[1.0; 8]);
/// assert_eq!(net.statistics().len(), 8 + 8 + 1);
/// ```
///
/// # Graphs
///
/// A value may be read by several layers; its gradients add up. Branches are chains in parentheses, each
/// from the step's own input, or from a label:
///
/// | | |
/// |---|---|
/// | `residual(chain)` | the chain's output plus the input |
/// | `residual(chain, shortcut = chain)` | the sum of both chains |
/// | `add(chain, …)`, `multiply(chain, chain)`, `concat(chain, …)` | the outputs of the chains, joined |
/// | `identity` | the empty chain: the input itself |
/// | `repeat<3>(chain)` | the chain three times, each with weights of its own |
/// | `block unit(C) = chain;`, `unit(16)` | a piece that is declared once and expanded where it is used; its parameters are numbers, windows or chains |
/// | `net<Other>(64x4x4)`, `net<bodies::Other>(64x4x4)` | another network as a layer, and the shape of its output |
///
/// A labelled piece has names of its own: `stage1: unit(16)` has the tensors `stage1.conv1.weight` and the
/// method `net.stage1().conv1()`. The turns of a repetition are numbered, `repeat1.0.conv1.weight`, and
/// are fields, `net.repeat1().0.conv1()`. An unlabelled block belongs to where it is used. What nothing
/// reads is a mistake; `unused_block`, `unused_parameter` and `unused_label` are warnings.
///
/// ```
/// use cnn::prelude::*;
///
/// network! {
///     block unit(C) = conv<3x3>(C, padding = same) -> relu -> conv<3x3>(C, padding = same);
///
///     Residual: 3x16x16
///         -> stem: conv<3x3>(8, padding = same) -> relu
///         -> repeat<2>(residual(unit(8)) -> relu)
///         -> residual(
///             conv<3x3>(16, stride = 2, padding = 1) -> relu -> conv<3x3>(16, padding = same),
///             shortcut = conv<1x1>(16, stride = 2),
///         ) -> relu
///         -> gated: multiply(identity, flatten -> dense(16) -> sigmoid)
///         -> flatten -> dense(10)
/// }
///
/// let net = Residual::new(1);
/// assert_eq!(net.repeat1().1.conv2().bias().len(), 8);
/// assert_eq!(net.gated().dense1().weight().len(), 16);
/// ```
///
/// A network that is not declared in the same `network!` is found as a type is: by its path, or by a name
/// that `use` brought into scope, from another module or another crate. It is compiled into the network
/// that uses it, as if it had been written there, with parameters of its own. Its constants and blocks
/// keep their meaning, its warnings are told only where it is declared. If there is no such network, or
/// if two `network!` need each other in a circle, Rust says that it cannot find its name or a macro of
/// that name: every network is also a macro, which hands its declaration over.
///
/// ```
/// use cnn::prelude::*;
///
/// mod bodies {
///     cnn::network! {
///         const WIDTH = 8;
///
///         pub Body: 3x16x16 -> conv<3x3>(WIDTH, padding = same) -> relu -> max_pool<4x4>
///     }
/// }
///
/// network! {
///     const WIDTH = 32;
///
///     Classifier: 3x16x16
///         -> body: net<bodies::Body>(8x4x4)
///         -> flatten -> dense(WIDTH) -> relu -> dense(10)
/// }
///
/// let net = Classifier::new(1);
/// assert_eq!(net.body().conv1().bias().len(), 8);
/// ```
///
#[doc = include_str!("frozen.md")]
///
/// # Warnings
///
/// What is legal and hardly meant is a warning, with the layer underlined. Its name silences it:
/// `-> #[allow(unread_rows)] max_pool<2x2>`. Before a network, or a step that is the use of a block, a `residual`
/// or its like, a `repeat` or a `net`, it holds for all steps inside.
///
/// | name | what it says |
/// |---|---|
/// | `unread_rows`, `unread_columns` | a stride or pool leaves some of its input unread |
/// | `mostly_padding` | at its first or last position, more than half of a window's rows or columns are padding |
/// | `void_activation` | an activation is given only numbers that it does not change, or gives the same for all of them: `relu` behind `relu` or `sigmoid`, also with a pool between |
/// | `repeated_probabilities` | a layer that makes probabilities of logits, such as `sigmoid`, is given probabilities |
/// | `useless_bias` | a bias is added to each channel, and the next layer, a normalization, removes it |
/// | `final_dropout` | a layer that only disturbs training is the last one |
/// | `unused_constant`, `unused_block`, `unused_parameter`, `unused_label` | it is declared and not used |
///
/// # What it writes
///
/// For a network `Name` a type `Name<T = f32, S = Heap>` that implements [`Network`], with
///
/// | | |
/// |---|---|
/// | `Name::new(seed)` | on the [`Heap`], random weights, for every layer as its activation wants them |
/// | `Name::zeroed()` | on the heap, all parameters zero |
/// | `Name::ZERO` | [`Inline`], all parameters zero: a constant, which needs no allocator |
/// | `net.init(seed)` | random weights where the network stands, those of `new(seed)` |
/// | `Name::SPEC` | layers, shapes, parameters, multiply–accumulates and memory, as constants |
/// | `net.label()`, `net.label_mut()` | the parameters of a layer as nested arrays |
/// | `net.to_f64()` | on the heap, the same network in double precision |
///
/// and what every network has: see [`NetworkExt`]. The documentation of the type shows the flow of
/// shapes as a table, and `cargo expand` shows the loops.
///
/// # Without an allocator
///
/// `Name<f32, Inline>` holds its parameters in itself, and `SPEC` has the length of everything else
/// that training and inference need, so that it can stand in arrays. This runs where there is neither
/// `std` nor an allocator (`default-features = false`):
///
/// ```
/// use cnn::infer::predict_with;
/// use cnn::optim::Step;
/// use cnn::prelude::*;
/// use cnn::simd::{Kernel, Level, Simd};
/// use cnn::train::block::{Block, Memory, train_block};
/// use cnn::{BlockElement, Draw, InlineBuffer, Pass};
///
/// network! {
///     Sensor: 1x8x8 -> conv<3x3>(4) -> relu -> max_pool<2x2> -> flatten -> dense(3)
/// }
///
/// const PARAMETERS: usize = Sensor::SPEC.parameter_count;
///
/// /// One step of training on a block of up to sixteen samples, compiled for every level of the processor.
/// struct Learn<'a> {
///     net: &'a mut Sensor<f32, Inline>,
///     samples: &'a [&'a [f32]],
///     classes: &'a [usize],
/// }
///
/// impl Kernel for Learn<'_> {
///     type Output = f64;
///     fn run<S: Simd>(self, simd: S) -> f64 {
///         let (samples, targets) = (self.samples, self.classes);
///         let total_weight = samples.len() as f64;
///         let mut gradients = InlineBuffer::<f32, PARAMETERS>::ZERO;
///         let memory = Memory {
///             values: self.net.values(),
///             gradients: &mut gradients,
///             arena: &mut [BlockElement::ZEROS; Sensor::SPEC.training.len],
///         };
///         // A larger batch is more blocks, which add to the same gradients.
///         let block = Block { samples, targets, total_weight };
///         let draw = Draw { seed: 1, step: 1 };
///         let pass = Pass::new(&Sensor::SPEC.training, samples.len(), 0, draw);
///         let loss =
///             train_block::<Sensor, _, _, _>(simd, &SoftmaxCrossEntropy, block, &pass, memory);
///         let step = Step {
///             number: 1,
///             rate_factor: 1.0,
///             parameters: self.net.parameters_mut(),
///             gradients: &gradients,
///             state: &mut [], // without momentum there is nothing to remember
///         };
///         Sgd::new(0.1).step(simd, step);
///         loss.loss
///     }
/// }
///
/// let mut net = Sensor::ZERO;
/// net.init(42);
/// let sample = [0.5; 64];
/// let mut learn = || {
///     Level::detect().run(Learn { net: &mut net, samples: &[&sample], classes: &[2] })
/// };
/// let (first, second) = (learn(), learn());
/// assert!(second < first);
///
/// let (mut packed, mut logits) = ([0.0; Sensor::SPEC.packed], [0.0; 3]);
/// Sensor::<f32>::pack(net.values(), &mut packed);
/// let mut arena = [0.0; Sensor::SPEC.single.len];
/// predict_with::<Sensor>(&packed, &mut arena, &sample, &mut logits);
/// assert_eq!(argmax(&logits), Some(2));
/// ```
///
/// A network may also stand in a `static`, as in `static NET: Mutex<Sensor<f32, Inline>> =
/// Mutex::new(Sensor::ZERO);`, and in anything that is a part of one.
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
    #[cfg(feature = "alloc")]
    pub use cnn_runtime::gradcheck::gradcheck;
    pub use cnn_runtime::infer::argmax;
    pub use cnn_runtime::loss::{
        BinaryCrossEntropy, Huber, Loss, MeanAbsoluteError, MeanSquaredError, SoftmaxCrossEntropy,
    };
    pub use cnn_runtime::optim::{Adam, Optimizer, Sgd};
    pub use cnn_runtime::schedule::{Constant, Cosine, Schedule};
    #[cfg(feature = "std")]
    pub use cnn_runtime::train::{Progress, Trainer};
    pub use cnn_runtime::{
        Chw, Cl, Class, ClassMap, Flat, Inline, Network, NetworkExt, Shape, Values,
    };
}

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use cnn_macros::network;
    pub use cnn_runtime::init::{initialize, initialize_statistics};
    pub use cnn_runtime::simd::{Scalar, Simd, Vector};
    pub use cnn_runtime::*;
    pub use core;
    pub use core::clone::Clone;
    pub use core::convert::From;
    pub use core::fmt;
    pub use core::primitive::{f32, f64, u64, usize};
    pub use typenum;
}
