//! Channels in groups: what divides what, and what to write where it does not.

use crate::layers::{At, Change, Fault};

/// Whether the output channels can be in so many groups.
pub(crate) fn check_outputs(groups: usize, channels: usize) -> Result<(), Fault> {
    if channels.is_multiple_of(groups) {
        return Ok(());
    }
    let message = format!("groups {groups} do not divide the {channels} output channels");
    let fault = Fault::at(At::Option("groups"), message);
    let more = channels.next_multiple_of(groups).to_string();
    Err(propose(fault, groups, channels).change(Change::Option("channels", more)))
}

/// Whether the input channels can, where the output channels already are.
pub(crate) fn check_inputs(groups: usize, inputs: usize, outputs: usize) -> Result<(), Fault> {
    if inputs.is_multiple_of(groups) {
        return Ok(());
    }
    let message = format!("groups {groups} do not divide the {inputs} input channels");
    let note = format!("needs a multiple of {groups} channels");
    let fault = Fault::at(At::Option("groups"), message).note(note);
    Err(propose(fault, groups, greatest_divisor(inputs, outputs)))
}

/// The nearest numbers of groups below and above that divide `channels`.
fn propose(fault: Fault, groups: usize, channels: usize) -> Fault {
    let divides = |groups: &usize| channels.is_multiple_of(*groups);
    let below = (1..groups.min(channels + 1)).rev().find(divides);
    let above = (groups + 1..=channels).find(divides);
    let change = |groups: usize| Change::Option("groups", groups.to_string());
    let fault = below
        .into_iter()
        .fold(fault, |fault, groups| fault.change(change(groups)));
    above
        .into_iter()
        .fold(fault, |fault, groups| fault.change(change(groups)))
}

fn greatest_divisor(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        _ => greatest_divisor(b, a % b),
    }
}
