//! The model of `#[derive(Packable)]`: what a struct means as a sample type.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, GenericParam, Ident, Lifetime, Path, Type, Visibility};

use crate::attr::{At, Default, FieldAttrs, Manifest, SampleAttrs};
use crate::ctxt::Ctxt;
use crate::deprecated;
use crate::record::Record;

/// A sample type.
pub(crate) struct SampleDef<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    /// The lifetime of a borrowed sample.
    pub(crate) lifetime: Option<&'a Lifetime>,
    /// Name in the schema.
    pub(crate) name: At<String>,
    pub(crate) version: At<String>,
    /// The schema record that the struct is held against.
    pub(crate) record: Option<Record>,
    pub(crate) description: Option<String>,
    pub(crate) allow_unknown: bool,
    pub(crate) batch_derive: Option<Vec<Path>>,
    /// Whether Python shall be able to make a type of the schema.
    pub(crate) python: bool,
    /// Where the fields come from, if not all from one packed member.
    pub(crate) members: Members,
    /// The type that this one is a declared view of.
    pub(crate) view_of: Option<Path>,
    /// That there are functions for its fields in predicates, on a type of that name if it is given.
    pub(crate) query: Option<At<Option<Ident>>>,
    batch: Option<Ident>,
    krate: Option<Path>,
    pub(crate) fields: Vec<FieldDef<'a>>,
    /// For the expansion, where the type or a part of it is deprecated.
    pub(crate) allow_deprecated: Option<TokenStream>,
}

/// What a struct says of its layout.
pub(crate) struct Members {
    pub(crate) layout: Option<At<String>>,
    pub(crate) path: Option<At<String>>,
    pub(crate) codecs: Option<At<syn::Path>>,
}

/// A field of a sample type.
pub(crate) struct FieldDef<'a> {
    /// Its number in the struct.
    pub(crate) place: usize,
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    /// Name on the wire.
    pub(crate) name: At<String>,
    /// Where the user gives that name.
    pub(crate) renamed: Option<Span>,
    /// Other names that samples may have it under.
    pub(crate) alias: Option<At<Vec<String>>>,
    pub(crate) description: Option<String>,
    pub(crate) default: Option<At<Default>>,
    pub(crate) skip: Option<Span>,
    pub(crate) shape: Option<At<Vec<Option<TokenStream>>>>,
    pub(crate) dims: Option<At<Vec<String>>>,
    pub(crate) cast: Option<Span>,
    pub(crate) ragged: Option<Span>,
    /// With what a batch fills it up.
    pub(crate) pad: Option<At<Default>>,
    /// That a sample has the field, though its type could do without.
    pub(crate) required: Option<Span>,
    /// The module that converts it.
    pub(crate) with: Option<At<Path>>,
    /// That serde converts it.
    pub(crate) serde: Option<Span>,
    /// Name in Rust of the field of the source that a declared view shows here.
    pub(crate) from: Option<At<String>>,
    /// Names of the member that it is in, in a layout of members.
    pub(crate) member: Option<At<String>>,
    /// That it is the key of the sample.
    pub(crate) key: Option<Span>,
    /// What reads and writes that member.
    pub(crate) codec: Option<At<Path>>,
    /// That the fields of its type are in its place.
    pub(crate) flatten: Option<Span>,
    /// That the schema says of its values what `schemars` says.
    pub(crate) schemars: Option<Span>,
    /// What manifests of shards have of it.
    pub(crate) manifest: Option<At<Manifest>>,
}

/// What a field of a declared view shows of the source: a field, or one inside of flattened ones.
pub(crate) struct Shown(Vec<Ident>);

impl Shown {
    /// The names in Rust, with dots between them.
    pub(crate) fn path(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|ident| ident.unraw().to_string()).collect();
        names.join(".")
    }
}

impl ToTokens for Shown {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let names = &self.0;
        tokens.extend(quote!(#(#names).*));
    }
}

impl<'a> SampleDef<'a> {
    /// Reads the struct; `None` where there is too little to go on.
    pub(crate) fn from_input(ctxt: &Ctxt, input: &'a DeriveInput) -> Option<Self> {
        let attrs = SampleAttrs::from(ctxt, &input.attrs);
        let own = input.ident.unraw().to_string();
        let name = attrs.name.as_ref().map_or(own.as_str(), |name| &name.value);
        let version = attrs.version.as_ref().map(|version| version.value.as_str());
        let record = attrs.schema.as_ref().and_then(|path| Record::read(ctxt, path, name, version));
        let lifetime = lifetime(ctxt, input);
        layout(ctxt, input);
        let fields = named_fields(ctxt, input)?;
        let fields = fields
            .iter()
            .enumerate()
            .filter_map(|(place, field)| {
                let ident = field.ident.as_ref()?;
                Some(FieldDef::new(place, ident, field, FieldAttrs::from(ctxt, &field.attrs), &attrs))
            })
            .collect();
        Some(Self {
            ident: &input.ident,
            vis: &input.vis,
            lifetime,
            name: attrs
                .name
                .or_else(|| record.as_ref().map(Record::name))
                .unwrap_or_else(|| At { value: input.ident.unraw().to_string(), span: input.ident.span() }),
            version: attrs
                .version
                .or_else(|| record.as_ref().map(Record::version))
                .unwrap_or_else(|| At { value: "1.0.0".to_owned(), span: Span::call_site() }),
            record,
            description: attrs.description,
            allow_unknown: attrs.allow_unknown,
            batch_derive: attrs.batch_derive,
            python: attrs.python,
            members: Members { layout: attrs.layout, path: attrs.path, codecs: attrs.codecs },
            view_of: attrs.view_of,
            query: attrs.query,
            batch: attrs.batch,
            krate: attrs.krate,
            allow_deprecated: deprecated::allow(input),
            fields,
        })
    }

    /// Fields that are on the wire: by a name of their own, or flattened.
    pub(crate) fn wire_fields(&self) -> impl Iterator<Item = &FieldDef<'a>> {
        self.fields.iter().filter(|field| field.skip.is_none())
    }

    /// Those that have a name there.
    pub(crate) fn named_fields(&self) -> impl Iterator<Item = &FieldDef<'a>> {
        self.wire_fields().filter(|field| field.flatten.is_none())
    }

    /// Those that have not.
    pub(crate) fn flat_fields(&self) -> impl Iterator<Item = &FieldDef<'a>> {
        self.wire_fields().filter(|field| field.flatten.is_some())
    }

    /// Whether there are any.
    pub(crate) fn is_flat(&self) -> bool {
        self.flat_fields().next().is_some()
    }

    /// Whether the type may lack fields of its record: it passes over them, and is never written.
    pub(crate) fn is_partial(&self) -> bool {
        self.allow_unknown && self.lifetime.is_some()
    }

    /// The struct's own name, without a raw prefix.
    pub(crate) fn type_name(&self) -> String {
        self.ident.unraw().to_string()
    }

    pub(crate) fn batch_ident(&self) -> Ident {
        self.batch.clone().unwrap_or_else(|| batch_ident(self.ident))
    }

    /// The path to what expansions call.
    pub(crate) fn private(&self) -> TokenStream {
        private(self.krate.as_ref())
    }

    /// Whether a path means the type that every sample type is a view of: its bare name, or that name in the library. What
    /// another path leads to only the compiler knows.
    pub(crate) fn is_dict_sample(&self, path: &Path) -> bool {
        let idents = |path: &Path| path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>();
        let named = idents(path);
        let Some((last, library)) = named.split_last() else { return false };
        let is_library = library == ["atdata"] || self.krate.as_ref().is_some_and(|krate| library == idents(krate));
        last == "DictSample" && (library.is_empty() || is_library)
    }
}

/// `PhotoBatch` for `Photo`.
pub(crate) fn batch_ident(ident: &Ident) -> Ident {
    format_ident!("{}Batch", ident.unraw(), span = ident.span())
}

/// The hidden module, under a name with this crate's version.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    let module = format_ident!("__private_{}", env!("CARGO_PKG_VERSION").replace('.', "_"));
    match krate {
        Some(krate) => quote!(#krate::#module),
        None => quote!(::atdata::#module),
    }
}

impl<'a> FieldDef<'a> {
    fn new(place: usize, ident: &'a Ident, field: &'a syn::Field, attrs: FieldAttrs, sample: &SampleAttrs) -> Self {
        let own = ident.unraw().to_string();
        let renamed = attrs.rename.as_ref().map(|name| name.span);
        let name = attrs.rename.unwrap_or_else(|| At {
            value: sample.rename_all.map_or_else(|| own.clone(), |case| case.apply(&own)),
            span: ident.span(),
        });
        Self {
            place,
            ident,
            vis: &field.vis,
            ty: &field.ty,
            name,
            renamed,
            alias: attrs.alias,
            description: attrs.description,
            default: attrs.default,
            skip: attrs.skip,
            shape: attrs.shape,
            dims: attrs.dims,
            cast: attrs.cast,
            ragged: attrs.ragged,
            pad: attrs.pad,
            required: attrs.required,
            with: attrs.with,
            serde: attrs.serde,
            from: attrs.from,
            member: attrs.member,
            key: attrs.key,
            codec: attrs.codec,
            flatten: attrs.flatten,
            schemars: attrs.schemars,
            manifest: attrs.manifest,
        }
    }

    /// What a declared view shows here, where the user says it; `None` if it is no name, and no path of names.
    pub(crate) fn shown(&self) -> Option<Shown> {
        let Some(At { value, span }) = &self.from else { return Some(Shown(vec![self.ident.clone()])) };
        let name = |name: &str| {
            let ident = syn::parse_str::<Ident>(name).or_else(|_| syn::parse_str(&format!("r#{name}")));
            ident.ok().map(|mut ident| {
                ident.set_span(*span);
                ident
            })
        };
        value.split('.').map(name).collect::<Option<_>>().map(Shown)
    }

    /// Other names that samples may have it under.
    pub(crate) fn aliases(&self) -> &[String] {
        self.alias.as_ref().map_or(&[], |alias| &alias.value)
    }

    /// Where the user says that a batch fills it up.
    pub(crate) fn pad_span(&self) -> Option<Span> {
        self.pad.as_ref().map(|pad| pad.span)
    }

    /// Whether a sample has the field, though null may be its value.
    pub(crate) fn is_required(&self) -> bool {
        self.required.is_some() || self.serde.is_some()
    }

    /// Where the user says that its values are of another type than its bytes, and by which attribute.
    pub(crate) fn converted(&self) -> Option<(&'static str, Span)> {
        let with = self.with.as_ref().map(|with| ("with", with.span));
        with.or_else(|| self.serde.map(|span| ("serde", span)))
    }

    /// Whether readers must hold the field's arrays against what is declared of them.
    pub(crate) fn has_spec(&self) -> bool {
        self.shape.is_some() || self.cast.is_some()
    }

    /// The declared number of dimensions.
    pub(crate) fn ndim(&self) -> Option<usize> {
        let shape = self.shape.as_ref().map(|shape| shape.value.len());
        shape.or_else(|| self.dims.as_ref().map(|dims| dims.value.len()))
    }
}

/// The one lifetime of a borrowed sample; other generics have no place in a schema.
fn lifetime<'a>(ctxt: &Ctxt, input: &'a DeriveInput) -> Option<&'a Lifetime> {
    let mut found = None;
    for param in &input.generics.params {
        match param {
            GenericParam::Lifetime(param) if found.is_none() => found = Some(&param.lifetime),
            GenericParam::Lifetime(param) => {
                ctxt.error(
                    param.span(),
                    "a borrowed sample has one lifetime, that of its bytes; use the same for all fields",
                );
            }
            GenericParam::Type(param) => ctxt.error(
                param.ident.span(),
                format!(
                    "a sample type cannot be generic over `{}`: its schema has one name and one list of fields; \
                     write a struct for each type that you need, or use `DynArray` or `Value` for a field of any type",
                    param.ident
                ),
            ),
            GenericParam::Const(param) => ctxt.error(
                param.ident.span(),
                format!(
                    "a sample type cannot be generic over `{}`: its schema has one name and one list of fields; \
                     use `ndarray::Array` with `#[packable(shape = […])]`, or `Vec`, where sizes differ",
                    param.ident
                ),
            ),
        }
    }
    found
}

/// A field of a packed struct has no address to be borrowed from.
fn layout(ctxt: &Ctxt, input: &DeriveInput) {
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        let _ = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("packed") {
                let message = "a sample type cannot be packed, for its fields are borrowed when it is written; remove \
                               `packed`";
                ctxt.error(meta.path.span(), message);
            }
            crate::attr::skip_value(&meta)
        });
    }
}

fn named_fields<'a>(
    ctxt: &Ctxt,
    input: &'a DeriveInput,
) -> Option<&'a syn::punctuated::Punctuated<syn::Field, syn::Token![,]>> {
    let complaint = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if fields.named.is_empty() => {
                (input.ident.span(), "a sample needs at least one field")
            }
            Fields::Named(fields) => return Some(&fields.named),
            Fields::Unnamed(fields) => (
                fields.span(),
                "`Packable` needs named fields, for samples are maps from names to values; \
                 write `struct Name { field: Type }`, or derive `PackField` on a newtype",
            ),
            Fields::Unit => {
                (input.ident.span(), "a sample needs at least one field; write `struct Name { field: Type }`")
            }
        },
        Data::Enum(data) => (
            data.enum_token.span,
            "`Packable` is for structs; write `#[derive(PackField)]` on an enum without data, and put it in a field",
        ),
        Data::Union(data) => (data.union_token.span, "`Packable` is for structs with named fields, not for unions"),
    };
    ctxt.error(complaint.0, complaint.1);
    None
}
