//! The batch type of a sample type, and the columns that it is built from.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use super::owned::arm;
use super::{default_value, numbered, skipped_value, slot, type_alias, with_spec};
use crate::model::{FieldDef, SampleDef};

/// ```text
/// /// Many [`Photo`] samples, as a struct of arrays.
/// #[derive(Debug, Clone, PartialEq)]
/// pub struct PhotoBatch { /// `image` of each sample. pub image: Array4<f32>, … }
/// impl PhotoBatch { pub fn len … is_empty … row … from_samples … to_samples }
/// ```
pub(super) fn items(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, vis, batch, private) = (sample.ident, sample.vis, sample.batch_ident(), sample.private());
    let doc = format!("Many [`{ident}`] samples, as a struct of arrays.");
    let deprecated = &sample.allow_deprecated;
    let derives = match &sample.batch_derive {
        Some(paths) => quote!(#(#paths),*),
        None => quote!(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq),
    };
    let fields = sample.wire_fields().map(|field| {
        let (member, vis) = (field.ident, field.vis);
        let doc = format!("`{member}` of each sample.");
        let out = out_type(field, ident, &private);
        quote!(#[doc = #doc] #vis #member: #out)
    });
    // Inherent methods that hand on to the trait: users need not import it, and its bodies are written once.
    quote! {
        #[doc = #doc]
        #[derive(#derives)]
        #deprecated
        #vis struct #batch { #(#fields),* }

        #[automatically_derived]
        #deprecated
        impl #batch {
            /// Number of samples.
            #[must_use]
            #vis fn len(&self) -> #private::usize {
                #private::Batch::len(self)
            }
            /// Whether there are no samples.
            #[must_use]
            #vis fn is_empty(&self) -> #private::bool {
                #private::Batch::is_empty(self)
            }
            /// A copy of one sample, `None` past the end.
            #[must_use]
            #vis fn row(&self, __index: #private::usize) -> #private::Option<#ident> {
                #private::Batch::row(self, __index)
            }
            /// Copies of all samples.
            #[must_use]
            #vis fn to_samples(&self) -> #private::Vec<#ident> {
                #private::Batch::to_samples(self)
            }
            /// Stacks samples.
            ///
            /// # Errors
            /// If the arrays of a field differ in shape.
            #vis fn from_samples(__samples: impl ::core::iter::IntoIterator<Item = #ident>) -> #private::Result<Self> {
                #private::from_samples::<#ident>(__samples)
            }
        }
    }
}

/// The builder with one column for each field, and the conversions between batch and samples.
pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let builder = builder(sample);
    let column = column_impl(sample);
    let batch = batch_impl(sample);
    quote!(#builder #column #batch)
}

fn builder(sample: &SampleDef<'_>) -> TokenStream {
    let vis = sample.vis;
    // Not the fields' own names, for one of them might be `__rows`.
    let fields = (0..sample.wire_fields().count()).map(|index| {
        let (member, column) = (slot(index), column(index));
        quote!(#member: #column)
    });
    let aliases = sample.wire_fields().enumerate().map(|(index, field)| {
        let (alias, column) = (column(index), column_type(index, field));
        quote!(type #alias = #column;)
    });
    quote! {
        #(#aliases)*
        #vis struct __Builder { __rows: __p::usize, #(#fields),* }
        #[automatically_derived]
        impl ::core::fmt::Debug for __Builder {
            fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Formatter::debug_struct(__f, "Builder").field("rows", &self.__rows).finish_non_exhaustive()
            }
        }
    }
}

fn column_impl(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, batch) = (sample.ident, sample.batch_ident());
    let members: Vec<_> = sample.wire_fields().map(|field| field.ident).collect();
    let names: Vec<_> = sample.wire_fields().map(|field| &field.name.value).collect();
    let slots: Vec<_> = (0..members.len()).map(slot).collect();
    let columns: Vec<_> = (0..members.len()).map(column).collect();
    let read = read_row(sample);
    quote! {
        #[automatically_derived]
        impl __p::Column for __Builder {
            type Value = #ident;
            type Out = #batch;
            fn with_capacity(__rows: __p::usize) -> Self {
                Self { __rows: 0, #(#slots: <#columns as __p::Column>::with_capacity(__rows)),* }
            }
            fn reuse(__out: #batch, __rows: __p::usize) -> Self {
                Self { __rows: 0, #(#slots: <#columns as __p::Column>::reuse(__out.#members, __rows)),* }
            }
            fn read(&mut self, __c: &mut __p::Cursor<'_>) -> __p::Result<()> {
                #read
            }
            fn push(&mut self, __value: #ident) -> __p::Result<()> {
                // A closure, so that `?` leads to `__settle` and not past it.
                let __pushed = (|| {
                    #(__p::push_column(&mut self.#slots, __value.#members, #names)?;)*
                    __p::Ok(())
                })();
                self.__settle(__pushed)
            }
            fn truncate(&mut self, __rows: __p::usize) {
                self.__rows = ::core::cmp::Ord::min(self.__rows, __rows);
                #(<#columns as __p::Column>::truncate(&mut self.#slots, __rows);)*
            }
            fn finish(self) -> __p::Result<#batch> {
                __p::Ok(#batch { #(#members: <#columns as __p::Column>::finish(self.#slots)?),* })
            }
            fn len(__out: &#batch) -> __p::usize {
                __p::Batch::len(__out)
            }
            fn row(__out: &#batch, __index: __p::usize) -> __p::Option<#ident> {
                __p::Batch::row(__out, __index)
            }
        }
        impl __Builder {
            /// A row that failed half-way is taken back, so that all columns stay of one length.
            fn __settle(&mut self, __added: __p::Result<()>) -> __p::Result<()> {
                match __added {
                    __p::Ok(()) => self.__rows += 1,
                    __p::Err(_) => <Self as __p::Column>::truncate(self, self.__rows),
                }
                __added
            }
        }
    }
}

/// One pass over the map of a sample, each field into its column.
fn read_row(sample: &SampleDef<'_>) -> TokenStream {
    let (type_name, allow_unknown) = (sample.type_name(), sample.allow_unknown);
    let count = sample.wire_fields().count();
    let slots: Vec<_> = (0..count).map(slot).collect();
    let arms = sample.wire_fields().zip(&slots).enumerate().map(|(index, (field, seen))| {
        let (name, pattern) = (&field.name.value, arm(index, count));
        let read = quote!(__p::read_column(&mut self.#seen, __c, self.__rows, &mut #seen, #name));
        let read = with_spec(index, field, read);
        quote!(#pattern => #read?)
    });
    let fills = sample.wire_fields().zip(&slots).map(|(field, seen)| {
        let name = &field.name.value;
        match default_value(field) {
            Some(default) => quote!(__p::default_column(&mut self.#seen, #seen, || #default, #name)?;),
            None if field.required.is_some() => quote!(__p::stated_column(#seen, #name, __start)?;),
            None => quote!(__p::fill_column(&mut self.#seen, #seen, #name, __start)?;),
        }
    });
    // Fields go straight into their columns, each by a flag of its own rather than by an `Option` of its value: that is
    // what makes a batch one copy. The price is the row to take back where a sample fails half-way, or has a key twice.
    quote! {
        let __start = __p::start(__c);
        let __read = __p::sample(__c, #type_name, |__c| {
            #(let mut #slots = false;)*
            let mut __fields = __p::Fields::open(__c, __KEYS, #allow_unknown)?;
            while let __p::Some(__i) = __fields.next(__c)? {
                match __i { #(#arms,)* }
            }
            #(#fills)*
            __p::Ok(())
        });
        match self.__settle(__read) {
            __p::Ok(()) => __p::Ok(()),
            __p::Err(__error) => __p::read_repeated(self, __c, __start, #type_name, __error),
        }
    }
}

fn batch_impl(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, batch) = (sample.ident, sample.batch_ident());
    let members = numbered(sample).map(|(number, field)| {
        let member = field.ident;
        let value = match number {
            Some(number) => {
                let column = column(number);
                quote!(<#column as __p::Column>::row(&self.#member, __index)?)
            }
            None => skipped_value(field),
        };
        quote!(#member: #value)
    });
    // All columns are of one length, and there is a first one: a struct with no field on the wire does not derive.
    let len = sample.wire_fields().next().map(|field| {
        let (member, column) = (field.ident, column(0));
        quote!(<#column as __p::Column>::len(&self.#member))
    });
    let others = sample.wire_fields().enumerate().skip(1).map(|(index, field)| {
        let (member, column) = (field.ident, column(index));
        quote!(&& <#column as __p::Column>::len(&self.#member) == __rows)
    });
    quote! {
        #[automatically_derived]
        impl __p::Batch for #batch {
            type Sample = #ident;
            fn len(&self) -> __p::usize {
                #len
            }
            fn is_even(&self) -> __p::bool {
                let __rows = __p::Batch::len(self);
                __p::Batch::len(self) == __rows #(#others)*
            }
            fn row(&self, __index: __p::usize) -> __p::Option<#ident> {
                __p::Some(#ident { #(#members),* })
            }
            fn from_samples(__samples: impl ::core::iter::IntoIterator<Item = #ident>) -> __p::Result<Self> {
                __p::from_samples::<#ident>(__samples)
            }
        }
    }
}

/// The type of a field's column: the type's own, or a plain vector where arrays shall not be stacked.
fn column_type(index: usize, field: &FieldDef<'_>) -> TokenStream {
    let ty = type_alias(index);
    match field.ragged {
        Some(_) => quote!(__p::Vec<#ty>),
        None => quote!(__p::ColumnOf<#ty>),
    }
}

fn out_type(field: &FieldDef<'_>, ident: &Ident, private: &TokenStream) -> TokenStream {
    let ty = field.ty;
    match field.ragged {
        Some(_) => quote_spanned!(field.ty.span()=> #private::Vec<#ty>),
        // The type as the user wrote it, for the batch is outside of the constant with the aliases: the proof again.
        None => quote_spanned!(field.ty.span()=> #private::OutOf<#ty, { <#ident as #private::Proof>::FIELDS }>),
    }
}

/// The type of a column, with a name of its own.
fn column(index: usize) -> Ident {
    format_ident!("__C{index}")
}
