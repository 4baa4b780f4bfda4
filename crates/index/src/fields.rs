//! The one table of what can be asked. Schema, query prefixes, facets and help come from it.
pub const SCHEMA_VERSION: u32 = 1;
