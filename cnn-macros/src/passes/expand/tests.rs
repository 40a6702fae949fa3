//! Cases of the expansion of chains, with the place of each mistake marked in the input.

use crate::diagnostics::testing::{check_err, check_warning, find, messages, warnings};

/// Every node with its inputs, by their names.
fn nodes(source: &str) -> Vec<String> {
    let findings = find(source);
    assert_eq!(messages(source), [""; 0]);
    let draft = &findings.outlines[findings.outlines.len() - 1].draft;
    let name = |value: usize| match value {
        0 => "input".to_owned(),
        _ => draft.nodes[value - 1].name.clone(),
    };
    let node = |node: &crate::graph::DraftNode| {
        let inputs: Vec<String> = node.inputs.iter().map(|input| name(input.0)).collect();
        format!("{} <- {}", node.name, inputs.join(", "))
    };
    draft.nodes.iter().map(node).collect()
}

#[test]
fn a_residual_adds_its_input_or_its_shortcut() {
    assert_eq!(
        nodes("A: 4x8x8 -> residual(conv<3x3>(4, padding = same) -> relu) -> relu"),
        [
            "conv1 <- input",
            "relu1 <- conv1",
            "residual1 <- relu1, input",
            "relu2 <- residual1"
        ]
    );
    assert_eq!(
        nodes(
            "A: 4x8x8 -> residual(conv<3x3>(8, stride = 2, padding = 1), \
             shortcut = conv<1x1>(8, stride = 2))"
        ),
        [
            "conv1 <- input",
            "conv2 <- input",
            "residual1 <- conv1, conv2"
        ]
    );
}

#[test]
fn branches_begin_from_the_input_or_from_a_label() {
    assert_eq!(
        nodes("A: 10 -> a: dense(5) -> relu -> add(a -> tanh, identity, relu)"),
        [
            "a <- input",
            "relu1 <- a",
            "tanh1 <- a",
            "relu2 <- relu1",
            "add1 <- tanh1, relu1, relu2"
        ]
    );
    assert_eq!(
        nodes("A: 10 -> x: identity -> dense(10) -> multiply(x, identity)"),
        ["dense1 <- input", "multiply1 <- input, dense1"]
    );
}

#[test]
fn labelled_pieces_and_repetitions_have_names_of_their_own() {
    assert_eq!(
        nodes(
            "block b(C) = conv<3x3>(C, padding = same) -> relu; \
             A: 4x8x8 -> stage1: b(4) -> b(4) -> repeat<2>(b(4)) -> tail: repeat<1>(relu)"
        ),
        [
            "stage1.conv1 <- input",
            "stage1.relu1 <- stage1.conv1",
            "conv1 <- stage1.relu1",
            "relu1 <- conv1",
            "repeat1.0.conv1 <- relu1",
            "repeat1.0.relu1 <- repeat1.0.conv1",
            "repeat1.1.conv1 <- repeat1.0.relu1",
            "repeat1.1.relu1 <- repeat1.1.conv1",
            "tail.0.relu1 <- repeat1.1.relu1",
        ]
    );
}

#[test]
fn a_network_of_the_declaration_is_a_layer() {
    assert_eq!(
        nodes("Body: 3x8x8 -> conv<3x3>(4) -> relu A: 3x8x8 -> body: net<Body>(4x6x6) -> flatten"),
        [
            "body.conv1 <- input",
            "body.relu1 <- body.conv1",
            "flatten1 <- body.relu1"
        ]
    );
    check_err(
        "`Body` takes 3x8x8, found 1x8x8",
        "let what stands before it end with 3x8x8",
        "Body: 3x8x8 -> relu A: 1x8x8 -> net<>>>Body<<<>(3x8x8)",
    );
    check_err(
        "the output is written as 3x8x9, found 3x8x8",
        "write `3x8x8`",
        "Body: 3x8x8 -> relu A: 3x8x8 -> net<Body>(>>>3x8x9<<<)",
    );
    check_err(
        "no network of this `network!` is called `Bdoy`",
        "did you mean `Body`? One of another place is written with its path, `self::Bdoy`",
        "Body: 3x8x8 -> relu A: 3x8x8 -> net<>>>Bdoy<<<>(3x8x8)",
    );
    check_err(
        "`net` needs the shape of the network's output",
        "write `net<Backbone>(64x4x4)`: the network, and the shape of its output",
        "Body: 3x8x8 -> relu A: 3x8x8 -> >>>net<<<<Body>",
    );
    check_err(
        "`A` contains itself",
        "take it out; `repeat<2>(…)` repeats layers",
        "A: 3x8x8 -> net<>>>A<<<>(3x8x8)",
    );
}

#[test]
fn branches_have_their_form() {
    check_err(
        "`add` needs at least two branches, found 1",
        "write `add(relu, identity)`",
        "A: 10 -> >>>add(relu)<<<",
    );
    check_err(
        "`concat` has no option `axis`",
        "its branches have no names: `concat(identity, relu)`",
        "A: 10 -> concat(relu, tanh, >>>axis<<< = 1)",
    );
    check_err(
        "expected a chain of layers, found `3`",
        "a branch is written `conv<3x3>(16) -> relu`, or `identity`",
        "A: 10 -> add(relu, >>>3<<<)",
    );
    check_err(
        "`residual` has no option `skip`",
        "its options are a chain and `shortcut`",
        "A: 10 -> residual(relu, >>>skip<<< = tanh)",
    );
    check_err(
        "`residual` adds one chain to its shortcut, found another",
        "write `add(…, …)` for more branches",
        "A: 10 -> residual(relu, >>>tanh<<<)",
    );
    check_err(
        "`repeat` needs the number of repetitions in `<>`",
        "write `repeat<3>(conv<3x3>(16, padding = same) -> relu)`",
        "A: 10 -> >>>repeat<<<(relu)",
    );
    check_err(
        "`identity` takes nothing, found `identity(3)`",
        "write `identity`",
        "A: 10 -> >>>identity(3)<<<",
    );
    check_err(
        "branches of different shapes cannot be added: 8x4x4 and 4x8x8",
        "let the branch of 4x8x8, or the `shortcut` of a `residual`, end with \
         `conv<1x1>(8, stride = 2)`",
        "A: 4x8x8 -> >>>residual<<<(conv<3x3>(8, stride = 2, padding = 1))",
    );
    check_err(
        "branches of different shapes cannot be added: 3x6x6 and 3x8x8",
        "`padding = same` keeps the height and width of a branch",
        "A: 3x8x8 -> >>>residual<<<(conv<3x3>(3))",
    );
    check_err(
        "branches of different shapes cannot be added: 8x40 and 4x80",
        "let the branch of 4x80, or the `shortcut` of a `residual`, end with `conv<1>(8, stride = 2)`",
        "A: 4x80 -> >>>residual<<<(conv<3>(8, stride = 2, padding = 1))",
    );
    check_err(
        "branches of different shapes cannot be added: 4x4x8 and 4x8x8",
        "let the branch of 4x8x8, or the `shortcut` of a `residual`, end with `conv<1x1>(4, stride = 2x1)`",
        "A: 4x8x8 -> >>>residual<<<(conv<2x1>(4, stride = 2x1))",
    );
    check_err(
        "branches of different sizes cannot be joined: 4x8x8 and 4x6x6",
        "only the number of channels may differ between branches",
        "A: 4x8x8 -> >>>concat<<<(identity, conv<3x3>(4))",
    );
    check_err(
        "branches of different sizes cannot be joined: 4x8x8 and 6x4x2",
        "let the smaller one end with `-> upsample<2x4>`",
        "A: 4x8x8 -> >>>concat<<<(identity, conv<2x2>(6, stride = 2x4))",
    );
    check_err(
        "branches of different shapes cannot be multiplied: 4x8x8 and 3",
        "let the second branch end with 4x8x8, or with one factor per channel: 4",
        "A: 4x8x8 -> >>>multiply<<<(identity, flatten -> dense(3))",
    );
}

#[test]
fn blocks_are_given_what_they_need() {
    check_err(
        "the block `b` needs `K`",
        "the block is used as `b(C, K)`",
        "block b(C, K) = conv<K>(C); A: 3x8x8 -> >>>b<<<(4)",
    );
    check_err(
        "the block `b` has no place for `7`",
        "the block is used as `b(C)`",
        "block b(C) = dense(C); A: 10 -> b(4, >>>7<<<)",
    );
    check_err(
        "`outputs` is at least 1, found 0",
        "write `1` or more",
        "block b(C) = dense(C); A: 10 -> b(4) -> b(>>>0<<<)",
    );
    check_err(
        "`outputs` is at least 1, found 0",
        "write `1` or more",
        "block b(C) = dense(>>>2 * C<<<); A: 10 -> b(0)",
    );
    check_err(
        "`b` contains itself",
        "take it out; `repeat<2>(…)` repeats layers",
        "block b = relu -> >>>b<<<; A: 10 -> b",
    );
    check_err(
        "the block `relu` has the word of a layer as its name",
        "write `block relu_1`",
        "block >>>relu<<< = tanh; A: 10 -> tanh",
    );
    check_warning(
        "unused_block",
        "the block `b` is never used",
        "take it out, or accept it with `#[allow(unused_block)]`",
        "block >>>b<<< = relu; A: 10 -> tanh",
    );
    assert_eq!(
        warnings("#[allow(unused_block)] block b = relu; A: 10 -> tanh"),
        [""; 0]
    );
}

#[test]
fn a_mistake_in_a_block_is_told_once() {
    assert_eq!(
        messages("block b = dense(5) -> cnov; A: 10 -> b -> repeat<3>(b)"),
        ["unknown layer `cnov`"]
    );
}

#[test]
fn what_nothing_reads_is_reported() {
    check_err(
        "nothing reads the output of `b`",
        "take the step out, or let a branch begin from its label",
        "A: 10 -> a: dense(4) -> >>>b<<<: dense(4) -> add(a, a -> relu)",
    );
    check_warning(
        "unused_label",
        "nothing begins from the label `start`",
        "take it out, or accept it with `#[allow(unused_label)]`",
        "A: 10 -> >>>start<<<: identity -> relu",
    );
}

#[test]
fn a_network_without_end_is_refused() {
    let doubled = |inner: &str, outer: &str| format!("block {outer} = {inner} -> {inner};");
    let names: Vec<String> = (0..40).map(|n| format!("b{n}")).collect();
    let blocks: String = names
        .windows(2)
        .map(|pair| doubled(&pair[0], &pair[1]))
        .collect();
    let source = format!("block b0 = relu; {blocks} A: 10 -> b39");
    assert_eq!(
        messages(&source),
        ["the network has more than 10000 layers up to this one"]
    );
    assert_eq!(messages("A: 4 -> repeat<10000>(relu)"), [""; 0]);
    assert_eq!(
        messages("A: 4 -> repeat<10001>(relu)"),
        ["the network has more than 10000 layers up to this one"]
    );
}

#[test]
fn a_chain_can_be_given_to_a_block() {
    let expected = ["dense1 <- input", "dense2 <- dense1"];
    assert_eq!(
        nodes("block twice(x) = x -> x; A: 4 -> twice(dense(4))"),
        expected
    );
    assert_eq!(
        nodes("block once(x) = x; A: 4 -> once(relu)"),
        ["relu1 <- input"]
    );
    assert_eq!(
        nodes("block skip(x, y) = add(x -> y, identity); A: 4 -> skip(dense(4) -> tanh, relu)"),
        [
            "dense1 <- input",
            "tanh1 <- dense1",
            "relu1 <- tanh1",
            "add1 <- relu1, input"
        ]
    );
}

#[test]
fn steps_without_layers_have_an_end_too() {
    const TOO_MANY: &str = "the network has more than 100000 steps up to this one";
    assert_eq!(
        messages("A: 4 -> repeat<2000000000>(identity) -> relu"),
        [TOO_MANY]
    );
    assert_eq!(
        messages("A: 4 -> a: relu -> repeat<2000000000>(a) -> tanh"),
        [TOO_MANY]
    );
    let blocks = |step: &dyn Fn(usize) -> String| (1..40).map(step).collect::<String>();
    let doubled = blocks(&|n| format!("block b{n} = b{0} -> b{0};", n - 1));
    let source = format!("block b0 = identity; {doubled} A: 4 -> b39 -> relu");
    assert_eq!(messages(&source), [TOO_MANY]);
    let handed_on = blocks(&|n| format!("block b{n}(x) = b{}(x -> x);", n - 1));
    let source = format!("block b0(x) = x; {handed_on} A: 4 -> b39(identity -> identity) -> relu");
    assert_eq!(messages(&source), [TOO_MANY]);
}
