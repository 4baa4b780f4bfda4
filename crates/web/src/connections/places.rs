//! Places for connections: so many in all, and so many for one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{net::TcpStream, sync::Semaphore};

use super::{Limits, refused::Refusal};

/// Connections by address, or by network.
type Counts = Mutex<HashMap<IpAddr, usize>>;

/// Who has a place.
#[derive(Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    refused: Arc<Semaphore>,
    by_address: Arc<Counts>,
    per_address: usize,
    proxies: Arc<[IpAddr]>,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Places {
        Places {
            all: Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS))),
            refused: Arc::new(Semaphore::new(Limits::REFUSED)),
            by_address: Arc::default(),
            per_address: limits.per_address,
            proxies: limits.proxies.iter().map(IpAddr::to_canonical).collect(),
        }
    }

    /// A place, or what to say; nothing is said when too many are being told already.
    pub(super) fn take(&self, stream: &TcpStream) -> Result<Place, Option<Refusal>> {
        // Without an address the visitor has gone: there is nobody to tell.
        let address = stream.peer_addr().map_err(|_| None)?.ip();
        self.take_for(address).map_err(|why| {
            let permit = self.refused.clone().try_acquire_owned().ok()?;
            Some(Refusal { why, _permit: permit })
        })
    }

    fn take_for(&self, address: IpAddr) -> Result<Place, Why> {
        let permit = self.all.clone().try_acquire_owned().map_err(|_| Why::Full)?;
        let mut place = Place { _permit: permit, counted: None };
        let address = address.to_canonical();
        if self.per_address > 0 && !address.is_loopback() && !self.proxies.contains(&address) {
            let network = network(address);
            let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            let count = by_address.entry(network).or_default();
            if *count >= self.per_address {
                return Err(Why::TooMany);
            }
            *count += 1;
            place.counted = Some((self.by_address.clone(), network));
        }
        Ok(place)
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The server has as many connections as it may.
    Full,
    /// This address has.
    TooMany,
}

/// What one visitor has to themselves: an address, or the network of 64 bits that an IPv6 address lies in.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// A place, given up when dropped.
pub(super) struct Place {
    _permit: tokio::sync::OwnedSemaphorePermit,
    counted: Option<(Arc<Counts>, IpAddr)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((by_address, network)) = &self.counted else { return };
        let mut by_address = by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_address.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                by_address.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, per_address: usize, proxies: &[&str]) -> Places {
        let proxies = proxies.iter().map(|text| text.parse().unwrap()).collect();
        Places::new(&Limits { connections, per_address, proxies, ..Limits::default() })
    }

    #[track_caller]
    fn take(places: &Places, address: &str) -> Result<Place, Why> {
        places.take_for(address.parse().unwrap())
    }

    #[test]
    fn one_connection_more_than_there_are_places_is_refused_until_one_ends() {
        let places = places(2, 0, &[]);
        let first = take(&places, "192.0.2.1").unwrap();
        let _second = take(&places, "192.0.2.1").unwrap();
        assert_eq!(take(&places, "192.0.2.2").err(), Some(Why::Full));
        drop(first);
        assert!(take(&places, "192.0.2.2").is_ok());
    }

    #[test]
    fn one_address_has_its_share_and_no_more() {
        let places = places(100, 2, &["192.0.2.200"]);
        for (address, neighbour) in
            [("192.0.2.1", "::ffff:192.0.2.1"), ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff")]
        {
            let first = take(&places, address).unwrap();
            let _second = take(&places, neighbour).unwrap();
            assert_eq!(take(&places, address).err(), Some(Why::TooMany), "{address}");
            assert!(
                take(&places, "192.0.2.2").is_ok() && take(&places, "2001:db8:0:2::1").is_ok(),
                "others have theirs"
            );
            drop(first);
            assert!(take(&places, neighbour).is_ok(), "{neighbour}");
        }
        for free in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.200", "::ffff:192.0.2.200"] {
            let many: Vec<_> = (0..5).map(|_| take(&places, free)).collect();
            assert!(many.iter().all(Result::is_ok), "{free} is counted");
        }
        assert!(places.by_address.lock().unwrap().is_empty(), "nothing is kept of who has gone");
        assert_eq!(places.all.available_permits(), 100);
    }
}
