//! Registered network keys as libp2p identities.

use libp2p::PeerId;
use libp2p::identity::{Keypair, PublicKey as LibraryKey, ed25519};

use super::NetworkError;
use crate::crypto::{PublicKey, SecretKey};

/// The key pair that the noise handshake proves.
///
/// # Errors
/// [`NetworkError::Identity`] if the library refuses the key.
pub(crate) fn keypair(secret: &SecretKey) -> Result<Keypair, NetworkError> {
    let mut seed = secret.seed();
    // The library wipes the bytes that it takes.
    let secret = ed25519::SecretKey::try_from_bytes(seed.as_mut_slice()).map_err(identity_error)?;
    Ok(Keypair::from(ed25519::Keypair::from(secret)))
}

/// The peer id of a network key: the identity multihash of the key itself.
///
/// # Errors
/// [`NetworkError::Identity`] if the library refuses the key.
pub(crate) fn peer_id(key: &PublicKey) -> Result<PeerId, NetworkError> {
    let key = ed25519::PublicKey::try_from_bytes(key.as_bytes()).map_err(identity_error)?;
    Ok(LibraryKey::from(key).to_peer_id())
}

fn identity_error(error: impl std::fmt::Display) -> NetworkError {
    NetworkError::Identity {
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_name_the_same_peer() {
        let secret = SecretKey::from_seed([7; 32]);
        let of_pair = keypair(&secret).unwrap().public().to_peer_id();
        assert_eq!(peer_id(&secret.public_key()).unwrap(), of_pair);
        let other = SecretKey::from_seed([8; 32]);
        assert_ne!(peer_id(&other.public_key()).unwrap(), of_pair);
    }
}
