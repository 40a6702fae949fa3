//! The compiler inside `network!`.
mod emit; mod graph; mod kernel; mod layers; mod passes; mod shape;
#[cfg(test)]
mod temp {
    use super::*; use graph::*; use layers::{conv::Conv, dense::Dense, max_pool::MaxPool, flatten::Flatten, relu::Relu, tanh::Tanh}; use shape::Shape; use layers::Layer;
    fn build(name: &str, input: Shape, layers: Vec<(&str, Box<dyn Layer>)>) -> ShapedGraph {
        let mut nodes = vec![]; let mut shapes = vec![input]; let mut parameters = vec![];
        for (i, (n, l)) in layers.into_iter().enumerate() {
            let ins = [shapes[i]];
            shapes.push(l.output(&ins).ok().unwrap()); parameters.push(l.parameters(&ins));
            nodes.push(Node { name: n.into(), name_span: proc_macro2::Span::call_site(), source: n.into(), allowed: vec![], layer: l, inputs: vec![ValueId(i)] });
        }
        let n = nodes.len();
        ShapedGraph { graph: Graph { attributes: vec![], visibility: syn::parse_quote!(pub), name: quote::format_ident!("{name}"), input, input_span: proc_macro2::Span::call_site(), nodes, output: ValueId(n), asserted: None }, shapes, parameters }
    }
    #[test]
    fn dump() {
        let conv = |c, k, p| Box::new(Conv { window: [k;2], channels: c, stride: [1,1], padding: [p;4], bias: true });
        let pool = || Box::new(MaxPool { window: [2;2], stride: [2;2], padding: [0;2] });
        let lenet = build("LeNet5", Shape::Image { channels: 1, height: 28, width: 28 }, vec![
            ("conv1", conv(6,5,0)), ("relu1", Box::new(Relu)), ("max_pool1", pool()), ("conv2", conv(16,5,0)), ("relu2", Box::new(Relu)), ("max_pool2", pool()), ("flatten1", Box::new(Flatten)),
            ("dense1", Box::new(Dense { outputs: 120, bias: true })), ("relu3", Box::new(Relu)), ("dense2", Box::new(Dense { outputs: 84, bias: true })), ("relu4", Box::new(Relu)), ("dense3", Box::new(Dense { outputs: 10, bias: true }))]);
        let seed = build("SeedNet", Shape::Image { channels: 1, height: 256, width: 256 }, vec![("conv1", conv(1,3,1)), ("tanh1", Box::new(Tanh)), ("conv2", conv(1,3,1)), ("tanh2", Box::new(Tanh))]);
        let krate = quote::format_ident!("cnn");
        let mut out = String::new();
        for g in [lenet, seed] {
            let plan = passes::plan::plan(passes::fuse::fuse(g));
            let text = emit::emit(&plan, &krate).to_string();
            let text = text.replace("cnn :: __private", "::cnn::__private");
            out += &prettyplease::unparse(&syn::parse_str(&text).expect("valid"));
        }
        std::fs::write("/tmp/dump.rs", out).unwrap();
    }
}
