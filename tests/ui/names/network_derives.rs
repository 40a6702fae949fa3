use cnn::network;

network! {
    #[derive(Debug, Default, PartialEq, serde::Serialize, Hash)]
    pub A: 4 -> relu
}

fn main() {}
