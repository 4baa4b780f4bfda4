//! What a worker forbids itself, through the system.

use std::io;

#[cfg(unix)]
use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};

/// Lets this process have so many bytes of address space, for ever.
#[cfg(unix)]
pub(super) fn memory(bytes: u64) -> io::Result<()> {
    lower(Resource::As, bytes)?;
    // Its parent sees what it dies of; a core file would hold somebody's mail.
    lower(Resource::Core, 0)
}

/// Lets it have so many seconds of its processor more than it has used.
#[cfg(unix)]
pub(super) fn processor(seconds: u64) -> io::Result<()> {
    // A second begun counts as used up.
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or_default() + 1;
    let maximum = getrlimit(Resource::Cpu).maximum;
    let wanted = used.saturating_add(seconds);
    let current = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum })?)
}

#[cfg(unix)]
fn lower(resource: Resource, value: u64) -> io::Result<()> {
    // Never more than it was given.
    let most = getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// A worker without limits would be no better than none.
#[cfg(not(unix))]
pub(super) fn memory(_: u64) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system cannot limit a process"))
}

#[cfg(not(unix))]
pub(super) fn processor(_: u64) -> io::Result<()> {
    Ok(())
}
