//! "Did you mean": the known word that is nearest to an unknown one.

/// The candidate nearest to `word`, if one is near enough to have been meant.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    // A third of the letters may be wrong, as in rustc's own suggestions.
    let tolerated = word.chars().count().div_ceil(3);
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|&(distance, _)| distance <= tolerated)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The words as prose: `` `a`, `b` and `c` ``.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closest_finds_slips_and_nothing_else() {
        let words = ["conv", "dense", "max_pool", "relu"];
        assert_eq!(closest("cnov", words), Some("conv"));
        assert_eq!(closest("maxpool", words), Some("max_pool"));
        assert_eq!(closest("ReLU", words), Some("relu"));
        assert_eq!(closest("transformer", words), None);
    }

    #[test]
    fn list_reads_as_prose() {
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(list(["a"]), "`a`");
    }
}
