//! The table of settings.

use super::setting::{Field, Section, Setting};

const MIB: u64 = 1024 * 1024;

/// All sections, in the order of the example file.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "node",
        about: "Files of the node. Relative paths are relative to this file's folder.",
    },
    Section {
        name: "network",
        about: "The peers: other nodes of the ledger.",
    },
    Section {
        name: "api",
        about: "The HTTP interface for clients, auditors and monitors.",
    },
    Section {
        name: "epcis",
        about: "The EPCIS 2.0 interface, under /epcis of the HTTP interface.",
    },
    Section {
        name: "store",
        about: "The ledger store on disk.",
    },
    Section {
        name: "mempool",
        about: "What waits to be ordered. These bound the memory that clients and peers can take.",
    },
    Section {
        name: "log",
        about: "What the node tells about itself, on standard error.",
    },
];

/// All settings, in the order of the example file, sections together.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "node.data_folder",
        help: "The ledger store, the consensus log and the sign guard. Never shared by two nodes: \
               two that sign with one key are taken for a traitor.",
        field: Field::Path(|config| &mut config.node.data_folder),
    },
    Setting {
        key: "node.genesis",
        help: "The genesis document, the same bytes on every node: its digest names the ledger.",
        field: Field::Path(|config| &mut config.node.genesis),
    },
    Setting {
        key: "node.keys_folder",
        help: "The key files, one per purpose, mode 0600. Make them with `waybill keys generate`.",
        field: Field::Path(|config| &mut config.node.keys_folder),
    },
    Setting {
        key: "network.listen",
        help: "Where peers connect to. All addresses of the machine, because peers are on other \
               machines; whoever is not registered on the ledger gets no stream.",
        field: Field::Addresses(|config| &mut config.network.listen),
    },
    Setting {
        key: "network.peers",
        help: "The peers to connect to: the public network key (`waybill keys show`) and host:port. \
               As a variable or flag: key@host:port, with commas between.",
        field: Field::Peers(|config| &mut config.network.peers),
    },
    Setting {
        key: "api.listen",
        help: "Where clients connect to. Loopback, because readers are not authenticated: whoever \
               reaches it can read the whole ledger.",
        field: Field::Address(|config| &mut config.api.listen),
    },
    Setting {
        key: "api.allow_public",
        help: "Whether `listen` may be an address that other machines can reach. Put a firewall or \
               an authenticating proxy before it then.",
        field: Field::Flag(|config| &mut config.api.allow_public),
    },
    Setting {
        key: "api.max_connections",
        help: "Most connections at once; each costs a descriptor and some memory.",
        field: Field::Integer {
            least: 1,
            most: 65_536,
            unit: "connections",
            field: |config| &mut config.api.max_connections,
        },
    },
    Setting {
        key: "api.max_requests",
        help: "Most requests served at once; more are told to come back rather than queued.",
        field: Field::Integer {
            least: 1,
            most: 65_536,
            unit: "requests",
            field: |config| &mut config.api.max_requests,
        },
    },
    Setting {
        key: "epcis.gateway_key",
        help: "The key that signs, in the name of the node's member, what clients without a key \
               capture. Without the file the node captures nothing. Make it with `waybill keys \
               generate --only gateway --member MEMBER`, and register it with `waybill member \
               add-key gateway.key --purpose gateway`.",
        field: Field::Path(|config| &mut config.epcis.gateway_key),
    },
    Setting {
        key: "epcis.capture_members",
        help: "Members whose tokens let them capture through this node, beside its own member. What \
               they capture is signed, and answered for, by this node's member.",
        field: Field::Members(|config| &mut config.epcis.capture_members),
    },
    Setting {
        key: "store.cache_mib",
        help: "Memory for caches and write buffers together, in MiB. Keeps a node well under \
               300 MB; more makes reads of old entries faster.",
        field: Field::Integer {
            least: 32,
            most: 1024 * 1024,
            unit: "MiB",
            field: |config| &mut config.store.cache_mib,
        },
    },
    Setting {
        key: "mempool.queue_bytes",
        help: "Most bytes of submissions that wait for a batch; more are told to come back (429).",
        field: Field::Integer {
            least: 8 * MIB,
            most: 4096 * MIB,
            unit: "bytes",
            field: |config| &mut config.mempool.queue_bytes,
        },
    },
    Setting {
        key: "mempool.member_bytes",
        help: "Most bytes of one member among them, so that nobody fills the queue for all others. \
               At least one largest submission (4 MiB) has to fit.",
        field: Field::Integer {
            least: 5 * MIB,
            most: 4096 * MIB,
            unit: "bytes",
            field: |config| &mut config.mempool.member_bytes,
        },
    },
    Setting {
        key: "mempool.batch_bytes",
        help: "A batch is sealed when so many bytes wait. Larger ones carry more and take longer to \
               reach the peers.",
        field: Field::Integer {
            least: 1024,
            most: 4 * MIB,
            unit: "bytes",
            field: |config| &mut config.mempool.batch_bytes,
        },
    },
    Setting {
        key: "mempool.batch_age_ms",
        help: "A batch is sealed when the oldest submission has waited so many milliseconds: what a \
               quiet ledger adds to the time until a commit.",
        field: Field::Integer {
            least: 1,
            most: 10_000,
            unit: "milliseconds",
            field: |config| &mut config.mempool.batch_age_ms,
        },
    },
    Setting {
        key: "mempool.author_bytes",
        help: "Most bytes of one validator's batches that are not ordered yet. With the number of \
               validators it bounds what unordered batches take of memory and disk.",
        field: Field::Integer {
            least: 5 * MIB,
            most: 4096 * MIB,
            unit: "bytes",
            field: |config| &mut config.mempool.author_bytes,
        },
    },
    Setting {
        key: "mempool.author_batches",
        help: "Most batches of one validator that are not ordered yet.",
        field: Field::Integer {
            least: 16,
            most: 65_536,
            unit: "batches",
            field: |config| &mut config.mempool.author_batches,
        },
    },
    Setting {
        key: "mempool.retransmit_ms",
        help: "A batch or certificate that nobody answered is sent again after so many milliseconds.",
        field: Field::Integer {
            least: 50,
            most: 60_000,
            unit: "milliseconds",
            field: |config| &mut config.mempool.retransmit_ms,
        },
    },
    Setting {
        key: "log.level",
        help: "error, warn, info, debug or trace; or a filter such as \
               \"info,waybill::network=debug\".",
        field: Field::Filter(|config| &mut config.log.level),
    },
    Setting {
        key: "log.format",
        help: "\"human\" for people, \"json\" for log collectors: one object per line.",
        field: Field::Format(|config| &mut config.log.format),
    },
];
