use cnn::network;

network! {
    #[repr(C)]
    #[tokio::main]
    pub A: 4 -> relu
}

fn main() {}
