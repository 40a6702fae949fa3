use cnn::network;

network! {
    #[frozen]
    block unit(N) = dense(N) -> relu;

    A: 4
        -> #[frozen = true] dense(4)
        -> #[frozen] tanh
        -> #[requires_grad(false)] dense(3)
        -> unit(2)

    #[frozen]
    B: 4 -> dense(2)
}

fn main() {}
