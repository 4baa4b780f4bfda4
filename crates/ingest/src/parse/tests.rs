//! Tests of reading one message.
