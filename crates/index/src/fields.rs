//! The one table of what can be asked. Schema, query prefixes, facets and help come from it.
