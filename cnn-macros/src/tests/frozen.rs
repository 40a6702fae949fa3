//! `#[frozen]`: which layers it reaches, what is planned of them, and where it has no meaning.

use crate::diagnostics::testing::{check_err, find, messages, warnings};
use crate::passes::plan::Plan;
use crate::passes::testing::{called, planned};

/// The names of all layers that are frozen.
fn frozen(source: &str) -> Vec<String> {
    assert_eq!(messages(source), [""; 0]);
    let outlines = find(source).outlines;
    let nodes = outlines[0].draft.nodes.iter();
    let frozen = nodes.filter(|node| node.is_frozen);
    frozen.map(|node| node.name.clone()).collect()
}

#[test]
fn a_step_is_frozen_with_all_that_is_in_it() {
    assert_eq!(frozen("A: 4 -> #[frozen] dense(4) -> dense(3)"), ["dense1"]);
    assert_eq!(
        frozen("A: 4 -> dense(4) -> #[frozen] residual(dense(4) -> tanh) -> dense(3)"),
        ["dense2", "tanh1", "residual1"]
    );
    assert_eq!(
        frozen("A: 4 -> #[frozen] repeat<2>(dense(4)) -> dense(3)"),
        ["repeat1.0.dense1", "repeat1.1.dense1"]
    );
    assert_eq!(
        frozen("block b(N) = dense(N) -> tanh; A: 4 -> #[frozen] b(3) -> b(2)"),
        ["dense1", "tanh1"]
    );
    assert_eq!(
        frozen("A: 4 -> #[frozen] inner: net<B>(3) -> dense(2) B: 4 -> dense(3)"),
        ["inner.dense1"]
    );
    assert_eq!(
        frozen("block b(N) = #[frozen] dense(N) -> dense(N); A: 4 -> b(3)"),
        ["dense1"]
    );
    assert_eq!(
        frozen("A: 4 -> concat(#[frozen] dense(3), dense(2)) -> #[allow(void_activation)] relu"),
        ["dense1"]
    );
}

/// What the backward pass calls for training, and what it calls besides where the input's gradient is asked for.
fn backward(plan: &Plan) -> [Vec<String>; 2] {
    let calls = plan.training.backward.iter().flat_map(|phase| &phase.calls);
    let (besides, always): (Vec<_>, Vec<_>) = calls.partition(|call| call.only_for_input);
    let names = |calls: Vec<&_>| {
        let of_call = |call| called(plan, std::slice::from_ref(call));
        calls.into_iter().flat_map(of_call).collect()
    };
    [names(always), names(besides)]
}

#[test]
fn only_gradients_that_something_needs_are_computed() {
    let plan = planned("A: 5 -> dense(4) -> tanh -> #[frozen] dense(3) -> dense(2)");
    let [always, besides] = backward(&plan);
    let expected = [
        "dense3_weight_gradient",
        "dense3_input_gradient",
        "dense2_input_gradient",
        "dense1_activation_gradient",
        "dense1_weight_gradient",
    ];
    assert_eq!(always, expected);
    assert_eq!(besides, ["dense1_input_gradient"]);

    let below = "A: 1x9x9 -> #[frozen] conv<3x3>(2) -> relu -> max_pool<2x2> -> flatten \
                 -> dropout(0.5) -> dense(3)";
    let [always, besides] = backward(&planned(below));
    assert_eq!(always, ["dense1_weight_gradient"]);
    let weights = besides
        .iter()
        .filter(|name| name.contains("weight_gradient"));
    assert_eq!(weights.count(), 0, "{besides:?}");
    assert_eq!(
        besides.first().map(String::as_str),
        Some("dense1_input_gradient")
    );
}

#[test]
fn a_frozen_layer_does_what_it_does_in_inference() {
    let plan =
        planned("A: 4 -> dense(4) -> #[frozen] batch_norm -> #[frozen] dropout(0.5) -> dense(2)");
    let forward = &plan.training.forward;
    assert_eq!(forward.len(), 1);
    assert_eq!(
        called(&plan, &forward[0].calls),
        ["dense1_forward", "batch_norm1_forward", "dense2_forward"]
    );
    let [always, _] = backward(&plan);
    let expected = [
        "dense2_weight_gradient",
        "dense2_input_gradient",
        "batch_norm1_input_gradient",
        "dense1_weight_gradient",
    ];
    assert_eq!(always, expected);
}

#[test]
fn frozen_parameters_stand_behind_the_learned_ones() {
    let vector = planned(
        "A: 3 -> #[frozen] dense(4) -> dense(2) -> #[frozen] batch_norm -> dense(1, bias = false)",
    )
    .vector;
    let ranges: Vec<_> = vector
        .parameters
        .iter()
        .map(|one| one.range.clone())
        .collect();
    let expected = [12..24, 24..28, 0..8, 8..10, 28..30, 30..32, 10..12];
    assert_eq!(ranges, expected);
    assert_eq!((vector.learned, vector.frozen), (0..12, 12..32));
}

#[test]
fn a_norm_that_is_frozen_does_not_remove_the_bias_before_it() {
    let network = "-> conv<3x3>(2) -> batch_norm -> relu -> conv<3x3>(1)";
    assert_eq!(warnings(&format!("A: 1x8x8 {network}")), ["useless_bias"]);
    let frozen = network.replace("batch_norm", "#[frozen] batch_norm");
    assert_eq!(warnings(&format!("A: 1x8x8 {frozen}")), [""; 0]);
    // The mean of each sample is taken from it in any case.
    let frozen = network.replace("batch_norm", "#[frozen] instance_norm(affine = true)");
    assert_eq!(warnings(&format!("A: 1x8x8 {frozen}")), ["useless_bias"]);
}

#[test]
fn a_dropout_that_is_frozen_disturbs_nothing() {
    assert_eq!(
        warnings("A: 4 -> dense(3) -> dropout(0.5)"),
        ["final_dropout"]
    );
    assert_eq!(
        warnings("A: 4 -> dense(3) -> #[frozen] dropout(0.5)"),
        [""; 0]
    );
}

#[test]
fn what_a_block_is_given_is_frozen_where_the_block_says_so() {
    let block = "block head(body) = #[frozen] body -> dense(2);";
    assert_eq!(
        frozen(&format!(
            "{block} A: 4 -> head(dense(4) -> tanh -> dense(3)) -> tanh"
        )),
        ["dense1", "tanh1", "dense2"]
    );
    assert_eq!(
        frozen(&format!(
            "{block} A: 4 -> head(#[frozen] dense(4) -> dense(3)) -> tanh"
        )),
        ["dense1", "dense2"]
    );
    assert_eq!(
        frozen("block b(body) = body -> dense(2); A: 4 -> b(#[frozen] dense(4) -> dense(3))"),
        ["dense1"]
    );
    check_err(
        "`frozen` has no effect: training changes nothing in this step",
        "take it out, or write it before a step with parameters",
        "block head(body) = >>>#[frozen]<<< body -> dense(2); A: 4 -> head(tanh)",
    );
    assert_eq!(
        warnings(
            "block twice(function) = relu -> #[allow(void_activation)] function;
             A: 4 -> twice(relu -> relu) -> dense(2)"
        ),
        [""; 0]
    );
}

#[test]
fn the_attribute_stands_before_a_step_that_training_changes() {
    check_err(
        "`frozen` has no effect: training changes nothing in this step",
        "take it out, or write it before a step with parameters",
        "A: 4 -> dense(3) -> >>>#[frozen]<<< relu",
    );
    check_err(
        "`frozen` has no effect: training changes nothing in this step",
        "take it out, or write it before a step with parameters",
        "A: 4 -> >>>#[frozen]<<< residual(tanh -> tanh) -> dense(3)",
    );
    check_err(
        "`frozen` leaves nothing to train: every layer with parameters is frozen",
        "take it out before the layers that are to learn; inference does not need it",
        "A: 4 -> >>>#[frozen]<<< dense(3) -> relu -> #[frozen] dense(2)",
    );
    check_err(
        "`frozen` stands here twice",
        "take one of them out",
        "A: 4 -> #[frozen] >>>#[frozen]<<< dense(3) -> dense(2)",
    );
    for attribute in [
        "cnn::frozen",
        "cfg_attr(all(), frozen)",
        "Frozen",
        "torch::no_grad",
    ] {
        check_err(
            "only `#[allow(…)]`, `#[frozen]` and documentation may stand here",
            "did you mean `#[frozen]`?",
            &format!("A: 4 -> >>>#[{attribute}]<<< dense(3) -> dense(2)"),
        );
    }
    check_err(
        "unknown layer `freeze`",
        "write `#[frozen]` before a layer that is not trained: `#[frozen] conv<5x5>(6)`",
        "A: 4 -> dense(3) -> >>>freeze<<< -> dense(2)",
    );
    // Statistics are learned too, and what has no parameters is left as it is.
    assert_eq!(
        messages("A: 4 -> batch_norm(affine = false) -> #[frozen] dense(3)"),
        [""; 0]
    );
    assert_eq!(messages("A: 4 -> #[frozen] dropout(0.5) -> relu"), [""; 0]);
    check_err(
        "`frozen` takes nothing",
        "write `#[frozen]`: the step then keeps its parameters in training",
        "A: 4 -> >>>#[frozen(weight)]<<< dense(3) -> dense(2)",
    );
    check_err(
        "only `#[allow(…)]`, `#[frozen]` and documentation may stand here",
        "did you mean `#[frozen]`?",
        "A: 4 -> >>>#[freeze]<<< dense(3) -> dense(2)",
    );
    check_err(
        "only `#[allow(…)]`, `#[frozen]` and documentation may stand here",
        "did you mean `#[frozen]`?",
        "A: 4 -> >>>#[frozzen]<<< dense(3)",
    );
    check_err(
        "only `#[allow(…)]` and documentation may stand here",
        "write it before the step that is to keep its parameters: `-> #[frozen] conv<3x3>(8)`",
        ">>>#[frozen]<<< block b(N) = dense(N); A: 4 -> b(3)",
    );
    check_err(
        "only `#[allow(…)]`, `#[frozen]` and documentation may stand here",
        "write `#[frozen]` before a layer that is not trained; all others are",
        "A: 4 -> >>>#[trainable(false)]<<< repeat<2>(dense(4)) -> dense(2)",
    );
    check_err(
        "`a` stands for a value here and not for a step, so it has no attributes",
        "write them before the step itself, or before one that follows here",
        "A: 4 -> a: dense(4) -> tanh -> add(>>>#[frozen]<<< a -> dense(4), identity)",
    );
    check_err(
        "expected a layer, found `#`",
        "attributes stand before the label: `#[frozen] first: conv<5x5>(6)`",
        "A: 4 -> a: >>>#<<<[frozen] dense(4) -> dense(3)",
    );
    check_err(
        "`dense` has no option `trainable`",
        "layers are trained unless `#[frozen]` stands before them: `#[frozen] dense`",
        "A: 4 -> dense(4, >>>trainable<<< = false) -> dense(3)",
    );
    // Nothing is known of a step that has a mistake.
    assert_eq!(messages("A: 4 -> #[frozen] dens(3) -> dense(2)").len(), 1);
    assert_eq!(
        messages("A: 1x4x4 -> #[frozen] dense(3) -> dense(2)").len(),
        1
    );
}

#[test]
fn a_network_is_not_frozen_as_a_whole() {
    check_err(
        "`frozen` has no meaning before a network",
        "write it before steps, or where another network takes this one: `#[frozen] net<A>(…)`",
        "#[>>>frozen<<<] A: 4 -> dense(3)",
    );
}
