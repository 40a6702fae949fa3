//! What a user reads who made a mistake: one mistake per file, in folders by its kind.

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("*/*.rs");
}
