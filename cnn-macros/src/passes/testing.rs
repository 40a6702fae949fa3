//! Plans of declarations, and what they call.

use super::fuse::fuse;
use super::layout::lay_out;
use super::plan::{Action, Call, Plan, plan};
use crate::diagnostics::testing::find;

/// The plan of a network without mistakes.
pub(crate) fn planned(declaration: &str) -> Plan {
    let outline = find(declaration).outlines.remove(0);
    let graph = outline.complete().expect("the declaration is right");
    plan(lay_out(fuse(graph)))
}

/// The functions that are called, in order.
pub(crate) fn called(plan: &Plan, calls: &[Call]) -> Vec<String> {
    let name = |call: &Call| match call.action {
        Action::Function(index) => plan.functions.all[index].name.clone(),
        Action::Add => "sum".to_owned(),
    };
    calls.iter().map(name).collect()
}
