//! Every way in which a checkpoint can be wrong, on a network that has parameters and nothing else.

mod files;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{string::ToString, vec};

use safetensors::tensor::{Dtype, TensorView};

use super::*;
use crate::arena::Arena;
use crate::error::Result;
use crate::lanes::Lanes;
use crate::network::{InputGradient, Network, Probe};
use crate::pass::Pass;
use crate::shape::Flat;
use crate::simd::{Scalar, Simd};
use crate::spec::{InferenceArena, ParameterSpec, Role, SampleArena, Spec, TrainingArena};

#[derive(Clone, Debug, PartialEq)]
struct Net([f32; 8]);

const fn parameter(
    name: &'static str,
    shape: &'static [usize],
    offset: usize,
    len: usize,
) -> ParameterSpec {
    ParameterSpec {
        name,
        shape,
        offset,
        len,
        role: Role::Bias,
    }
}

const NONE: InferenceArena = InferenceArena {
    len: 0,
    least: 0,
    input: 0..0,
    output: 0..0,
};

static SPEC: Spec = Spec {
    name: "Net",
    input: &[3],
    output: &[2],
    layers: &[],
    parameters: &[
        parameter("logits.weight", &[2, 3], 0, 6),
        parameter("logits.bias", &[2], 6, 2),
    ],
    parameter_count: 8,
    frozen_count: 0,
    statistics: &[],
    training: TrainingArena::EMPTY,
    inference: NONE,
    single: SampleArena {
        len: 0,
        least: 0,
        converted: 0,
    },
    packed: 0,
    packed_block: 0,
    least_block: 1,
};

impl Network for Net {
    type Scalar = f32;
    type Input = Flat<3>;
    type Output = Flat<2>;
    type InputElements = typenum::U3;
    type OutputElements = typenum::U2;
    type Element<T: Scalar, const SAMPLES: usize> = Lanes<T, SAMPLES>;
    const SPEC: &'static Spec = &SPEC;

    fn values(&self) -> &[f32] {
        &self.0
    }
    fn values_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
    fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        _: S,
        _: &Pass<'_, T>,
        _: &[T],
        _: Arena<'_, Lanes<T, SAMPLES>>,
        _: &mut dyn Probe<Lanes<T, SAMPLES>>,
    ) {
    }
    fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
        _: S,
        _: &Pass<'_, T>,
        _: &[T],
        _: &mut [T],
        _: Arena<'_, Lanes<T, SAMPLES>>,
        _: InputGradient,
        _: &mut dyn Probe<Lanes<T, SAMPLES>>,
    ) {
    }
    fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        _: S,
        _: usize,
        _: &[T],
        _: &mut [T],
        _: &mut [Lanes<T, SAMPLES>],
    ) {
    }
    fn infer<T: Scalar, S: Simd>(_: S, _: &[T], _: &[T], _: &mut [Lanes<T>]) {}
    fn pack_block<T: Scalar>(_: &[T], _: &mut [T]) {}
    fn pack<T: Scalar>(_: &[T], _: &mut [T]) {}
    fn infer_single<T: Scalar, S: Simd>(_: S, _: &[T], _: &mut [T], _: &[f32], _: &mut [T]) {}
}

const TRAINED: Net = Net([0.5, -1.0, 2.0, 3.5, f32::MIN_POSITIVE, 1e30, -0.0, 7.0]);
const FRESH: Net = Net([0.0; 8]);

/// A file of tensors with these names, types and sizes, all zero bits.
fn file(tensors: &[(&str, Dtype, &[usize])]) -> Vec<u8> {
    let zeros = [0; 256];
    let views = tensors.iter().map(|(name, dtype, shape)| {
        let len = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        let view = TensorView::new(*dtype, shape.to_vec(), &zeros[..len]);
        (*name, view.expect("the length follows from the shape"))
    });
    safetensors::serialize(views, None).expect("the tensors are valid")
}

/// The message of an error, which must have left the network as it was.
fn message(bytes: &[u8]) -> String {
    let mut net = TRAINED;
    let result = from_bytes(&mut net, bytes);
    assert_eq!(net, TRAINED);
    result.map_or_else(|error| error.to_string(), |()| "no error".to_owned())
}

fn check(tensors: &[(&str, Dtype, &[usize])], faults: &str) {
    let expected = format!("the checkpoint: not a checkpoint of `Net`:{faults}\nhelp: ");
    let message = message(&file(tensors));
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn every_bit_survives_bytes() -> Result<()> {
    let mut net = FRESH;
    from_bytes(&mut net, &to_bytes(&TRAINED))?;
    assert_eq!(net.0.map(f32::to_bits), TRAINED.0.map(f32::to_bits));
    Ok(())
}

#[test]
fn denormal_numbers_are_read_as_zero() -> Result<()> {
    let least = f32::MIN_POSITIVE;
    let decayed = [
        least / 2.0,
        -least / 2.0,
        1e-45,
        least,
        -least,
        1.0,
        0.0,
        -2.0,
    ];
    let mut net = FRESH;
    from_bytes(&mut net, &to_bytes(&Net(decayed)))?;
    assert_eq!(net, Net([0.0, 0.0, 0.0, least, -least, 1.0, 0.0, -2.0]));
    Ok(())
}

#[test]
fn equal_networks_give_equal_bytes() {
    assert_eq!(to_bytes(&TRAINED), to_bytes(&TRAINED.clone()));
}

#[test]
fn names_shapes_and_bytes_are_pytorch_s() {
    let bytes = to_bytes(&TRAINED);
    let header = String::from_utf8_lossy(&bytes[8..]);
    assert!(header.contains(r#""logits.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#));
    assert!(
        header.contains(r#""logits.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}"#)
    );
    assert!(bytes.ends_with(&1e30_f32.to_le_bytes()));
}

#[test]
fn a_missing_tensor_is_named() {
    check(
        &[("logits.weight", Dtype::F32, &[2, 3])],
        "\n  expected `logits.bias` [2], found no such tensor",
    );
}

#[test]
fn an_unexpected_tensor_is_named() {
    check(
        &[
            ("logits.weight", Dtype::F32, &[2, 3]),
            ("logits.bias", Dtype::F32, &[2]),
            ("norm.scale", Dtype::F32, &[4]),
        ],
        "\n  expected no more tensors, found `norm.scale` [4]",
    );
}

#[test]
fn another_shape_is_shown() {
    check(
        &[
            ("logits.weight", Dtype::F32, &[2, 4]),
            ("logits.bias", Dtype::F32, &[2]),
        ],
        "\n  expected `logits.weight` [2, 3], found [2, 4]",
    );
}

#[test]
fn a_transposed_matrix_is_recognized() {
    check(
        &[
            ("logits.weight", Dtype::F32, &[3, 2]),
            ("logits.bias", Dtype::F32, &[2]),
        ],
        "\n  expected `logits.weight` [2, 3], found [3, 2], which is transposed",
    );
}

#[test]
fn another_element_type_is_shown() {
    check(
        &[
            ("logits.weight", Dtype::F64, &[2, 3]),
            ("logits.bias", Dtype::BF16, &[2]),
        ],
        "\n  expected `logits.weight` in F32, found F64\n  expected `logits.bias` in F32, found BF16",
    );
}

#[test]
fn a_close_name_is_proposed() {
    check(
        &[
            ("logit.weight", Dtype::F32, &[9]),
            ("logits.bias", Dtype::F32, &[2]),
        ],
        "\n  expected `logits.weight` [2, 3], found no such tensor; did you mean `logit.weight`, which the file has?",
    );
}

#[test]
fn other_labels_with_the_same_shapes_are_proposed() {
    check(
        &[
            ("fc.weight", Dtype::F32, &[2, 3]),
            ("fc.bias", Dtype::F32, &[2]),
        ],
        "\n  expected `logits.weight` [2, 3], found no such tensor; did you mean `fc.weight`, which the file has?\
         \n  expected `logits.bias` [2], found no such tensor; did you mean `fc.bias`, which the file has?",
    );
}

#[test]
fn a_file_without_tensors_lacks_them_all() {
    check(
        &[],
        "\n  expected `logits.weight` [2, 3], found no such tensor\n  expected `logits.bias` [2], found no such tensor",
    );
}

#[test]
fn a_diverged_checkpoint_is_refused() {
    for (value, shown) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
        let mut diverged = TRAINED;
        diverged.0[5] = value;
        let one = message(&to_bytes(&diverged));
        let expected = format!(
            "the checkpoint: `logits.weight` is {shown} at [1, 2], expected finite numbers; `Net` is \
             unchanged\nhelp: the network had diverged"
        );
        assert!(one.starts_with(&expected), "{one}");
        diverged.0[6..].fill(value);
        let three = message(&to_bytes(&diverged));
        assert!(
            three.contains("at [1, 2], and 2 more values are wrong, expected"),
            "{three}"
        );
    }
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let faults = message(&file(&[
        ("logits.weights\u{1b}[31m", Dtype::F32, &[2, 3]),
        ("évil\r\n`\u{202e}'", Dtype::F32, &[4]),
    ]));
    let close = r"did you mean `logits.weights\u{1b}[31m`";
    let unexpected = r"found `évil\r\n`\u{202e}'` [4]";
    assert!(
        faults.contains(close) && faults.contains(unexpected),
        "{faults}"
    );
    let header = b"{\"\x1b[2J\x07";
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header].concat();
    let is_control = |character: char| character.is_control() && character != '\n';
    assert!(!message(&bytes).contains(is_control));
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let whole = to_bytes(&TRAINED);
    for end in 0..whole.len() {
        let message = message(&whole[..end]);
        assert!(
            message.contains("expected a complete safetensors file, found"),
            "{end}: {message}"
        );
    }
    assert!(
        message(&whole[..4]).starts_with("the checkpoint: bytes 0..8, the length of the header: ")
    );
}

#[test]
fn a_file_with_bytes_to_spare_is_an_error() {
    let mut long = to_bytes(&TRAINED);
    long.push(0);
    assert!(message(&long).contains(", where the tensors begin: expected a complete"));
}

#[test]
fn a_header_that_claims_too_much_is_an_error() {
    let mut bytes = to_bytes(&TRAINED);
    bytes[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(message(&bytes).contains("the length of the header, 18446744073709551615: "));
}

#[test]
fn any_changed_byte_of_the_header_gives_parameters_or_an_error() {
    let whole = to_bytes(&TRAINED);
    let header = whole.len() - 32;
    for (index, value) in (0..header).flat_map(|index| (0..=255).map(move |v| (index, v))) {
        let mut changed = whole.clone();
        changed[index] = value;
        let mut net = FRESH;
        if from_bytes(&mut net, &changed).is_err() {
            assert_eq!(net, FRESH);
        }
    }
}

#[test]
fn any_bytes_are_an_error() {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for round in 0..2000 {
        let mut bytes = vec![0; round % 100];
        random.fill_bytes(&mut bytes);
        let length = bytes.len() as u64;
        assert_ne!(message(&bytes), "no error");
        assert_ne!(
            message(&[&length.to_le_bytes()[..], &bytes].concat()),
            "no error"
        );
    }
}
