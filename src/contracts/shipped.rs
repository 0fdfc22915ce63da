//! The contracts that come with the program.

use std::collections::BTreeMap;

use crate::types::ContractBundle;

/// A file of a contract: its path in the contract's folder, and its text.
type ContractFile = (&'static str, &'static str);

/// The files of a contract in the folder `contracts/`.
macro_rules! contract_files {
    ($name:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../contracts/", $name, "/", $path)))),+]
    };
}

/// The contracts that a new ledger begins with, by the names of their folders.
const SHIPPED: &[(&str, &[ContractFile])] = &[
    (
        "energy-trade",
        contract_files!(
            "energy-trade": "contract.toml", "README.md", "schemas/certificate-cancel.json",
            "schemas/certificate-claim.json", "schemas/certificate-issue.json",
            "schemas/certificate-transfer.json", "schemas/certificate-withdraw.json",
            "schemas/meter-reading.json", "schemas/meter.json",
            "schemas/order-withdrawal.json", "schemas/order.json",
        ),
    ),
    (
        "membership",
        contract_files!(
            "membership": "contract.toml", "README.md", "schemas/ballot.json",
            "schemas/change.json", "schemas/proposal.json",
        ),
    ),
    (
        "orders",
        contract_files!(
            "orders": "contract.toml", "README.md", "schemas/confirmation.json",
            "schemas/ending.json", "schemas/order.json", "schemas/receipt.json",
            "schemas/shipment.json",
        ),
    ),
    (
        "production",
        contract_files!("production": "contract.toml", "README.md", "schemas/run.json"),
    ),
    (
        "supply-chain",
        contract_files!(
            "supply-chain": "contract.toml", "README.md", "schemas/custody-acceptance.json",
            "schemas/custody-claim.json", "schemas/custody-proposal.json",
            "schemas/custody-rejection.json", "schemas/custody-withdrawal.json",
            "schemas/document-anchor.json", "schemas/event.json", "schemas/master-data.json",
        ),
    ),
    (
        "telemetry",
        contract_files!(
            "telemetry": "contract.toml", "README.md", "schemas/device.json", "schemas/series.json",
        ),
    ),
];

/// Which shipped schema says no more than a native family checks by itself. Tests hold the two
/// against each other.
const NATIVE_SCHEMAS: &[(&str, &str, &str)] = &[
    (
        "custody.acceptance",
        "supply-chain",
        "schemas/custody-acceptance.json",
    ),
    (
        "custody.claim",
        "supply-chain",
        "schemas/custody-claim.json",
    ),
    (
        "custody.proposal",
        "supply-chain",
        "schemas/custody-proposal.json",
    ),
    (
        "custody.rejection",
        "supply-chain",
        "schemas/custody-rejection.json",
    ),
    (
        "custody.withdrawal",
        "supply-chain",
        "schemas/custody-withdrawal.json",
    ),
    (
        "document.anchor",
        "supply-chain",
        "schemas/document-anchor.json",
    ),
    (
        "energy.certificate-cancel",
        "energy-trade",
        "schemas/certificate-cancel.json",
    ),
    (
        "energy.certificate-claim",
        "energy-trade",
        "schemas/certificate-claim.json",
    ),
    (
        "energy.certificate-issue",
        "energy-trade",
        "schemas/certificate-issue.json",
    ),
    (
        "energy.certificate-transfer",
        "energy-trade",
        "schemas/certificate-transfer.json",
    ),
    (
        "energy.certificate-withdraw",
        "energy-trade",
        "schemas/certificate-withdraw.json",
    ),
    ("energy.meter", "energy-trade", "schemas/meter.json"),
    (
        "energy.meter-reading",
        "energy-trade",
        "schemas/meter-reading.json",
    ),
    ("energy.order", "energy-trade", "schemas/order.json"),
    (
        "energy.order-withdrawal",
        "energy-trade",
        "schemas/order-withdrawal.json",
    ),
    ("epcis.event", "supply-chain", "schemas/event.json"),
    (
        "epcis.master-data",
        "supply-chain",
        "schemas/master-data.json",
    ),
    ("governance.ballot", "membership", "schemas/ballot.json"),
    ("governance.proposal", "membership", "schemas/proposal.json"),
    ("membership.change", "membership", "schemas/change.json"),
    ("production.run", "production", "schemas/run.json"),
    ("telemetry.device", "telemetry", "schemas/device.json"),
    ("telemetry.series", "telemetry", "schemas/series.json"),
];

/// The contracts that a new ledger begins with.
pub fn shipped_contracts() -> Vec<ContractBundle> {
    SHIPPED
        .iter()
        .filter_map(|(_, files)| {
            let files: BTreeMap<String, String> = files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect();
            // A test sees to it that none is lost here.
            ContractBundle::new(files).ok()
        })
        .collect()
}

/// The schema of which a native family checks everything.
pub(super) fn native_schema(family: &str) -> Option<&'static str> {
    let (_, contract, file) = NATIVE_SCHEMAS.iter().find(|(name, _, _)| *name == family)?;
    let (_, files) = SHIPPED.iter().find(|(name, _)| name == contract)?;
    files
        .iter()
        .find(|(path, _)| path == file)
        .map(|(_, text)| *text)
}
