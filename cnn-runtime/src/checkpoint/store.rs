//! Parameters to bytes and back, to files and back.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};

use super::fault::{compare, element, first_wrong, printable};
use crate::error::{Error, Result};
use crate::files;
use crate::network::Network;
use crate::scalar::Scalar;
use crate::spec::{ParameterSpec, Spec};

/// The longest header that the format allows, in bytes, with the eight bytes of its length.
const LONGEST_HEADER: u64 = 100_000_000 + 8;
/// The widest element that is read at all, to say in an error what it is: `f64`, complex `f32`.
const WIDEST_ELEMENT: u64 = 8;

/// Writes the parameters and running statistics into a file.
///
/// They are written aside, brought to the disk and renamed, so an existing file is replaced by a
/// complete one or not at all.
///
/// ```
/// use std::path::Path;
///
/// use cnn_runtime::{Network, Result, checkpoint};
///
/// fn keep_best(network: &impl Network<Scalar = f32>, folder: &Path) -> Result<()> {
///     checkpoint::save(network, folder.join("best.safetensors"))?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// [`Error::Save`] if the folder is missing, the disk full, or writing not allowed,
/// [`Error::SaveValue`] if a value is infinite or NaN, or a variance negative: a network that has
/// diverged replaces none that has not.
pub fn save<N: Network<Scalar = f32>>(network: &N, path: impl AsRef<Path>) -> Result<()> {
    let values = network.values();
    let tensors = N::SPEC.tensors();
    let tensors = tensors.map(|tensor| (tensor, values[tensor.range()].iter().copied()));
    match first_wrong(tensors) {
        Some(fault) => Err(Error::SaveValue {
            path: path.as_ref().to_owned(),
            network: N::SPEC.name,
            fault,
        }),
        None => files::replace(path.as_ref(), &to_bytes(network)),
    }
}

/// Reads the parameters and running statistics from a file; on an error the network stays as it was.
/// Denormal numbers become [zero](crate::checkpoint).
///
/// ```
/// use cnn_runtime::{Network, Result, checkpoint};
///
/// fn continue_from(network: &mut impl Network<Scalar = f32>, path: &str) -> Result<()> {
///     checkpoint::load(network, path)?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// [`Error::File`] if the file cannot be read, [`Error::Data`] if it is no complete safetensors
/// file, [`Error::Checkpoint`] if its tensors are not this network's parameters,
/// [`Error::CheckpointValue`] if one of them holds a value that is infinite or NaN, or a negative
/// variance.
pub fn load<N: Network<Scalar = f32>>(network: &mut N, path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let origin = path.display().to_string();
    let limit = LONGEST_HEADER + WIDEST_ELEMENT * N::SPEC.value_count() as u64;
    let bytes = files::read(path, limit)?;
    if bytes.len() as u64 > limit {
        return Err(Error::Data {
            origin,
            place: "length".to_owned(),
            expected: format!(
                "at most {limit} bytes for the {} parameters of `{}`",
                N::SPEC.parameter_count + N::SPEC.frozen_count,
                N::SPEC.name
            ),
            found: "more".to_owned(),
            help: "load a checkpoint of this network".to_owned(),
        });
    }
    decode(origin, N::SPEC, &bytes, network.values_mut())
}

/// The parameters as the bytes of a safetensors file. Equal parameters give equal bytes. Values that are
/// infinite or NaN, and negative variances, are written too, and [`from_bytes`] refuses them.
///
/// ```
/// use cnn_runtime::{Network, Result, checkpoint};
///
/// fn copy<N: Network<Scalar = f32>>(from: &N, to: &mut N) -> Result<()> {
///     checkpoint::from_bytes(to, &checkpoint::to_bytes(from))?;
///     Ok(())
/// }
/// ```
#[must_use]
pub fn to_bytes<N: Network<Scalar = f32>>(network: &N) -> Vec<u8> {
    let encoded: Vec<Vec<u8>> = N::SPEC
        .tensors()
        .map(|tensor| encode(tensor, &network.values()[tensor.range()]))
        .collect();
    let tensors = N::SPEC.tensors().zip(&encoded).map(|(tensor, bytes)| {
        let view = TensorView::new(element(tensor.role), tensor.shape.to_vec(), bytes)
            .expect("a tensor of `SPEC` has as many elements as its shape");
        (tensor.name, view)
    });
    let about = HashMap::from([("network".to_owned(), N::SPEC.name.to_owned())]);
    safetensors::serialize(tensors, Some(about))
        .expect("the names and sizes of one network fit into a header")
}

fn encode(tensor: &ParameterSpec, values: &[f32]) -> Vec<u8> {
    match element(tensor.role) {
        Dtype::I64 => values
            .iter()
            .flat_map(|&x| (x as i64).to_le_bytes())
            .collect(),
        _ => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
    }
}

/// Takes the parameters from the bytes of a safetensors file; on an error the network stays as it
/// was. Denormal numbers become [zero](crate::checkpoint). The example is at [`to_bytes`].
///
/// # Errors
/// [`Error::Data`] if the bytes are no complete safetensors file, [`Error::Checkpoint`] if its
/// tensors are not this network's parameters, [`Error::CheckpointValue`] if one of them holds a value
/// that is infinite or NaN, or a negative variance.
pub fn from_bytes<N: Network<Scalar = f32>>(network: &mut N, bytes: &[u8]) -> Result<()> {
    decode(
        "the checkpoint".to_owned(),
        N::SPEC,
        bytes,
        network.values_mut(),
    )
}

fn decode(origin: String, spec: &'static Spec, bytes: &[u8], values: &mut [f32]) -> Result<()> {
    let tensors = match SafeTensors::deserialize(bytes) {
        Ok(tensors) => tensors,
        Err(fault) => return Err(malformed(origin, bytes, &fault)),
    };
    let mut tensors: HashMap<String, TensorView<'_>> = tensors.tensors().into_iter().collect();
    let faults = compare(spec, &tensors);
    if !faults.is_empty() {
        return Err(Error::Checkpoint {
            origin,
            network: spec.name,
            faults,
        });
    }
    if let Some(fault) = first_wrong(floats(spec, &tensors)) {
        return Err(Error::CheckpointValue {
            origin,
            network: spec.name,
            fault,
        });
    }
    for tensor in spec.tensors() {
        let view = tensors
            .remove(tensor.name)
            .expect("`compare` has found every tensor");
        let values = &mut values[tensor.range()];
        match view.dtype() {
            Dtype::I64 => read_into(values, view.data(), |bytes| {
                i64::from_le_bytes(bytes) as f32
            }),
            _ => read_into(values, view.data(), |bytes| {
                f32::from_le_bytes(bytes).normal_or_zero()
            }),
        }
    }
    Ok(())
}

/// The values of the tensors of `f32`; counts, such as `num_batches_tracked`, are whole.
fn floats<'a>(
    spec: &'static Spec,
    tensors: &'a HashMap<String, TensorView<'a>>,
) -> impl Iterator<Item = (&'static ParameterSpec, impl Iterator<Item = f32>)> {
    spec.tensors().filter_map(|parameter| {
        let view = tensors.get(parameter.name)?;
        let (elements, _) = view.data().as_chunks();
        let values = elements.iter().map(|bytes| f32::from_le_bytes(*bytes));
        (view.dtype() == Dtype::F32).then_some((parameter, values))
    })
}

fn read_into<const N: usize>(values: &mut [f32], bytes: &[u8], read: impl Fn([u8; N]) -> f32) {
    let (elements, _) = bytes.as_chunks();
    for (value, &element) in values.iter_mut().zip(elements) {
        *value = read(element);
    }
}

fn malformed(origin: String, bytes: &[u8], fault: &SafeTensorError) -> Error {
    let header = bytes
        .first_chunk()
        .map(|length| u64::from_le_bytes(*length));
    let place = match (fault, header) {
        (_, None) => "bytes 0..8, the length of the header".to_owned(),
        (SafeTensorError::HeaderTooLarge | SafeTensorError::InvalidHeaderLength, Some(length)) => {
            format!("bytes 0..8, the length of the header, {length}")
        }
        (SafeTensorError::MetadataIncompleteBuffer, Some(length)) => {
            format!("byte {}, where the tensors begin", length.saturating_add(8))
        }
        (_, Some(length)) => format!("bytes 8..{}, the header", length.saturating_add(8)),
    };
    Error::Data {
        origin,
        place,
        expected: "a complete safetensors file".to_owned(),
        found: format!(
            "{} bytes with a fault: {}",
            bytes.len(),
            printable(&fault.to_string())
        ),
        help: "the file is of another format, damaged, or was not copied completely: get it again"
            .to_owned(),
    }
}
