//! Graphs with branches against what PyTorch computes, on every level.

// Rows that a pool never reads, and activations that change nothing, are drawn too.
#![allow(deprecated)]

#[path = "layers_graphs/drawn.rs"]
mod drawn;
mod harness;

harness::reference::reference_cases! { "graphs";
    begins_from_a_label: (
        2x7x6 -> stem: conv<3x3>(3)
            -> add(tanh -> conv<3x3>(3, padding = same) -> relu, stem -> conv<1x1>(3), stem)
            -> 3x5x4
    );
    a_value_times_itself: (7 -> dense(5) -> multiply(identity, identity) -> 5);
    vectors_side_by_side: (18 -> concat(dense(5) -> tanh, identity, dense(17)) -> 40);
    gate_of_one_pixel: (17x4x5 -> multiply(identity, conv<4x5>(17) -> sigmoid) -> relu -> 17x4x5);
}
