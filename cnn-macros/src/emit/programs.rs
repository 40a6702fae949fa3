//! The order of calls of each mode: forward, backward, inference, packing.

use std::ops::Range;

use crate::kernel::{Access, Tensor};
use crate::passes::functions::Parameter;
use crate::passes::plan::{Action, Binding, Call, Phase, Place, Plan, Program};

/// The six entry points, which the `Network` impl hands over to.
pub(super) fn programs(plan: &Plan) -> String {
    let forward = phases(plan, &plan.training.forward, Watch::Value);
    let backward = phases(plan, &plan.training.backward, Watch::Gradient);
    let inference = [&plan.inference, &plan.single];
    let [infer, single] = inference.map(|program| calls(plan, &program.calls, Watch::Nothing));
    let offers = offers(plan);
    let element = match plan.training.samples {
        1 => "T",
        _ => "Lanes<T, SAMPLES>",
    };
    let (enter, leave) = ends_of_single(&plan.single);
    let [pack_block, pack] = inference.map(|program| calls(plan, &program.pack, Watch::Nothing));
    format!(
        "
        /// One training block forward: every layer in order.
        pub(super) fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
            simd: S,
            pass: &Pass<'_, T>,
            parameters: &[T],
            arena: Arena<'_, {element}>,
            probe: &mut dyn Probe<{element}>,
        ) {{
            let Arena {{ kept: arena, shared }} = arena;
            {forward}
        }}

        /// One training block backward: every layer in reverse, each after its output's gradient.
        pub(super) fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
            simd: S,
            pass: &Pass<'_, T>,
            parameters: &[T],
            gradients: &mut [T],
            arena: Arena<'_, {element}>,
            input_gradient: InputGradient,
            probe: &mut dyn Probe<{element}>,
        ) {{
            let Arena {{ kept: arena, shared }} = arena;
            {backward}
        }}

        /// A gradient by parameters that `backward` has offered.
        pub(super) fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
            simd: S,
            offer: usize,
            parameters: &[T],
            gradients: &mut [T],
            arena: &mut [{element}],
        ) {{
            match offer {{ {offers} _ => unreachable!(\"there is no such offer\"), }}
        }}

        /// Makes the weights of a block into which something is folded.
        pub(super) fn pack_block<T: Scalar>(parameters: &[T], packed: &mut [T]) {{
            {pack_block}
        }}

        /// One block of inference.
        pub(super) fn infer<T: Scalar, S: Simd>(
            simd: S,
            parameters: &[T],
            packed: &[T],
            arena: &mut [Lanes<T>],
        ) {{
            {infer}
        }}

        /// Lays the weights out for one sample at a time.
        pub(super) fn pack<T: Scalar>(parameters: &[T], packed: &mut [T]) {{
            {pack}
        }}

        /// Inference on one sample.
        pub(super) fn infer_single<T: Scalar, S: Simd>(
            simd: S,
            packed: &[T],
            arena: &mut [T],
            sample: &[f32],
            result: &mut [T],
        ) {{
            {enter}
            {single}
            {leave}
        }}
        "
    )
}

/// What comes before and behind the calls of inference on one sample.
fn ends_of_single(program: &Program) -> (String, String) {
    let enter = match &program.input {
        Some(place) => format!("place(sample, &mut arena[{place:?}]);"),
        None => format!(
            "let (arena, converted) = arena.split_at_mut({});
            let sample = as_scalars(sample, converted);",
            program.arena.len
        ),
    };
    let leave = match &program.output {
        Some(place) => format!("read(&arena[{place:?}], result);"),
        None => String::new(),
    };
    (enter, leave)
}

/// What a probe is shown after each call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    Value,
    Gradient,
    Nothing,
}

/// The calls of the phase that is asked for; of one phase, the calls alone.
fn phases(plan: &Plan, phases: &[Phase], watch: Watch) -> String {
    let phase = |phase: &Phase| calls(plan, &phase.calls, watch);
    let Some((last, others)) = phases.split_last() else {
        return String::new();
    };
    if others.is_empty() {
        return phase(last);
    }
    let others = others.iter().enumerate();
    let arms = others.map(|(number, one)| format!("{number} => {{ {} }}", phase(one)));
    let (arms, last) = (arms.collect::<String>(), phase(last));
    format!("match pass.phase {{ {arms} _ => {{ {last} }} }}")
}

/// The offered calls by their numbers.
fn offers(plan: &Plan) -> String {
    let offers = plan.training.offers.iter().enumerate();
    offers
        .map(|(number, offer)| {
            format!(
                "{number} => {},",
                calling(plan, &offer.call, Watch::Nothing)
            )
        })
        .collect()
}

fn calls(plan: &Plan, calls: &[Call], watch: Watch) -> String {
    calls.iter().map(|one| call(plan, one, watch)).collect()
}

/// A call, unless it need not be made, or another makes it.
fn call(plan: &Plan, call: &Call, watch: Watch) -> String {
    let code = calling(plan, call, watch);
    if call.only_for_input {
        return format!("if input_gradient == InputGradient::Compute {code}");
    }
    match call.offer {
        Some(number) => format!("if !probe.take({number}, arena, shared) {code}"),
        None => code,
    }
}

/// A function with its tensors borrowed, in a block of its own.
fn calling(plan: &Plan, call: &Call, watch: Watch) -> String {
    let Action::Function(index) = call.action else {
        return add(call);
    };
    let function = &plan.functions.all[index];
    let name = &function.name;
    let names = function
        .signature
        .iter()
        .map(|parameter| parameter.name.as_str());
    let borrows: String = [
        Vector::Arena,
        Vector::Shared,
        Vector::Gradients,
        Vector::Packed,
    ]
    .into_iter()
    .map(|vector| borrow(vector, call, names.clone()))
    .collect();
    let arguments: String = call
        .bindings
        .iter()
        .zip(&function.signature)
        .map(|(binding, parameter)| argument(call, binding, parameter) + ", ")
        .collect();
    let simd = match function.kernel.purpose {
        "pack" => "",
        _ => "simd, ",
    };
    let watch = watched(call, &function.signature, watch).unwrap_or_default();
    format!("{{ {borrows} {name}({simd}{arguments}); {watch} }}")
}

/// The vectors that several tensors of a call can be borrowed from mutably.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vector {
    Arena,
    Shared,
    Gradients,
    Packed,
}

impl Vector {
    fn name(self) -> &'static str {
        match self {
            Self::Arena => "arena",
            Self::Shared => "shared",
            Self::Gradients => "gradients",
            Self::Packed => "packed",
        }
    }
}

/// Whether a call is one of packing, which may read what another has left among the packed weights.
fn fills_packed(call: &Call) -> bool {
    let is_filled = |binding: &Binding| {
        matches!(binding.place, Place::Packed(_)) && binding.access != Access::Read
    };
    call.bindings.iter().any(is_filled)
}

/// `let [input, output] = regions(arena, [0..784, 784..4240]);`
fn borrow<'a>(vector: Vector, call: &Call, names: impl IntoIterator<Item = &'a str>) -> String {
    let packs = fills_packed(call);
    let in_vector = |binding: &Binding| match (&binding.place, vector) {
        (Place::Arena(range), Vector::Arena)
        | (Place::Shared(range), Vector::Shared)
        | (Place::Gradients(range), Vector::Gradients) => Some(range.clone()),
        (Place::Packed(range), Vector::Packed) if packs => Some(range.clone()),
        _ => None,
    };
    let mut borrowed: Vec<(&str, Range<usize>)> = Vec::new();
    let mut copies = String::new();
    for (binding, name) in call.bindings.iter().zip(names) {
        let Some(range) = in_vector(binding) else {
            continue;
        };
        // A branch may begin and end with the same value, which is then read twice.
        match borrowed.iter().find(|(_, other)| *other == range) {
            Some((first, _)) => copies += &format!("let {name} = &*{first}; let {first} = {name};"),
            None => borrowed.push((name, range)),
        }
    }
    if borrowed.is_empty() {
        return String::new();
    }
    let (names, ranges): (Vec<&str>, Vec<_>) = borrowed.into_iter().unzip();
    let (names, vector) = (names.join(", "), vector.name());
    format!("let [{names}] = regions({vector}, {ranges:?}); {copies}")
}

/// The nested array that a tensor is handed over as.
fn argument(call: &Call, binding: &Binding, parameter: &Parameter) -> String {
    let mutable = if binding.access == Access::Read {
        ""
    } else {
        "_mut"
    };
    let view = format!("array{}{mutable}", parameter.sizes.len());
    match &binding.place {
        Place::Pass => "pass".to_owned(),
        Place::Sample => format!("{view}(sample)"),
        Place::Result => format!("{view}(result)"),
        Place::Parameters(range) => format!("{view}(&parameters[{range:?}])"),
        Place::Merged(range) => format!("{view}(&pass.merged[{range:?}])"),
        Place::Packed(range) if !fills_packed(call) => format!("{view}(&packed[{range:?}])"),
        _ => format!("{view}({})", parameter.name),
    }
}

fn watched(call: &Call, signature: &[Parameter], watch: Watch) -> Option<String> {
    let node = call.node;
    let name = |wanted: fn(&Tensor) -> bool| {
        let found = call
            .bindings
            .iter()
            .zip(signature)
            .find(|(b, _)| wanted(&b.tensor))?;
        Some(&found.1.name)
    };
    match watch {
        Watch::Value => {
            let output = name(|tensor| *tensor == Tensor::Output)?;
            Some(format!("probe.value({node}, {output});"))
        }
        Watch::Gradient => {
            let d_input = name(|tensor| matches!(tensor, Tensor::InputGradient(_)))?;
            Some(format!("probe.gradient({node}, {d_input});"))
        }
        Watch::Nothing => None,
    }
}

/// `into += from`, the second gradient of a value that is used more than once.
fn add(call: &Call) -> String {
    let borrows =
        [Vector::Arena, Vector::Shared].map(|vector| borrow(vector, call, ["into", "from"]));
    let borrows = borrows.concat();
    format!("{{ {borrows} add_assign(simd, into, from); }}")
}
