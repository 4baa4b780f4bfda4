//! Finds dumps and opens them, plain or compressed.
