//! Networks that take what others give, frozen as one.

use cnn::compose::compose;
use cnn::prelude::*;

network! {
    Features: 1x4x4 -> conv<3x3>(2) -> relu
    SameShape: 2x2x2 -> max_pool<2x2>
    SameCount: 8 -> dense(3) -> tanh
    Flattened: 3 -> dense(2)
}

#[test]
fn composed_networks_predict_one_after_the_other() {
    let (features, head) = (Features::new(1), SameCount::new(2));
    let image: Vec<f32> = (0..16).map(|pixel| pixel as f32 / 8.0 - 1.0).collect();
    let between = features.predict(&image);
    let composed = compose(&features, &head).predict(&image);
    assert_eq!(composed, head.predict(&between));

    let largest = compose(&features, &SameShape::new(3)).predict(&image);
    assert_eq!(largest, SameShape::new(3).predict(&between));

    let logits = compose(&head, &Flattened::new(4)).predict(&between);
    assert_eq!(logits, Flattened::new(4).predict(&composed));
}
