//! Waybill, a permissioned supply-chain ledger node.
//!
//! The floors, from the ground up; a module imports from lower floors only: [`crypto`]; [`types`];
//! [`records`], [`consensus`], [`mempool`] and [`sync`]; [`contracts`]; [`ledger`]; [`replica`];
//! [`api`], [`network`] and [`storage`]; [`node`]; [`cli`].

pub mod api;
pub mod cli;
pub mod consensus;
pub mod contracts;
pub mod crypto;
pub mod ledger;
pub mod mempool;
pub mod network;
pub mod node;
pub mod records;
pub mod replica;
pub mod storage;
pub mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod types;

/// The documents of the project: how the house stands, exact formats, guides and decisions.
#[cfg(doc)]
pub mod docs {
    #[doc = include_str!("docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("docs/submission-format.md")]
    pub mod submission_format {}
    #[doc = include_str!("docs/record-families.md")]
    pub mod record_families {}
    #[doc = include_str!("docs/rejections.md")]
    pub mod rejections {}
    #[doc = include_str!("docs/glossary.md")]
    pub mod glossary {}
    #[doc = include_str!("docs/http.md")]
    pub mod http {}
    #[doc = include_str!("docs/first-contract.md")]
    pub mod first_contract {}
    #[doc = include_str!("docs/figures.md")]
    pub mod figures {}
    #[doc = include_str!("docs/contract-reference.md")]
    pub mod contract_reference {}
    #[doc = include_str!("docs/traceability.md")]
    pub mod traceability {}
    #[doc = include_str!("docs/epcis-rest.md")]
    pub mod epcis_rest {}
    #[doc = include_str!("docs/custody.md")]
    pub mod custody {}
    #[doc = include_str!("docs/telemetry.md")]
    pub mod telemetry {}
    #[doc = include_str!("docs/production.md")]
    pub mod production {}
    #[doc = include_str!("docs/certificates.md")]
    pub mod certificates {}
    #[doc = include_str!("docs/energy.md")]
    pub mod energy {}
    #[doc = include_str!("docs/questions.md")]
    pub mod questions {}
    #[doc = include_str!("docs/epcis-queries.md")]
    pub mod epcis_queries {}
    #[doc = include_str!("docs/auditor-guide.md")]
    pub mod auditor_guide {}
    #[doc = include_str!("docs/operator-guide.md")]
    pub mod operator_guide {}
    #[doc = include_str!("docs/track-record.md")]
    pub mod track_record {}
    #[doc = include_str!("docs/cli.md")]
    pub mod cli {}
    #[doc = include_str!("docs/decisions/README.md")]
    pub mod decisions {
        #[doc = include_str!("docs/decisions/custody-is-claimed.md")]
        pub mod custody_is_claimed {}
        #[doc = include_str!("docs/decisions/stages-of-assets.md")]
        pub mod stages_of_assets {}
        #[doc = include_str!("docs/decisions/one-row-per-point.md")]
        pub mod one_row_per_point {}
        #[doc = include_str!("docs/decisions/trace-graph-beside-the-log.md")]
        pub mod trace_graph_beside_the_log {}
        #[doc = include_str!("docs/decisions/tokens-read-by-our-own-verifier.md")]
        pub mod tokens_read_by_our_own_verifier {}
        #[doc = include_str!("docs/decisions/certificates-in-pieces.md")]
        pub mod certificates_in_pieces {}
        #[doc = include_str!("docs/decisions/one-issuance-for-a-reading.md")]
        pub mod one_issuance_for_a_reading {}
        #[doc = include_str!("docs/decisions/sensor-data-stay-in-bodies.md")]
        pub mod sensor_data_stay_in_bodies {}
        #[doc = include_str!("docs/decisions/contracts-in-genesis.md")]
        pub mod contracts_in_genesis {}
        #[doc = include_str!("docs/decisions/admission-tries-records.md")]
        pub mod admission_tries_records {}
        #[doc = include_str!("docs/decisions/master-data-by-member.md")]
        pub mod master_data_by_member {}
        #[doc = include_str!("docs/decisions/native-schemas.md")]
        pub mod native_schemas {}
        #[doc = include_str!("docs/decisions/rules-bounded-before-they-run.md")]
        pub mod rules_bounded_before_they_run {}
        #[doc = include_str!("docs/decisions/dependencies.md")]
        pub mod dependencies {}
        #[doc = include_str!("docs/decisions/own-json-reader.md")]
        pub mod own_json_reader {}
        #[doc = include_str!("docs/decisions/direct-streams.md")]
        pub mod direct_streams {}
        #[doc = include_str!("docs/decisions/no-quic.md")]
        pub mod no_quic {}
        #[doc = include_str!("docs/decisions/development-profile-for-the-demo.md")]
        pub mod development_profile_for_the_demo {}
        #[doc = include_str!("docs/decisions/bodies-written-once.md")]
        pub mod bodies_written_once {}
        #[doc = include_str!("docs/decisions/compact-state-tree.md")]
        pub mod compact_state_tree {}
        #[doc = include_str!("docs/decisions/one-entry-per-record.md")]
        pub mod one_entry_per_record {}
        #[doc = include_str!("docs/decisions/consensus-log-holds-blocks.md")]
        pub mod consensus_log_holds_blocks {}
        #[doc = include_str!("docs/decisions/adaptive-timeouts.md")]
        pub mod adaptive_timeouts {}
        #[doc = include_str!("docs/decisions/evidence-limits.md")]
        pub mod evidence_limits {}
        #[doc = include_str!("docs/decisions/recovering-consensus.md")]
        pub mod recovering_consensus {}
        #[doc = include_str!("docs/decisions/order-books-beside-the-state.md")]
        pub mod order_books_beside_the_state {}
        #[doc = include_str!("docs/decisions/validators-change-two-heights-later.md")]
        pub mod validators_change_two_heights_later {}
        #[doc = include_str!("docs/decisions/exit-codes.md")]
        pub mod exit_codes {}
        #[doc = include_str!("docs/decisions/a-ledger-wakes-for-what-is-due.md")]
        pub mod a_ledger_wakes_for_what_is_due {}
        #[doc = include_str!("docs/decisions/deliveries-told-by-any-event.md")]
        pub mod deliveries_told_by_any_event {}
    }
}
