//! The model of what is to be written: modules with types with fields, all names decided.

use atdata_schema::fit::{ArrayParts, SampleParts, Texts, TypeParts};
use atdata_schema::{Dtype, OwnedArrayType, OwnedLayout};
use proc_macro2::TokenStream;
use serde_json::Value;

use crate::error::Problem;

/// A type of the package, by its place in [`Package::types`].
pub(crate) type TypeId = usize;

/// All that one run generates.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) types: Vec<TypeDef>,
    pub(crate) root: Module,
    /// What the types cannot say of their records.
    pub(crate) notes: Vec<Problem>,
}

/// A module: its types, and the modules in it, both in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) types: Vec<TypeId>,
    pub(crate) modules: Vec<Module>,
    /// From each version of what is in the modules to the next, where there is a way.
    pub(crate) upgrades: Vec<UpgradeDef>,
    /// Where there is none.
    pub(crate) refusals: Vec<Refusal>,
}

/// A lens from a type to a later version of it.
#[derive(Debug)]
pub(crate) struct UpgradeDef {
    /// Name in an index, where modules do not tell lenses apart.
    pub(crate) name: String,
    pub(crate) versions: [String; 2],
    /// That of the types themselves, and behind it those of the samples inside.
    pub(crate) samples: Vec<SampleUpgrade>,
}

/// How a struct becomes another.
#[derive(Debug)]
pub(crate) struct SampleUpgrade {
    /// Name of the function that does it.
    pub(crate) ident: String,
    pub(crate) old: TypeId,
    pub(crate) new: TypeId,
    /// For each field of the new struct, in order.
    pub(crate) fields: Vec<NewField>,
}

/// Where the value of a new field comes from.
#[derive(Debug)]
pub(crate) enum NewField {
    /// The field of the old struct with that name.
    Old(String, How),
    Null,
    /// Null, where that is a value as any other.
    Nil,
    Default,
}

/// What is done to a value of an old field.
#[derive(Debug)]
pub(crate) enum How {
    Copied,
    Cloned,
    IntToFloat,
    /// The elements of another dtype, if it is given, and then the rank forgotten, if it is so.
    Array {
        cast: Option<(Dtype, Dtype)>,
        forget_rank: bool,
    },
    /// The dtype is forgotten.
    ArrayToUntyped,
    /// Variants of two enums, the module and name of which come first.
    EnumToEnum([(Vec<String>, String); 2], Vec<(String, String)>),
    EnumToText((Vec<String>, String), Vec<(String, String)>),
    /// A value without a type, of what it can be made from.
    Untyped(Box<Self>),
    /// The same of an array.
    UntypedArray,
    NullOrUntyped(Box<Self>),
    NotNull(Box<Self>),
    Nullable(Box<Self>),
    List(Box<Self>),
    Map(Box<Self>),
    /// By the function for that sample of the upgrade.
    Sample {
        index: usize,
        boxed: [bool; 2],
    },
}

/// Two versions without a lens between them.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) versions: [String; 2],
    /// The fields, each with what is the matter with it.
    pub(crate) reasons: Vec<String>,
}

/// One struct.
#[derive(Debug)]
pub(crate) struct TypeDef {
    /// Names of the modules that it is in, from the outside.
    pub(crate) module: Vec<String>,
    pub(crate) ident: String,
    /// The name of the batch type, where another type has the usual one.
    pub(crate) batch: Option<String>,
    /// Name in the schema, where it is not that of the struct.
    pub(crate) name: Option<String>,
    /// Version in the schema, where a sample type can have it.
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) derives: Vec<TokenStream>,
    pub(crate) attributes: Vec<TokenStream>,
    pub(crate) fields: Vec<FieldDef>,
    /// That the fields are members of their own.
    pub(crate) members: Option<OwnedLayout>,
    /// What reads its members, where they are not the codecs of the library: a path.
    pub(crate) codecs: Option<TokenStream>,
}

/// One field of a struct.
#[derive(Debug)]
pub(crate) struct FieldDef {
    pub(crate) ident: String,
    /// Name on the wire, where it is not that of the field.
    pub(crate) rename: Option<String>,
    pub(crate) ty: Ty,
    pub(crate) optional: bool,
    pub(crate) default: Option<Default>,
    /// That a sample has it, though its type has null.
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
    pub(crate) attributes: Vec<TokenStream>,
    /// Names of the member that it is in.
    pub(crate) member: Option<String>,
    /// What reads that member, where it is not the codec of its extension: a path.
    pub(crate) codec: Option<TokenStream>,
    /// What manifests of shards have of it, as the attribute says it.
    pub(crate) manifest: Option<TokenStream>,
    /// Whether its maps are hashed, and its bytes shared.
    pub(crate) containers: Containers,
    /// The enum that the field has, alone or in lists and maps.
    pub(crate) enumeration: Option<EnumDef>,
}

/// Which of several Rust types the options choose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Containers {
    /// `HashMap` in place of `BTreeMap`.
    pub(crate) hash_map: bool,
    /// `Bytes` in place of `Vec<u8>`.
    pub(crate) shared_bytes: bool,
}

impl FieldDef {
    pub(crate) fn wire_name(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.ident)
    }

    /// The type with null, where that is allowed.
    pub(crate) fn whole_type(&self) -> Ty {
        if self.optional { Ty::Nullable(Box::new(self.ty.clone())) } else { self.ty.clone() }
    }
}

/// What stands for a field that a sample does not have.
#[derive(Debug)]
pub(crate) enum Default {
    /// What the Rust type gives.
    Natural,
    /// A value of the type, in JSON.
    Value(Value),
}

/// An enum, beside the struct whose field it is of.
#[derive(Debug)]
pub(crate) struct EnumDef {
    pub(crate) ident: String,
    /// Each variant and its text on the wire.
    pub(crate) variants: Vec<(String, String)>,
    pub(crate) derives: Vec<TokenStream>,
    pub(crate) attributes: Vec<TokenStream>,
}

/// The type of a field. References to samples are `Id`s: of drafts first, of [`TypeDef`]s in the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Ty {
    Text,
    Int,
    Float,
    Truth,
    Bytes,
    /// Bytes that are files of images, of that colour.
    Image(String),
    /// One of these texts.
    Enum(Vec<String>),
    Anything,
    Array(ArrayTy),
    Structured(ArrayTy),
    Sparse,
    ArrowTensor,
    Safetensors,
    DataFrame,
    List(Box<Ty>),
    Map(Box<Ty>),
    Nullable(Box<Ty>),
    Sample(TypeId),
    /// A sample on the heap, for the type would contain itself.
    Boxed(TypeId),
    /// What the user says instead of a sample: the text of a type that parses.
    Replaced(String),
    /// The same instead of all that the field is, null included.
    Given(String),
}

/// What is known of an array; unlike in a schema, a rank is always a shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ArrayTy {
    pub(crate) dtype: Option<Dtype>,
    pub(crate) shape: Option<Vec<Option<usize>>>,
    pub(crate) dims: Option<Vec<String>>,
}

/// Ranks for which ndarray has a type of its own.
pub(crate) const RANKED: usize = 6;

impl ArrayTy {
    /// The rank, where the type in Rust has it.
    pub(crate) fn rank(&self) -> Option<usize> {
        self.shape.as_ref().map(Vec::len).filter(|rank| *rank <= RANKED)
    }

    /// What the type in Rust says: without a dtype it has no rank either, and sizes and names are in schemas alone.
    pub(crate) fn parts(&self) -> ArrayParts<'static> {
        let ndim = self.dtype.and_then(|_| self.rank());
        ArrayParts { dtype: self.dtype, ndim, shape: None, dims: None }
    }
}

impl From<&OwnedArrayType> for ArrayTy {
    fn from(array: &OwnedArrayType) -> Self {
        let ranked = || array.ndim.map(|ndim| vec![None; ndim]);
        Self { dtype: array.dtype, shape: array.shape.clone().or_else(ranked), dims: array.dims.clone() }
    }
}

impl Ty {
    /// What it says, insides apart, for comparison; nothing of what stands for a type in Rust.
    pub(crate) fn parts(&self) -> Option<TypeParts<'_>> {
        Some(match self {
            Self::Text => TypeParts::Str,
            Self::Int => TypeParts::Int,
            Self::Float => TypeParts::Float,
            Self::Truth => TypeParts::Bool,
            Self::Bytes | Self::Image(_) => TypeParts::Bytes,
            Self::Enum(values) => TypeParts::Enum(Texts::Owned(values)),
            Self::Anything => TypeParts::Any,
            Self::Array(array) => TypeParts::Array(array.parts()),
            Self::Structured(array) => TypeParts::Structured(array.parts()),
            Self::Sparse => TypeParts::Sparse,
            Self::ArrowTensor => TypeParts::ArrowTensor,
            Self::Safetensors => TypeParts::Safetensors,
            Self::DataFrame => TypeParts::DataFrame,
            Self::List(_) => TypeParts::List,
            Self::Map(_) => TypeParts::Map,
            Self::Nullable(_) => TypeParts::Nullable,
            Self::Sample(_) | Self::Boxed(_) => TypeParts::Sample(SampleParts::default()),
            Self::Replaced(_) | Self::Given(_) => return None,
        })
    }

    /// The sample that a value of this type has inside of itself, not behind a pointer.
    pub(crate) fn direct(&self) -> Option<TypeId> {
        match self {
            Self::Sample(id) => Some(*id),
            _ => None,
        }
    }

    /// The sample in it, wherever, and the lists and maps around that.
    pub(crate) fn reach(&self) -> (usize, Option<TypeId>) {
        match self {
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => {
                let (layers, sample) = inner.reach();
                (layers + 1, sample)
            }
            Self::Sample(id) | Self::Boxed(id) => (0, Some(*id)),
            _ => (0, None),
        }
    }

    /// The array type, alone or in lists and maps.
    pub(crate) fn array(&self) -> Option<&ArrayTy> {
        match self {
            Self::Array(array) | Self::Structured(array) => Some(array),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.array(),
            _ => None,
        }
    }

    /// Whether it is a structured array, alone or in lists and maps.
    pub(crate) fn is_structured(&self) -> bool {
        match self {
            Self::Structured(_) => true,
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.is_structured(),
            _ => false,
        }
    }

    /// The values of an enum, alone or in lists and maps.
    pub(crate) fn enum_values(&self) -> Option<&[String]> {
        match self {
            Self::Enum(values) => Some(values),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.enum_values(),
            _ => None,
        }
    }

    /// The same type with other samples.
    pub(crate) fn map_samples(&self, of: &impl Fn(TypeId) -> TypeId) -> Self {
        let inside = |inner: &Self| Box::new(inner.map_samples(of));
        match self {
            Self::List(inner) => Self::List(inside(inner)),
            Self::Map(inner) => Self::Map(inside(inner)),
            Self::Nullable(inner) => Self::Nullable(inside(inner)),
            Self::Sample(id) => Self::Sample(of(*id)),
            Self::Boxed(id) => Self::Boxed(of(*id)),
            other => other.clone(),
        }
    }
}
