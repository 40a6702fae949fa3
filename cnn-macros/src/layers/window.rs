//! What layers with a sliding window share: the shape rule and its faults.

use proc_macro2::Span;

use super::options::Spanned;
use super::{Fault, Lint};
use crate::shape::Shape;

/// Rows that no window reads.
pub(crate) const UNREAD_ROWS: &str = "unread_rows";
/// Columns that no window reads.
pub(crate) const UNREAD_COLUMNS: &str = "unread_columns";

/// A window over an image, as it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Height and width.
    pub(crate) size: Spanned<[usize; 2]>,
    pub(crate) stride: Spanned<[usize; 2]>,
    /// Before and after, of rows and of columns.
    pub(crate) padding: [[usize; 2]; 2],
}

/// Channels, height and width of an image, or the fault of giving something flat to `word`.
pub(crate) fn image(input: Shape, word: &str, span: Span) -> Result<[usize; 3], Fault> {
    match input {
        Shape::Image {
            channels,
            height,
            width,
        } => Ok([channels, height, width]),
        Shape::Flat(length) => Err(Fault {
            span,
            message: format!("`{word}` needs an image, found a flat value of {length}"),
            help: Some(format!("put `{word}` before `flatten` and `dense`")),
        }),
    }
}

impl Window {
    /// Height and width of the output over an image of that height and width.
    pub(crate) fn output(&self, image: [usize; 2], what: &str) -> Result<[usize; 2], Fault> {
        let padded = [0, 1].map(|k| image[k] + self.padding[k][0] + self.padding[k][1]);
        let [h, w] = self.size.value;
        if h > padded[0] || w > padded[1] {
            return Err(self.too_large(image, padded, what));
        }
        Ok([0, 1].map(|k| (padded[k] - self.size.value[k]) / self.stride.value[k] + 1))
    }

    fn too_large(&self, image: [usize; 2], padded: [usize; 2], what: &str) -> Fault {
        let [h, w] = self.size.value;
        let note = match padded == image {
            true => String::new(),
            false => format!(" ({}x{} with its padding)", padded[0], padded[1]),
        };
        let (h_fit, w_fit) = (h.min(padded[0]), w.min(padded[1]));
        let mut help = format!("write `<{h_fit}x{w_fit}>` or smaller");
        if what == "kernel" {
            help.push_str(", or `padding = same` to keep the size of the input");
        }
        Fault {
            span: self.size.span,
            message: format!(
                "{what} {h}x{w} is larger than its input {}x{}{note}",
                image[0], image[1]
            ),
            help: Some(help),
        }
    }

    /// Warns of rows or columns at the end that no window reads.
    pub(crate) fn lints(&self, image: [usize; 2]) -> Vec<Lint> {
        let names = [(UNREAD_ROWS, "rows"), (UNREAD_COLUMNS, "columns")];
        let unread = |k: usize| {
            let padded = image[k] + self.padding[k][0] + self.padding[k][1];
            let rest = padded.checked_sub(self.size.value[k])? % self.stride.value[k];
            // Padding at the end may stay unread; that loses nothing.
            let lost = rest.saturating_sub(self.padding[k][1]);
            (lost > 0).then(|| self.unread(names[k], lost, image[k]))
        };
        [0, 1].into_iter().filter_map(unread).collect()
    }

    fn unread(&self, (name, what): (&'static str, &str), lost: usize, size: usize) -> Lint {
        Lint {
            name,
            span: self.size.span,
            message: format!("the last {lost} of {size} {what} are never read"),
            help: Some("choose window, stride and padding that cover the input".to_owned()),
        }
    }
}
