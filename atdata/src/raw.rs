//! The only module with `unsafe`: memory maps, hints to the processor, sums of many bytes at once, and copying and reading
//! plain numbers without zeroing their place first.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::slice;

use bytes::Bytes;
use half::f16;
use num_complex::Complex;

/// Maps a whole file, read-only.
///
/// The map is the price of reading without a copy: a file that another process truncates while it is mapped makes the
/// next touch of the lost pages a `SIGBUS`. One that is overwritten in place changes under slices that Rust takes for
/// constant, which is undefined behaviour: text that was checked may no longer be UTF-8. No check of ours can prevent
/// that, so leaving the file alone is the caller's side of the bargain.
///
/// Its pages are left to be faulted in: today's page cache gives many at a time, and asking for them beforehand
/// (`MADV_POPULATE_READ`) took longer for cached files, and much longer for others.
///
/// With `keep_open` the file stays open as long as the map lives, and with it the locks that are on it.
pub(crate) fn map_file(file: &File, keep_open: bool) -> io::Result<Bytes> {
    let kept = if keep_open { Some(file.try_clone()?) } else { None };
    // SAFETY: the map is read-only and lives as long as its handles. That the file stays as it is meanwhile is the
    // documented condition of `ReadOptions::map_unchanging_files`, which also names the way to read without it.
    let map = unsafe { memmap2::Mmap::map(file)? };
    #[cfg(unix)]
    let _ = map.advise(memmap2::Advice::Sequential);
    Ok(Bytes::from_owner(Mapped { map, _kept: kept }))
}

struct Mapped {
    map: memmap2::Mmap,
    _kept: Option<File>,
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

/// Asks the processor for the cache lines of `bytes`, which are about to be read; only a hint.
#[inline]
pub(crate) fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: it gives no value and faults at no address; every x86-64 processor has it.
        let ask = |line: &u8| unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(line).cast()) };
        let (lines, rest) = bytes.as_chunks::<64>();
        for [first, ..] in lines {
            ask(first);
        }
        rest.first().inspect(|first| ask(first));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

/// Sum of the bytes: sixteen of them in three instructions, where the processor adds up absolute differences, here those
/// from zero.
#[inline]
pub(crate) fn sum(block: &[u8; 512]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128i, _mm_add_epi64, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_sad_epu8};
        use std::arch::x86_64::{_mm_setzero_si128, _mm_srli_si128};
        let (parts, _) = block.as_chunks::<16>();
        // SAFETY: every x86-64 processor has SSE2, and a part has the 16 bytes that are loaded, wherever it begins.
        unsafe {
            let zero = _mm_setzero_si128();
            #[expect(clippy::cast_ptr_alignment, reason = "it loads from wherever that is")]
            let load = |part: &[u8; 16]| _mm_loadu_si128(part.as_ptr().cast::<__m128i>());
            let sums = parts.iter().fold(zero, |sums, part| _mm_add_epi64(sums, _mm_sad_epu8(load(part), zero)));
            _mm_cvtsi128_si32(_mm_add_epi64(sums, _mm_srli_si128::<8>(sums))).cast_unsigned()
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    block.iter().copied().map(u32::from).sum()
}

/// Numbers without padding for which every bit pattern is a value.
///
/// # Safety
/// `Self` must have no padding bytes and no invalid bit patterns.
pub(crate) unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($t:ty),+) => { $(
        // SAFETY: a primitive number, or two of them side by side (`Complex` is `repr(C)`, `f16` a transparent `u16`).
        unsafe impl Plain for $t {}
    )+ };
}
plain!(i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64, Complex<f32>, Complex<f64>);

/// Appends the numbers whose native bytes are `bytes`, one copy; a trailing part of a number is ignored.
pub(crate) fn extend_plain<T: Plain>(out: &mut Vec<T>, bytes: &[u8]) {
    let count = bytes.len() / size_of::<T>();
    out.reserve(count);
    let end = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
    let step = if is_slow(end.addr(), bytes.as_ptr().addr()) { STEP } else { usize::MAX };
    let mut at = 0;
    while at < count * size_of::<T>() {
        let len = step.min(count * size_of::<T>() - at);
        // SAFETY: `reserve` made room for `count` values behind `len`, and `at + len` is within them as it is within
        // `bytes`; source and destination cannot overlap, for `out` is borrowed mutably.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().add(at), end.add(at), len) };
        at += len;
    }
    // SAFETY: all of them were written; `Plain` makes any bytes a value of `T`.
    unsafe { out.set_len(out.len() + count) };
}

/// What is copied at once between places for which [`is_slow`] holds: less than what is left to the processor.
const STEP: usize = 1024;

/// Whether some processors (Zen 3) copy many times slower from one address to the other, by the instruction that copies
/// any number of bytes: where the second is up to 63 bytes before the first, in whatever page.
fn is_slow(to: usize, from: usize) -> bool {
    (1..64).contains(&(to.wrapping_sub(from) % 4096))
}

/// Appends up to `count` numbers whose native bytes are in `file` from `at` on, straight to their place; how many bytes
/// were there. A part of a number at the end of the file is ignored.
pub(crate) fn read_plain<T: Plain>(file: &File, at: u64, out: &mut Vec<T>, count: usize) -> io::Result<usize> {
    out.try_reserve(count).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let room = out.spare_capacity_mut().get_mut(..count).unwrap_or_default();
    // SAFETY: the same memory, of which nothing is taken for initialised; bytes need no alignment.
    let room = unsafe { slice::from_raw_parts_mut(room.as_mut_ptr().cast::<MaybeUninit<u8>>(), size_of_val(room)) };
    let mut read = 0;
    let outcome = loop {
        let Some(rest) = room.get_mut(read..).filter(|rest| !rest.is_empty()) else { break Ok(read) };
        match read_uninit(file, at + read as u64, rest) {
            Ok(0) => break Ok(read),
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    // SAFETY: so many bytes were written behind `len`, one after the other, in room that is there; `Plain` makes any
    // bytes a value.
    unsafe { out.set_len(out.len() + read / size_of::<T>()) };
    outcome
}

/// Fills the begin of `room`; how much of it.
#[cfg(unix)]
fn read_uninit(file: &File, at: u64, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    let (filled, _) = rustix::io::pread(file, room, at)?;
    Ok(filled.len())
}

#[cfg(not(unix))]
fn read_uninit(file: &File, at: u64, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    // SAFETY: zeros are written to all of it first.
    let room = unsafe {
        room.as_mut_ptr().write_bytes(0, room.len());
        slice::from_raw_parts_mut(room.as_mut_ptr().cast::<u8>(), room.len())
    };
    read_at(file, room, at)
}

/// Reads from a place in a file, whatever the handle's own place is.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buffer, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buffer, at);
    #[cfg(not(any(unix, windows)))]
    {
        use std::io::{Read, Seek};
        let mut file = file;
        file.seek(io::SeekFrom::Start(at))?;
        file.read(buffer)
    }
}

/// The native bytes of `values`.
pub(crate) fn plain_bytes<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `Plain` has no padding, so all bytes are initialised; the length is that of the slice in bytes.
    unsafe { slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_appended_from_unaligned_bytes() {
        let bytes: Vec<u8> = (0..17).collect();
        let mut out = vec![7_u32];
        extend_plain(&mut out, &bytes[1..]);
        assert_eq!(out, [7, 0x0403_0201, 0x0807_0605, 0x0c0b_0a09, 0x100f_0e0d].map(u32::from_le));
    }

    #[test]
    fn places_between_which_copies_are_slow_make_no_difference() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|at| u8::try_from(at % 251).unwrap_or(0)).collect();
        let mut slow = 0;
        for from in 0..4200 {
            let mut out: Vec<u16> = Vec::with_capacity(10_000);
            slow += usize::from(is_slow(out.as_ptr().addr(), bytes[from..].as_ptr().addr()));
            extend_plain(&mut out, &bytes[from..]);
            assert_eq!(plain_bytes(&out), &bytes[from..from + out.len() * 2]);
        }
        assert!(slow >= 63);
    }

    #[test]
    fn a_trailing_part_is_ignored() {
        let mut out: Vec<u16> = Vec::new();
        extend_plain(&mut out, &[1, 0, 2]);
        assert_eq!(out.len(), 1);
        assert_eq!(plain_bytes(&out), [1, 0]);
    }
}
