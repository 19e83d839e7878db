//! Any two texts, one below the other, as the records of an old and a new schema: what they differ in, what version may
//! follow, and how samples of one become those of the other.

use atdata::schema::{MigrationPlan, SchemaDiff, SchemaRecord};

/// See the module.
pub fn run(text: &str) {
    let (old, new) = text.split_once('\n').unwrap_or((text, text));
    let (Ok(old), Ok(new)) = (SchemaRecord::parse(old), SchemaRecord::parse(new)) else { return };
    for record in [&old, &new] {
        let again = SchemaRecord::parse(&record.to_local_json()).expect("what was written is read");
        assert_eq!(again.schema, record.schema);
        let _ = record.to_atproto();
        assert!(SchemaDiff::between(&record.schema, &record.schema).differences().is_empty());
    }
    let diff = SchemaDiff::between(&old.schema, &new.schema);
    for difference in diff.differences() {
        assert!(!difference.to_string().contains('\n'), "{difference:?}");
    }
    match MigrationPlan::between(&old.schema, &new.schema) {
        Ok(plan) => assert!(!plan.sample().is_identity() || plan.sample().dropped().is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
