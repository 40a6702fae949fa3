//! What calls cargo: it waits much for one `rustc`, so it stands in one binary, where tests run side by
//! side.

// Elsewhere instructions have other names, or the assembly another form.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod assembly;
mod mistakes;
mod outside;
mod user_crates;
