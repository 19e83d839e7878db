use atdata::{Batch, DictSample, FieldType, PackField, Packable, Schema};
use atdata::field::{Column, Cursor};

#[derive(Clone)]
struct Anything {
    label: String,
}

impl PackField for Anything {
    const TYPE: FieldType = FieldType::Any;
    type Column = Anythings;

    fn read(_: &mut Cursor<'_>) -> atdata::Result<Self> {
        Ok(Self { label: String::new() })
    }

    fn write(&self, out: &mut Vec<u8>) {
        DictSample::new().write(out);
    }
}

impl Packable for Anything {
    const SCHEMA: &'static Schema = &Schema::new("Anything", "1.0.0", None, &[]);
    type Batch = Anythings;
    type Builder = Anythings;
}

struct Anythings;

impl Batch for Anythings {
    type Sample = Anything;

    fn len(&self) -> usize {
        0
    }

    fn row(&self, _: usize) -> Option<Anything> {
        None
    }

    fn from_samples(_: impl IntoIterator<Item = Anything>) -> atdata::Result<Self> {
        Ok(Self)
    }
}

impl Column for Anythings {
    type Value = Anything;
    type Out = Self;

    fn with_capacity(_: usize) -> Self {
        Self
    }

    fn read(&mut self, _: &mut Cursor<'_>) -> atdata::Result<()> {
        Ok(())
    }

    fn push(&mut self, _: Anything) -> atdata::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, _: usize) {}

    fn finish(self) -> atdata::Result<Self> {
        Ok(self)
    }

    fn len(_: &Self) -> usize {
        0
    }

    fn row(_: &Self, _: usize) -> Option<Anything> {
        None
    }
}

#[derive(Packable)]
#[packable(view_of = Anything)]
struct Labelled {
    label: String,
}

fn main() {}
