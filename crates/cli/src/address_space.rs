//! The limit of address space (`ulimit -v`) that a run needs: with less, the allocator ends the program in the midst of it, with no
//! words but its own.

use std::fs;

use anyhow::{Result, bail};

/// Each thread has its stack and its part of the heap, which takes addresses before it takes memory, and the engine's files are mapped
/// beside them: of an archive of 63,000 messages 1.0 GiB is too little for two threads, and 1.2 GiB is enough.
const LEAST: u64 = 3 << 29;

/// Refuses a run for which there is too little.
pub(crate) fn check() -> Result<()> {
    // Systems without this file are taken at their word when memory runs out.
    match limit(&fs::read_to_string("/proc/self/limits").unwrap_or_default()) {
        Some(limit) if limit < LEAST => bail!(
            "the address space is limited to {} MiB, and a run needs {} at least: raise it (`ulimit -v`); this is address space, not memory; config.toml limits memory",
            limit >> 20,
            LEAST >> 20
        ),
        _ => Ok(()),
    }
}

/// What Linux says of a process: `Max address space  unlimited  unlimited  bytes`, the limit in force first.
fn limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_in_force_is_read_and_none_where_there_is_none() {
        let limits = |soft| {
            format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax address space   {soft}  unlimited  bytes\nMax file locks  1 2"
            )
        };
        assert_eq!(limit(&limits("268435456")), Some(256 << 20));
        assert_eq!((limit(&limits("unlimited")), limit("")), (None, None));
    }
}
