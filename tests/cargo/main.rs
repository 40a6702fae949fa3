//! What calls cargo as a user does, on crates of their own.

// Elsewhere instructions have other names, or the assembly another form.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod assembly;
mod outside;
mod user_crates;
