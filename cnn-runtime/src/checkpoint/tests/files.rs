//! Checkpoints on a disk.

use std::fs;

use super::*;

#[test]
fn every_bit_survives_a_file() -> Result<()> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("net.safetensors");
    save(&FRESH, &path)?;
    save(&TRAINED, &path)?;
    let mut net = FRESH;
    load(&mut net, &path)?;
    assert_eq!(net, TRAINED);
    Ok(())
}

#[test]
fn a_missing_file_is_named() {
    let mut net = TRAINED;
    let message = load(&mut net, "no/such/file").map_err(|error| error.to_string());
    assert!(message.is_err_and(|message| message.starts_with("no/such/file: cannot read: ")));
}

#[test]
fn a_damaged_file_is_named_and_the_network_stays() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("net.safetensors");
    fs::write(&path, &to_bytes(&TRAINED)[..20]).expect("the folder is writable");
    let mut net = FRESH;
    let message = load(&mut net, &path).map_err(|error| error.to_string());
    assert!(message.is_err_and(|message| message.starts_with(&path.display().to_string())));
    assert_eq!(net, FRESH);
}

#[test]
fn a_save_that_fails_leaves_the_old_file() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("missing/net.safetensors");
    let message = save(&TRAINED, &path).map_err(|error| error.to_string());
    let message = message.expect_err("the folder is missing");
    assert!(message.contains("what was there before is unchanged"));
    assert!(message.starts_with(&path.display().to_string()));
    assert!(!path.exists());
}

#[test]
fn a_diverged_network_is_not_saved_over_another() -> Result<()> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("net.safetensors");
    save(&TRAINED, &path)?;
    let mut diverged = TRAINED;
    diverged.0[7] = f32::INFINITY;
    let message = save(&diverged, &path).map_err(|error| error.to_string());
    let expected = ": `logits.bias` is inf at [1], expected finite numbers; `Net` was not saved";
    assert!(message.is_err_and(|message| message.contains(expected)));
    assert_eq!(fs::read(&path).ok(), Some(to_bytes(&TRAINED)));
    Ok(())
}
