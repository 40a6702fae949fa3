//! The networks of the example `models`: their numbers, and that all of them run.

#[path = "../counting/mod.rs"]
mod counting;
#[path = "../harness/mod.rs"]
mod harness;
#[path = "../../examples/models/networks/mod.rs"]
mod networks;

use std::path::Path;
use std::{fs, io};

use cnn::prelude::*;
use cnn::simd::Level;
use cnn::train::TrainingStep;
use cnn::{BLOCK, Role, Spec};
use counting::allocations_here;
use harness::{Precision, assert_close, spread};
use networks::*;

fn spec(name: &str) -> &'static Spec {
    let spec = SPECS.into_iter().find(|spec| spec.name == name);
    spec.unwrap_or_else(|| panic!("{name} is no network of the example"))
}

/// The running means and variances, which Keras counts as parameters.
fn running(spec: &Spec) -> usize {
    let statistics = spec.statistics.iter();
    let running = statistics.filter(|tensor| tensor.role != Role::BatchCount);
    running.map(|tensor| tensor.len).sum()
}

#[test]
fn parameters_and_macs_are_those_of_pytorch() {
    // tests/pytorch/models.py wrote it.
    let stored = include_str!("../pytorch/models.txt");
    let found = SPECS.map(|spec| {
        let (parameters, running) = (spec.parameter_count, running(spec));
        let macs = spec.forward_macs();
        format!("{} {parameters} {running} {macs}\n", spec.name)
    });
    assert_eq!(found.concat(), stored);
}

#[test]
fn parameters_and_macs_are_those_that_were_published() {
    let learned = |name| spec(name).parameter_count;
    let by_keras = |name| learned(name) + running(spec(name));
    // MLPerf Tiny, https://github.com/mlcommons/tiny: `model.summary()` of the reference models.
    assert_eq!(by_keras("ResNet8"), 78_666);
    assert_eq!(by_keras("DsCnn"), 24_908);
    assert_eq!(by_keras("MobileNet"), 221_794);
    assert_eq!(by_keras("Autoencoder"), 269_992);
    // He et al. 2016, table 6, in millions; the other is of chenyaofo/pytorch-cifar-models.
    assert_eq!(learned("ResNet20") / 10_000, 27);
    assert_eq!(spec("ResNet20").forward_macs() / 10_000, 4_081);
    // kuangliu/pytorch-cifar, and Li et al. 2017, table 1.
    assert_eq!(learned("Vgg16"), 14_728_266);
    assert_eq!(spec("Vgg16").forward_macs() / 1_000_000, 313);
    // Iandola et al. 2016, table 1.
    assert_eq!(learned("Fire"), 11_920);
    // Szegedy et al. 2015, table 1: 159 K, which are units of 1,024 and no biases, and 128 M.
    let biases = 64 + 96 + 128 + 16 + 32 + 32;
    assert_eq!((learned("Inception") - biases) / 1_024, 159);
    assert_eq!(spec("Inception").forward_macs() / 1_000_000, 128);
}

#[test]
fn declarations_have_at_most_25_lines() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/models/networks");
    let mut declarations = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let Some(begin) = text.find("cnn::network! {") else {
            continue;
        };
        let declaration = &text[begin..];
        let end = declaration.find("\n}").expect("the declaration has an end");
        let lines = declaration[..end].lines().count() + 1;
        assert!(lines <= 25, "{}: {lines} lines", path.display());
        declarations += 1;
    }
    assert_eq!(declarations, SPECS.len());
    Ok(())
}

#[test]
fn no_arena_is_a_tenth_longer_than_it_must_be() {
    for spec in SPECS {
        let (training, block, one) = (&spec.training, &spec.inference, &spec.single);
        let lengths = [
            (training.len, training.least),
            (training.shared, training.least_shared),
            (block.len, block.least),
            (one.len, one.least),
        ];
        for (len, least) in lengths {
            assert!(
                len >= least && 10 * len <= 11 * least,
                "{}: {lengths:?}",
                spec.name
            );
        }
    }
}

/// A test for each network, so that they run side by side.
macro_rules! learn_and_predict {
    ($($test:ident: $network:ident,)*) => {$(
        #[test]
        fn $test() -> cnn::Result<()> {
            let mut net = $network::new(1);
            learn(&mut net)?;
            predict(&net);
            Ok(())
        }
    )*};
}

learn_and_predict! {
    resnet8_learns_and_predicts: ResNet8,
    resnet20_learns_and_predicts: ResNet20,
    ds_cnn_learns_and_predicts: DsCnn,
    mobilenet_learns_and_predicts: MobileNet,
    autoencoder_learns_and_predicts: Autoencoder,
    unet_learns_and_predicts: UNet,
    signals_learns_and_predicts: Signals,
    fire_learns_and_predicts: Fire,
    inception_learns_and_predicts: Inception,
    vgg16_learns_and_predicts: Vgg16,
}

/// One step on a block. That it is no error says that loss, gradients and parameters are finite.
fn learn<N: Network<Scalar = f32>>(net: &mut N) -> cnn::Result<()> {
    let samples = spread(BLOCK * N::Input::ELEMENTS, 0.0);
    let samples: Vec<&[f32]> = samples.chunks(N::Input::ELEMENTS).collect();
    let targets = spread(BLOCK * N::Output::ELEMENTS, 0.5);
    let targets: Vec<&[f32]> = targets.chunks(N::Output::ELEMENTS).collect();
    let before = net.values().to_vec();

    let (loss, sgd, level) = (MeanSquaredError, Sgd::new(0.1), Level::detect());
    let mut step = TrainingStep::new(net, loss, sgd, BLOCK, level)?;
    let (count, result) = allocations_here(|| step.run(net, &samples, &targets));
    assert!(result?.loss.is_finite());
    assert_eq!(count, 0, "allocations of the step");
    for tensor in N::SPEC.tensors() {
        // A norm removes biases in front of it, and factors in front of a depthwise convolution: their
        // gradients are nothing but rounding errors.
        let may_stay = matches!(tensor.role, Role::Bias | Role::Factor { .. });
        let stays = net.values()[tensor.range()] == before[tensor.range()];
        assert!(may_stay || !stays, "{} is not learned", tensor.name);
    }
    Ok(())
}

/// The outputs of a block are those of its samples alone.
fn predict<N: Network<Scalar = f32>>(net: &N) {
    let samples = spread(BLOCK * N::Input::ELEMENTS, 0.25);
    let samples: Vec<&[f32]> = samples.chunks(N::Input::ELEMENTS).collect();
    let mut frozen = net.freeze();
    let mut of_block = vec![f32::NAN; BLOCK * N::Output::ELEMENTS];
    let mut alone = vec![f32::NAN; N::Output::ELEMENTS];

    let (count, ()) = allocations_here(|| frozen.predict_batch(&samples, &mut of_block));
    assert_eq!(count, 0, "allocations of a block");
    for (sample, of_block) in samples.iter().zip(of_block.chunks(alone.len())).step_by(5) {
        let (count, ()) = allocations_here(|| frozen.predict_into(sample, &mut alone));
        assert_eq!(count, 0, "allocations of one sample");
        let [alone, of_block] = [&alone[..], of_block].map(|y| y.iter().map(|&y| y.into()));
        let [alone, of_block] = [alone, of_block].map(Iterator::collect::<Vec<f64>>);
        assert!(alone.iter().any(|y| *y != 0.0));
        assert_close(Precision::Single, &alone, &of_block, N::SPEC.name);
    }
}
