//! Content codings undone as the bytes come in, with limits that hold while decoding, not after it.

use flate2::write::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::{self, Write};

/// Decoded bytes below which the ratio is not judged: small answers of empty lists compress very well.
const RATIO_FREE_BYTES: usize = 1024 * 1024;

/// The largest window of a zstd frame, as a power of two: 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Buffer of the brotli decoder, in bytes.
const BROTLI_BUFFER_BYTES: usize = 8 * 1024;

/// The codings that requests offer.
pub(super) const ACCEPTED: &str = "gzip, br, zstd, deflate";

/// Why a body cannot be decoded any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Over the limit of decoded bytes.
    TooLarge,
    /// Over the limit of the ratio.
    Bomb,
    /// Not what its coding says, or cut short.
    Corrupt,
}

/// Collects decoded bytes up to the limits.
struct Sink {
    out: Vec<u8>,
    bytes_max: usize,
    ratio_max: usize,
    fed: usize,
    over: Option<Fault>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.out.len() + bytes.len();
        if len > self.bytes_max {
            let room = self.bytes_max - self.out.len();
            self.out.extend_from_slice(&bytes[..room]);
            self.over = Some(Fault::TooLarge);
        } else if len > RATIO_FREE_BYTES && len / self.ratio_max > self.fed {
            self.over = Some(Fault::Bomb);
        } else {
            self.out.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        Err(io::Error::other("over the limit"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Coding {
    Identity(Sink),
    Gzip(GzDecoder<Sink>),
    Zlib(ZlibDecoder<Sink>),
    Deflate(DeflateDecoder<Sink>),
    Brotli(Box<brotli::DecompressorWriter<Sink>>),
    Zstd(zstd::stream::write::Decoder<'static, Sink>),
}

/// Decodes one body.
pub(super) struct Decoder {
    /// The coding, chosen with the first byte: many servers name one and send plain bytes.
    coding: Option<Coding>,
    named: String,
    sink: Option<Sink>,
}

impl Decoder {
    /// For a body with this `Content-Encoding`; `expected` bytes are made room for.
    pub fn new(content_encoding: Option<&str>, expected: usize, bytes_max: usize, ratio_max: usize) -> Self {
        let out = Vec::with_capacity(expected.min(bytes_max).min(RATIO_FREE_BYTES));
        let sink = Sink { out, bytes_max, ratio_max: ratio_max.max(1), fed: 0, over: None };
        let named = content_encoding.unwrap_or_default().trim().to_ascii_lowercase();
        Self { coding: None, named, sink: Some(sink) }
    }

    /// Takes the next bytes as they came over the wire.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let Some(first) = bytes.first() else { return Ok(()) };
        if let Some(sink) = self.sink.take() {
            self.coding = Some(begin(&self.named, *first, sink)?);
        }
        let Some(coding) = &mut self.coding else { return Ok(()) };
        coding.sink().fed += bytes.len();
        match coding.write(bytes) {
            Ok(()) => Ok(()),
            Err(_) => Err(coding.sink().over.unwrap_or(Fault::Corrupt)),
        }
    }

    /// Decoded bytes so far.
    pub fn len(&mut self) -> usize {
        self.coding.as_mut().map_or(0, |coding| coding.sink().out.len())
    }

    /// What has been decoded before the limit was reached.
    pub fn cut(mut self) -> Vec<u8> {
        self.coding.as_mut().map(|coding| std::mem::take(&mut coding.sink().out)).unwrap_or_default()
    }

    /// The decoded body.
    pub fn finish(self) -> Result<Vec<u8>, Fault> {
        let Some(coding) = self.coding else { return Ok(Vec::new()) };
        let corrupt = |_| Fault::Corrupt;
        Ok(match coding {
            Coding::Identity(sink) => sink,
            Coding::Gzip(decoder) => decoder.finish().map_err(corrupt)?,
            Coding::Zlib(decoder) => decoder.finish().map_err(corrupt)?,
            Coding::Deflate(decoder) => decoder.finish().map_err(corrupt)?,
            Coding::Brotli(mut decoder) => {
                decoder.close().map_err(corrupt)?;
                decoder.into_inner().map_err(|_| Fault::Corrupt)?
            }
            Coding::Zstd(mut decoder) => {
                decoder.flush().map_err(corrupt)?;
                decoder.into_inner()
            }
        }
        .out)
    }
}

impl Coding {
    fn sink(&mut self) -> &mut Sink {
        match self {
            Coding::Identity(sink) => sink,
            Coding::Gzip(decoder) => decoder.get_mut(),
            Coding::Zlib(decoder) => decoder.get_mut(),
            Coding::Deflate(decoder) => decoder.get_mut(),
            Coding::Brotli(decoder) => decoder.get_mut(),
            Coding::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Coding::Identity(sink) => sink.write_all(bytes),
            Coding::Gzip(decoder) => write_to_end(decoder, bytes),
            Coding::Zlib(decoder) => write_to_end(decoder, bytes),
            Coding::Deflate(decoder) => write_to_end(decoder, bytes),
            Coding::Brotli(decoder) => write_to_end(decoder.as_mut(), bytes),
            Coding::Zstd(decoder) => write_to_end(decoder, bytes),
        }
    }
}

/// Writes everything, but takes bytes after the end of the coded stream as padding.
fn write_to_end(decoder: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match decoder.write(bytes)? {
            0 => return Ok(()),
            n => bytes = &bytes[n..],
        }
    }
    Ok(())
}

/// The decoder for a named coding; plain bytes under a coding's name are taken as plain.
fn begin(named: &str, first: u8, sink: Sink) -> Result<Coding, Fault> {
    const GZIP_MAGIC: u8 = 0x1f;
    const ZSTD_MAGIC: u8 = 0x28;
    const ZLIB_METHOD: u8 = 0x08; // low four bits of the first byte (RFC 1950, section 2.2)
    Ok(match named {
        "gzip" | "x-gzip" if first == GZIP_MAGIC => Coding::Gzip(GzDecoder::new(sink)),
        // By the book `deflate` is zlib (RFC 9110, section 8.4.1.2); some servers send it without the wrapper.
        "deflate" if first & 0x0f == ZLIB_METHOD => Coding::Zlib(ZlibDecoder::new(sink)),
        "deflate" if first != b'<' => Coding::Deflate(DeflateDecoder::new(sink)),
        "br" => Coding::Brotli(Box::new(brotli::DecompressorWriter::new(sink, BROTLI_BUFFER_BYTES))),
        "zstd" if first == ZSTD_MAGIC => {
            let mut decoder = zstd::stream::write::Decoder::new(sink).map_err(|_| Fault::Corrupt)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| Fault::Corrupt)?;
            Coding::Zstd(decoder)
        }
        _ => Coding::Identity(sink),
    })
}
