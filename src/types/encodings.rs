//! The encodings of types whose own modules know no codec: digests, keys and signatures are their
//! bytes without a length; an instant is its milliseconds, and RFC 3339 text in documents.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::codec::{Decode, DecodeError, Encode, Reader};
use super::decimal::Decimal;
use super::time::Timestamp;
use crate::crypto::{Blake3Digest, PublicKey, Sha256Digest, Signature};

impl Encode for Sha256Digest {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Decode for Sha256Digest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from_bytes(reader.array()?))
    }
}

impl Encode for Blake3Digest {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Decode for Blake3Digest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from_bytes(reader.array()?))
    }
}

impl Encode for PublicKey {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Decode for PublicKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_bytes(reader.array()?)
            .map_err(|error| DecodeError::invalid("public key", error.to_string()))
    }
}

impl Encode for Signature {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Decode for Signature {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from_bytes(reader.array()?))
    }
}

impl Encode for Decimal {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.mantissa().to_be_bytes());
        out.push(self.scale());
    }
}

impl Decode for Decimal {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mantissa = i128::from_be_bytes(reader.array()?);
        let scale = reader.u8()?;
        Self::from_parts(mantissa, scale)
            .ok_or_else(|| DecodeError::invalid("decimal", "it is not in its only form"))
    }
}

impl Encode for Timestamp {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.as_ms().to_be_bytes());
    }
}

impl Decode for Timestamp {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from_ms(reader.i64()?))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).map_err(D::Error::custom)
    }
}
