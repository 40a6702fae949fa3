//! The functions of the layers: signature, documentation, entry into the level, loops.

use super::text::plain_numbers;
use crate::kernel::Kernel;
use crate::passes::functions::{Element, Function, Parameter};
use crate::passes::plan::Plan;

/// Every function of the network, those of a layer in a module of their own.
///
/// rustc compiles modules side by side, and nothing smaller than a module.
pub(super) fn functions(plan: &Plan) -> String {
    let mut layers: Vec<(&str, String)> = Vec::new();
    for one in &plan.functions.all {
        match layers.iter_mut().find(|(layer, _)| *layer == one.layer) {
            Some((_, functions)) => functions.push_str(&function(one)),
            None => layers.push((&one.layer, function(one))),
        }
    }
    let modules = layers.into_iter().map(|(layer, functions)| {
        format!("use of_{layer}::*; mod of_{layer} {{ use super::*; {functions} }}")
    });
    modules.collect()
}

fn function(function: &Function) -> String {
    let (name, definition) = (&function.name, &function.definition);
    let doc = function.kernel.doc.join("\n\n");
    format!("#[doc = {doc:?}] #[inline(never)] pub(super) fn {name}{definition}")
}

/// A function from behind its name on: its arguments and its loops.
pub(crate) fn definition(kernel: &Kernel, signature: &[Parameter]) -> String {
    let arguments: String = signature.iter().map(Parameter::declaration).collect();
    let body = plain_numbers(&kernel.body);
    if kernel.purpose == "pack" {
        return format!("<T: Scalar>({arguments}) {{ {body} }}");
    }
    let items = plain_numbers(&kernel.items);
    let has_lanes = signature.iter().any(|one| one.element == Element::Lanes);
    let samples = if has_lanes {
        ", const SAMPLES: usize"
    } else {
        ""
    };
    format!(
        "<T: Scalar, S: Simd{samples}>(simd: S, {arguments}) {{
            {items}
            simd.vectorize(#[inline(always)] || {{ {body} }});
        }}"
    )
}
