//! A stream of bytes from a file or from memory, unpacked on the way if it is gzipped.
//!
//! It knows how far it has come and how long it can be at most, so that its errors name a place and
//! its reader can refuse sizes that cannot be true. What the bytes mean is not its subject.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Result};

/// The first two bytes of a gzip file (RFC 1952, section 2.3.1).
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
/// DEFLATE packs no byte more than this many times (zlib's technical notes, "maximum compression
/// factor").
const GZIP_RATIO: u64 = 1032;

/// Bytes from a named source.
pub(super) struct Source<'a> {
    /// The file, or what the bytes in memory are called in messages.
    pub(super) name: String,
    /// How many bytes of content have been read.
    pub(super) position: u64,
    /// No more bytes of content than this can come.
    pub(super) bound: u64,
    stream: Box<dyn Read + 'a>,
    packed: bool,
}

impl<'a> Source<'a> {
    /// A file's content.
    pub(super) fn open(path: &Path) -> Result<Source<'static>> {
        let failed = |source| unreadable(path, source);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        // A pipe or a device does not tell its length.
        let length = if metadata.is_file() {
            metadata.len()
        } else {
            u64::MAX
        };
        let reader = BufReader::new(file);
        Source::new(path.display().to_string(), reader, length).map_err(failed)
    }

    /// Bytes in memory, called `name` in messages.
    pub(super) fn bytes(name: &str, bytes: &'a [u8]) -> Result<Self> {
        Self::new(name.to_owned(), bytes, bytes.len() as u64)
            .map_err(|source| unreadable(Path::new(name), source))
    }

    /// Fills the buffer; false if the content ends before.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<bool> {
        let bytes = self.up_to(buffer.len() as u64)?;
        let whole = bytes.len() == buffer.len();
        if whole {
            buffer.copy_from_slice(&bytes);
        }
        Ok(whole)
    }

    /// The next `count` bytes, or all that are left. Memory grows with the bytes that really come.
    pub(super) fn up_to(&mut self, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = (&mut self.stream).take(count).read_to_end(&mut bytes);
        self.position += bytes.len() as u64;
        match read {
            Ok(_) => Ok(bytes),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn new(name: String, mut reader: impl BufRead + 'a, length: u64) -> io::Result<Self> {
        let packed = reader.fill_buf()?.starts_with(GZIP_MAGIC);
        let (stream, bound): (Box<dyn Read + 'a>, u64) = if packed {
            let bound = length.saturating_mul(GZIP_RATIO);
            (Box::new(MultiGzDecoder::new(reader)), bound)
        } else {
            (Box::new(reader), length)
        };
        Ok(Self {
            name,
            position: 0,
            bound,
            stream,
            packed,
        })
    }

    fn failed(&self, source: io::Error) -> Error {
        use ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        if !self.packed || !matches!(source.kind(), InvalidData | InvalidInput | UnexpectedEof) {
            return unreadable(Path::new(&self.name), source);
        }
        Error::Data {
            origin: self.name.clone(),
            place: format!("gzip stream, after {} bytes of content", self.position),
            expected: "an intact gzip stream to the end".to_owned(),
            found: source.to_string(),
            help: "the file is damaged or was not copied completely: get it again".to_owned(),
        }
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::File {
        path: PathBuf::from(path),
        action: "read",
        source,
    }
}
