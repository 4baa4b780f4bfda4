//! Tests of grouping and drawing.
