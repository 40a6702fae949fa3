//! The attributes before a network mean what they mean before a struct.

#![deny(warnings)]

use cnn::prelude::*;

network! {
    #[cfg(any())]
    Absent: 4 -> dense(2)

    #[cfg_attr(all(), cfg(any()), doc = "Not there either.")]
    AbsentToo: 4 -> dense(2)

    #[cfg(all())]
    #[doc(hidden)]
    #[must_use]
    pub Present: 4 -> dense(2)

    #[deprecated(note = "take `Present`")]
    pub Old: 4 -> stage1: residual(dense(4)) -> dense(2)

    #[expect(non_camel_case_types)]
    #[rustfmt::skip]
    pub snake_net: 4 -> dense(2)
}

/// Has the name of a network that is not there, which no item may be left of.
struct Absent;

/// Likewise, where the condition is conditional.
struct AbsentToo;

network! {
    #[cfg(any())]
    Either: 4 -> dense(2)
}

network! {
    #[cfg(all())]
    Either: 4 -> dense(3)
    Around: 4 -> net<Either>(3)
}

#[test]
fn of_two_networks_with_one_name_a_condition_chooses() {
    assert_eq!(Either::new(1).predict(&[0.0; 4]).len(), 3);
    assert_eq!(Around::new(1).predict(&[0.0; 4]).len(), 3);
}

#[test]
fn a_network_whose_condition_is_false_leaves_nothing() {
    let _ = (Absent, AbsentToo);
    assert_eq!(Present::new(1).predict(&[0.0; 4]).len(), 2);
}

#[test]
#[expect(deprecated)]
fn a_deprecated_network_is_one_where_it_is_used() {
    assert_eq!(Old::new(1).predict(&[0.0; 4]).len(), 2);
    assert_eq!(snake_net::new(1).predict(&[0.0; 4]).len(), 2);
}
