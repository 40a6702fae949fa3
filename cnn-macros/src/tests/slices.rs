//! Innermost loops read slices that were made before: what makes one of nested arrays is a function of the standard
//! library that stays a call where the units of a program are optimized each by itself, outside of the level.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::expand;

/// Layers that go over the elements of images, in all layouts.
const NETWORK: &str = "\
Images: 4x9x9
    -> group_norm(2) -> layer_norm -> instance_norm -> batch_norm
    -> prelu -> gelu -> log_softmax -> dropout(0.5) -> spatial_dropout(0.5)
    -> add(depthwise_conv<3x3>(padding = same), identity)
    -> avg_pool<3x3>(stride = 1, padding = 1) -> relu
    -> conv<3x3>(32) -> log_softmax -> layer_norm -> gelu
    -> max_pool<2x2>(stride = 1) -> global_avg_pool -> dense(3)";

#[test]
fn elements_are_read_of_slices() {
    let tokens = TokenStream::from_str(&format!("cnn; {NETWORK}"));
    let expansion = expand(tokens.expect("the declaration is made of tokens"));
    let mut loops = Vec::new();
    find_innermost(expansion, &mut loops);
    assert!(loops.len() > 100, "{} loops were found", loops.len());
    for body in loops {
        let text = body.to_string();
        assert!(!text.contains("as_flattened"), "{text}");
    }
}

/// Adds the bodies of the innermost loops: of `for`, and what is handed to a function that goes over elements.
/// Returns whether there are any.
fn find_innermost(tokens: TokenStream, loops: &mut Vec<TokenStream>) -> bool {
    let (mut found, mut is_loop, mut after_for, mut is_call) = (false, false, false, false);
    let mut trees = tokens.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Ident(word) if word == "for" => after_for = true,
            TokenTree::Ident(word) if word == "in" => is_loop = after_for,
            TokenTree::Ident(word) if word == "sums_by_lane" => is_call = true,
            TokenTree::Group(group) => {
                let holds_loops = find_innermost(group.stream(), loops);
                found |= holds_loops || is_call;
                if is_call && !holds_loops {
                    loops.push(group.stream());
                }
                is_call = false;
                // A block before the body is what the loop goes through.
                if is_block(&group)
                    && !matches!(trees.peek(), Some(TokenTree::Group(next)) if is_block(next))
                {
                    if is_loop && !holds_loops {
                        loops.push(group.stream());
                    }
                    found |= is_loop;
                    (is_loop, after_for) = (false, false);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

fn is_block(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}
