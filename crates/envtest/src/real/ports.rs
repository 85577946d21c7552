//! Ports on loopback that nobody else has.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

/// The ports of one control plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) etcd: u16,
    pub(super) apiserver: u16,
    pub(super) kwok: u16,
}

impl Ports {
    /// Asks the system for ports that are free now.
    ///
    /// Between this answer and the program's own bind somebody else can take one, which is rare since the system
    /// hands ports out at random; [`taken`](Self::taken) tells that case apart from other failures.
    pub(super) fn pick() -> io::Result<Self> {
        let listeners = [bind(0)?, bind(0)?, bind(0)?];
        let [etcd, apiserver, kwok] =
            listeners.map(|listener| listener.local_addr().map(|address| address.port()));
        Ok(Self { etcd: etcd?, apiserver: apiserver?, kwok: kwok? })
    }

    /// Whether one of the ports cannot be bound, now that our own programs are gone.
    pub(super) fn taken(self) -> bool {
        [self.etcd, self.apiserver, self.kwok].into_iter().any(|port| bind(port).is_err())
    }
}

fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::{Ports, bind};

    #[test]
    fn ports_differ_and_a_taken_one_is_noticed() {
        let ports = Ports::pick().unwrap();
        assert_ne!(ports.etcd, ports.apiserver);
        let listener = bind(0).unwrap();
        let taken = Ports { apiserver: listener.local_addr().unwrap().port(), ..ports };
        assert!(taken.taken());
    }
}
