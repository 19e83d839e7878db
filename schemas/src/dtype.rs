//! Element types of arrays: the fourteen whose values Rust and numpy share.

use std::fmt;

/// Element type of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dtype {
    /// One byte, zero or one.
    Bool,
    /// Signed, 1 byte.
    Int8,
    /// Signed, 2 bytes.
    Int16,
    /// Signed, 4 bytes.
    Int32,
    /// Signed, 8 bytes.
    Int64,
    /// Unsigned, 1 byte.
    UInt8,
    /// Unsigned, 2 bytes.
    UInt16,
    /// Unsigned, 4 bytes.
    UInt32,
    /// Unsigned, 8 bytes.
    UInt64,
    /// IEEE 754 half, 2 bytes.
    Float16,
    /// IEEE 754 single, 4 bytes.
    Float32,
    /// IEEE 754 double, 8 bytes.
    Float64,
    /// Two singles: real, imaginary.
    Complex64,
    /// Two doubles: real, imaginary.
    Complex128,
}

impl Dtype {
    /// All of them, smallest kind first.
    pub const ALL: [Self; 14] = [
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float16,
        Self::Float32,
        Self::Float64,
        Self::Complex64,
        Self::Complex128,
    ];

    /// The name in schemas, which is numpy's: `float32`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::UInt8 => "uint8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Float16 => "float16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
        }
    }

    /// The dtype with that [name](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Self::Bool | Self::Int8 | Self::UInt8 => 1,
            Self::Int16 | Self::UInt16 | Self::Float16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float32 => 4,
            Self::Int64 | Self::UInt64 | Self::Float64 | Self::Complex64 => 8,
            Self::Complex128 => 16,
        }
    }

    /// Whether `wider` is another dtype that holds every value of this one exactly.
    ///
    /// ```
    /// use atdata_schema::Dtype;
    ///
    /// assert!(Dtype::Int16.widens_to(Dtype::Float32) && Dtype::Float32.widens_to(Dtype::Complex64));
    /// // numpy calls this cast safe as well; but a double has 53 bits.
    /// assert!(!Dtype::Int64.widens_to(Dtype::Float64));
    /// ```
    pub const fn widens_to(self, wider: Self) -> bool {
        match (self.digits(), wider.digits()) {
            (Digits::Bool, wider) => !matches!(wider, Digits::Bool),
            (Digits::Signed(bits), Digits::Signed(wider))
            | (Digits::Unsigned(bits), Digits::Unsigned(wider))
            | (Digits::Float(bits), Digits::Float(wider))
            | (Digits::Complex(bits), Digits::Complex(wider)) => bits < wider,
            (Digits::Unsigned(bits), Digits::Signed(wider) | Digits::Float(wider) | Digits::Complex(wider))
            | (Digits::Signed(bits), Digits::Float(wider) | Digits::Complex(wider))
            | (Digits::Float(bits), Digits::Complex(wider)) => bits <= wider,
            _ => false,
        }
    }

    const fn digits(self) -> Digits {
        match self {
            Self::Bool => Digits::Bool,
            Self::Int8 => Digits::Signed(7),
            Self::Int16 => Digits::Signed(15),
            Self::Int32 => Digits::Signed(31),
            Self::Int64 => Digits::Signed(63),
            Self::UInt8 => Digits::Unsigned(8),
            Self::UInt16 => Digits::Unsigned(16),
            Self::UInt32 => Digits::Unsigned(32),
            Self::UInt64 => Digits::Unsigned(64),
            Self::Float16 => Digits::Float(11),
            Self::Float32 => Digits::Float(24),
            Self::Float64 => Digits::Float(53),
            Self::Complex64 => Digits::Complex(24),
            Self::Complex128 => Digits::Complex(53),
        }
    }

    /// numpy's typestr for little-endian data, as shards have it: `<f4`, `|u1`.
    pub const fn typestr(self) -> &'static str {
        match self {
            Self::Bool => "|b1",
            Self::Int8 => "|i1",
            Self::Int16 => "<i2",
            Self::Int32 => "<i4",
            Self::Int64 => "<i8",
            Self::UInt8 => "|u1",
            Self::UInt16 => "<u2",
            Self::UInt32 => "<u4",
            Self::UInt64 => "<u8",
            Self::Float16 => "<f2",
            Self::Float32 => "<f4",
            Self::Float64 => "<f8",
            Self::Complex64 => "<c8",
            Self::Complex128 => "<c16",
        }
    }

    /// The dtype of a numpy kind character and item size: `('f', 4)`.
    pub const fn from_kind(kind: char, size: usize) -> Option<Self> {
        Some(match (kind, size) {
            ('b', 1) => Self::Bool,
            ('i', 1) => Self::Int8,
            ('i', 2) => Self::Int16,
            ('i', 4) => Self::Int32,
            ('i', 8) => Self::Int64,
            ('u', 1) => Self::UInt8,
            ('u', 2) => Self::UInt16,
            ('u', 4) => Self::UInt32,
            ('u', 8) => Self::UInt64,
            ('f', 2) => Self::Float16,
            ('f', 4) => Self::Float32,
            ('f', 8) => Self::Float64,
            ('c', 8) => Self::Complex64,
            ('c', 16) => Self::Complex128,
            _ => return None,
        })
    }
}

/// How many bits of a whole number a dtype holds exactly, by kind.
#[derive(Clone, Copy)]
enum Digits {
    Bool,
    Signed(u8),
    Unsigned(u8),
    Float(u8),
    Complex(u8),
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_typestr_lead_back() {
        for dtype in Dtype::ALL {
            assert_eq!(Dtype::from_name(dtype.name()), Some(dtype));
            let kind = dtype.typestr().chars().nth(1).unwrap_or(' ');
            assert_eq!(Dtype::from_kind(kind, dtype.size()), Some(dtype), "{dtype}");
        }
        assert_eq!(Dtype::from_kind('f', 16), None);
    }
}
