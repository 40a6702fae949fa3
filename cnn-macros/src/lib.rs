//! The compiler inside `network!`.
