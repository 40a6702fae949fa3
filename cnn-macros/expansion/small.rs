//! What `network!` makes of the declaration below; `cnn-macros/src/tests/expansion.rs` wrote it.
//!
//! ```text
//! /// Tells three sorts of pictures apart.
//! pub Small: 1x6x6
//!     -> conv1: conv<3x3>(2) -> relu -> max_pool<2x2>
//!     -> flatten
//!     -> logits: dense(3)
//!     -> 3
//! ```

/// Tells three sorts of pictures apart.
/**

| layer | | output | parameters |
|---|---|---|--:|
| input | | `1x6x6` | |
| `conv1` | `conv<3x3>(2)` | `2x4x4` | 20 |
| `relu1` | `relu` | `2x4x4` |  |
| `max_pool1` | `max_pool<2x2>` | `2x2x2` |  |
| `flatten1` | `flatten` | `8` |  |
| `logits` | `dense(3)` | `3` | 27 |
*/
#[derive(cnn::__private::Clone)]
pub struct Small<
    T: cnn::__private::Scalar = cnn::__private::f32,
    S: cnn::__private::Storage = cnn::__private::Heap,
> {
    parameters: S::Vector<T, 47>,
}
const _: () = {
    use __code_Small as __code;
    impl<T: cnn::__private::Scalar, S: cnn::__private::Storage> cnn::__private::Network
    for Small<T, S> {
        type Scalar = T;
        type Input = cnn::__private::Chw<1, 6, 6>;
        type Output = cnn::__private::Flat<3>;
        type InputElements = cnn::__private::typenum::UInt<
            cnn::__private::typenum::UInt<
                cnn::__private::typenum::UInt<
                    cnn::__private::typenum::UInt<
                        cnn::__private::typenum::UInt<
                            cnn::__private::typenum::UInt<
                                cnn::__private::typenum::UTerm,
                                cnn::__private::typenum::B1,
                            >,
                            cnn::__private::typenum::B0,
                        >,
                        cnn::__private::typenum::B0,
                    >,
                    cnn::__private::typenum::B1,
                >,
                cnn::__private::typenum::B0,
            >,
            cnn::__private::typenum::B0,
        >;
        type OutputElements = cnn::__private::typenum::UInt<
            cnn::__private::typenum::UInt<
                cnn::__private::typenum::UTerm,
                cnn::__private::typenum::B1,
            >,
            cnn::__private::typenum::B1,
        >;
        type Element<
            __U: cnn::__private::Scalar,
            const __SAMPLES: cnn::__private::usize,
        > = cnn::__private::Lanes<__U, __SAMPLES>;
        const SPEC: &'static cnn::__private::Spec = __code::SPEC;
        fn values(&self) -> &[T] {
            &self.parameters
        }
        fn values_mut(&mut self) -> &mut [T] {
            &mut self.parameters
        }
        fn forward<
            __U: cnn::__private::Scalar,
            __S: cnn::__private::Simd,
            const __SAMPLES: cnn::__private::usize,
        >(
            __simd: __S,
            __pass: &cnn::__private::Pass<'_, __U>,
            __parameters: &[__U],
            __arena: cnn::__private::Arena<'_, Self::Element<__U, __SAMPLES>>,
            __probe: &mut dyn cnn::__private::Probe<Self::Element<__U, __SAMPLES>>,
        ) {
            __code::forward::<__U, __S, __SAMPLES>(__simd, __pass, __parameters, __arena, __probe);
        }
        fn backward<
            __U: cnn::__private::Scalar,
            __S: cnn::__private::Simd,
            const __SAMPLES: cnn::__private::usize,
        >(
            __simd: __S,
            __pass: &cnn::__private::Pass<'_, __U>,
            __parameters: &[__U],
            __gradients: &mut [__U],
            __arena: cnn::__private::Arena<'_, Self::Element<__U, __SAMPLES>>,
            __input_gradient: cnn::__private::InputGradient,
            __probe: &mut dyn cnn::__private::Probe<Self::Element<__U, __SAMPLES>>,
        ) {
            __code::backward::<
                __U,
                __S,
                __SAMPLES,
            >(__simd, __pass, __parameters, __gradients, __arena, __input_gradient, __probe);
        }
        fn weight_gradient<
            __U: cnn::__private::Scalar,
            __S: cnn::__private::Simd,
            const __SAMPLES: cnn::__private::usize,
        >(
            __simd: __S,
            __offer: cnn::__private::usize,
            __parameters: &[__U],
            __gradients: &mut [__U],
            __arena: &mut [Self::Element<__U, __SAMPLES>],
        ) {
            __code::weight_gradient::<
                __U,
                __S,
                __SAMPLES,
            >(__simd, __offer, __parameters, __gradients, __arena);
        }
        fn infer<__U: cnn::__private::Scalar, __S: cnn::__private::Simd>(
            __simd: __S,
            __values: &[__U],
            __packed: &[__U],
            __arena: &mut [cnn::__private::Lanes<__U>],
        ) {
            __code::infer(__simd, __values, __packed, __arena);
        }
        fn pack_block<__U: cnn::__private::Scalar>(__values: &[__U], __packed: &mut [__U]) {
            __code::pack_block(__values, __packed);
        }
        fn pack<__U: cnn::__private::Scalar>(__values: &[__U], __packed: &mut [__U]) {
            __code::pack(__values, __packed);
        }
        fn infer_single<__U: cnn::__private::Scalar, __S: cnn::__private::Simd>(
            __simd: __S,
            __packed: &[__U],
            __arena: &mut [__U],
            __sample: &[cnn::__private::f32],
            __result: &mut [__U],
        ) {
            __code::infer_single(__simd, __packed, __arena, __sample, __result);
        }
    }
    impl Small {
        /// Layers, parameters, multiply–accumulates and memory, as constants.
        pub const SPEC: &'static cnn::__private::Spec = __code::SPEC;
        cnn::__private::on_heap! {
            #[doc = r" A network with random weights, as `init` draws them."] pub fn
            new(seed : cnn::__private::u64) -> Self { let mut __network = Self::zeroed();
            __network.init(seed); __network } #[doc =
            r" A network whose parameters are all zero, to be filled."] pub fn zeroed()
            -> Self { let mut __network = Self { parameters :
            cnn::__private::Buffer::zeroed(__code::SPEC.value_count()) };
            cnn::__private::initialize_statistics(__code::SPEC, & mut __network
            .parameters); __network } #[doc =
            r" The same network in double precision, for the gradient check."] pub fn
            to_f64(& self) -> Small < cnn::__private::f64 > { let mut __parameters =
            cnn::__private::Buffer::zeroed(__code::SPEC.value_count()); for (__to,
            __from) in __parameters.iter_mut().zip(self.parameters.iter()) { * __to = <
            cnn::__private::f64 as cnn::__private::From < cnn::__private::f32 >> ::from(*
            __from); } Small { parameters : __parameters } }
        }
    }
    impl Small<cnn::__private::f32, cnn::__private::Inline> {
        /// A network that holds its parameters in itself, all zero, to be filled.
        pub const ZERO: Self = Self {
            parameters: cnn::__private::InlineBuffer::begun(__code::SPEC),
        };
    }
    impl<T: cnn::__private::Scalar, S: cnn::__private::Storage> Small<T, S> {
        /// Draws all weights anew, for every layer as suits the activation after it, and makes
        /// all biases zero. Equal seeds give equal weights.
        pub fn init(&mut self, seed: cnn::__private::u64) {
            cnn::__private::initialize(__code::SPEC, seed, &mut self.parameters);
        }
        ///The parameters of `conv1: conv<3x3>(2)`.
        ///
        pub fn conv1(&self) -> cnn::__private::WeightAndBias<'_, [[[[T; 3]; 3]; 1]; 2], [T; 2]> {
            cnn::__private::WeightAndBias::new(
                cnn::__private::views::array4(&self.parameters[0..18]),
                cnn::__private::views::array1(&self.parameters[18..20]),
            )
        }
        ///The parameters of `conv1: conv<3x3>(2)`, to be changed.
        pub fn conv1_mut(
            &mut self,
        ) -> cnn::__private::WeightAndBiasMut<'_, [[[[T; 3]; 3]; 1]; 2], [T; 2]> {
            let [__tensor0, __tensor1] = cnn::__private::views::regions(
                &mut self.parameters,
                [0..18, 18..20],
            );
            cnn::__private::WeightAndBiasMut::new(
                cnn::__private::views::array4_mut(__tensor0),
                cnn::__private::views::array1_mut(__tensor1),
            )
        }
        ///The parameters of `logits: dense(3)`.
        ///
        pub fn logits(&self) -> cnn::__private::WeightAndBias<'_, [[T; 8]; 3], [T; 3]> {
            cnn::__private::WeightAndBias::new(
                cnn::__private::views::array2(&self.parameters[20..44]),
                cnn::__private::views::array1(&self.parameters[44..47]),
            )
        }
        ///The parameters of `logits: dense(3)`, to be changed.
        pub fn logits_mut(&mut self) -> cnn::__private::WeightAndBiasMut<'_, [[T; 8]; 3], [T; 3]> {
            let [__tensor0, __tensor1] = cnn::__private::views::regions(
                &mut self.parameters,
                [20..44, 44..47],
            );
            cnn::__private::WeightAndBiasMut::new(
                cnn::__private::views::array2_mut(__tensor0),
                cnn::__private::views::array1_mut(__tensor1),
            )
        }
    }
    impl<
        T: cnn::__private::Scalar,
        S: cnn::__private::Storage,
    > cnn::__private::fmt::Debug for Small<T, S> {
        fn fmt(&self, __f: &mut cnn::__private::fmt::Formatter<'_>) -> cnn::__private::fmt::Result {
            cnn::__private::fmt::Display::fmt(&cnn::__private::Summary::of(__code::SPEC), __f)
        }
    }
};
#[doc(hidden)]
#[allow(
    unused,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction,
    unused_qualifications,
    single_use_lifetimes,
    missing_docs
)]
mod __code_Small;
#[doc(hidden)]
#[allow(
    unused,
    non_local_definitions,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction
)]
#[macro_export]
macro_rules! __cnn_network_Small_10997d4b8a519e01 {
    ({ $($callback:tt)* } { $($before:tt)* } { $($after:tt)* }) => {
        $($callback)* { $($before)* { Small; pub Small : 1x6x6 -> conv1 : conv < 3x3 >
        (2) -> relu -> max_pool < 2x2 > -> flatten -> logits : dense(3) -> 3 } $($after)*
        }
    };
}
#[doc(hidden)]
#[allow(
    unused,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction
)]
pub use __cnn_network_Small_10997d4b8a519e01 as Small;
