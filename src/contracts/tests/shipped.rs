//! The contracts in the folder `contracts/`: sound, complete, and with examples that come out right.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::contracts::schema::Schema;
use crate::contracts::{Contract, ContractExample, ExampleVerdict, Rulebook, shipped_contracts};
use crate::types::ContractBundle;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 3);
    folders
}

fn bundle(folder: &Path) -> ContractBundle {
    let mut files = BTreeMap::new();
    for name in ["contract.toml", "README.md"] {
        files.insert(
            name.to_owned(),
            fs::read_to_string(folder.join(name)).unwrap(),
        );
    }
    for entry in fs::read_dir(folder.join("schemas")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        files.insert(
            format!("schemas/{name}"),
            fs::read_to_string(&path).unwrap(),
        );
    }
    ContractBundle::new(files).unwrap()
}

#[test]
fn every_contract_in_the_folder_is_sound() {
    for folder in folders() {
        let bundle = bundle(&folder);
        let contract = Contract::compile(&bundle)
            .unwrap_or_else(|problems| panic!("{}: {problems:#?}", folder.display()));
        assert_eq!(
            contract.name().as_str(),
            folder.file_name().unwrap().to_str().unwrap()
        );
        // Schemas that a native family makes needless are compiled here.
        for (file, text) in bundle
            .files()
            .filter(|(path, _)| path.starts_with("schemas/"))
        {
            let compiled = Schema::compile(file, text, &mut 100);
            assert!(
                compiled.is_ok(),
                "{}: {:#?}",
                folder.display(),
                compiled.err()
            );
        }
    }
}

#[test]
fn what_is_built_in_is_what_is_in_the_folder() {
    let shipped = shipped_contracts();
    for built_in in &shipped {
        let contract = Contract::compile(built_in).unwrap();
        let folder = folders()
            .into_iter()
            .find(|folder| folder.ends_with(contract.name().as_str()))
            .unwrap();
        assert_eq!(*built_in, bundle(&folder));
    }
    let names: Vec<_> = Rulebook::of(&shipped)
        .unwrap()
        .contracts()
        .iter()
        .map(|contract| contract.name().to_string())
        .collect();
    assert_eq!(names, ["energy-trade", "membership", "supply-chain"]);
}

#[test]
fn every_example_comes_out_as_it_should() {
    for folder in folders() {
        let rulebook = Rulebook::of(&[bundle(&folder)]).unwrap();
        for (name, verdict) in [
            ("valid", ExampleVerdict::Valid),
            ("invalid", ExampleVerdict::Invalid),
        ] {
            let examples = fs::read_dir(folder.join("examples").join(name));
            let mut count = 0;
            for entry in examples.unwrap_or_else(|_| panic!("{} {name}", folder.display())) {
                let path = entry.unwrap().path();
                let text = fs::read_to_string(&path).unwrap();
                let example: ContractExample = serde_json::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                if let Err(reason) = example.run(&rulebook, verdict) {
                    panic!("{}: {reason}", path.display());
                }
                count += 1;
            }
            assert!(count > 0, "{} has no {name} examples", folder.display());
        }
    }
}
