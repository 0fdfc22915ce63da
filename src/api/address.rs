//! Where the interface listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port that is used unless told otherwise.
pub const DEFAULT_PORT: u16 = 7480;

/// The address that is used unless told otherwise: this machine alone can reach it.
pub const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT);

/// Where to listen, and what the operator should be told about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindDecision {
    /// The address to listen on.
    pub address: SocketAddr,
    /// What to log before listening there; none if nobody else can reach the address.
    pub warning: Option<String>,
}

/// Decides where to listen: on loopback unless the operator names an address. Readers are not
/// authenticated, so an address that others can reach comes with a warning.
pub fn decide_bind(configured: Option<SocketAddr>) -> BindDecision {
    let address = configured.unwrap_or(DEFAULT_ADDRESS);
    // An IPv4 loopback address may come in IPv6 clothes (::ffff:127.0.0.1).
    let is_local = address.ip().to_canonical().is_loopback();
    let warning = (!is_local).then(|| {
        format!(
            "the HTTP interface listens on {address}: whoever can reach it can read the whole \
             ledger, since readers are not authenticated. Listen on a loopback address, or put a \
             firewall or an authenticating proxy before it"
        )
    });
    BindDecision { address, warning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_the_default_and_needs_no_warning() {
        assert_eq!(
            decide_bind(None),
            BindDecision {
                address: DEFAULT_ADDRESS,
                warning: None
            }
        );
        for local in [
            "127.0.0.1:1",
            "127.8.8.8:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            let decision = decide_bind(Some(local.parse().unwrap()));
            assert_eq!(decision.warning, None, "{local}");
        }
    }

    #[test]
    fn an_address_that_others_reach_comes_with_a_warning() {
        for open in [
            "0.0.0.0:7480",
            "[::]:7480",
            "10.0.0.1:80",
            "[2001:db8::1]:80",
        ] {
            let decision = decide_bind(Some(open.parse().unwrap()));
            assert_eq!(decision.address, open.parse().unwrap());
            assert!(decision.warning.unwrap().contains(open), "{open}");
        }
    }
}
