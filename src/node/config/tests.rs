use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::setting::Field;
use super::*;
use crate::crypto::SecretKey;

const NO_SOURCES: ConfigSources = ConfigSources {
    file: None,
    environment: Vec::new(),
    flags: BTreeMap::new(),
};

struct Scene {
    folder: tempfile::TempDir,
    sources: ConfigSources,
}

fn scene(text: &str) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("waybill.toml");
    fs::write(&file, text).unwrap();
    let sources = ConfigSources {
        file: Some(file),
        ..NO_SOURCES
    };
    Scene { folder, sources }
}

impl Scene {
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources
            .environment
            .push((name.to_owned(), value.to_owned()));
        self
    }

    fn flag(mut self, name: &str, value: &str) -> Self {
        self.sources.flags.insert(name.to_owned(), value.to_owned());
        self
    }

    fn load(&self) -> Result<ResolvedConfig, ConfigError> {
        load(&self.sources)
    }

    fn faults(&self) -> Vec<ConfigFault> {
        self.load().unwrap_err().faults().to_vec()
    }

    fn line(&self, line: usize) -> Place {
        Place::Line {
            path: self.folder.path().join("waybill.toml"),
            line,
        }
    }
}

fn setting(key: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.key == key).unwrap()
}

#[test]
fn the_example_file_is_what_the_table_says_and_gives_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("node-config/example.toml");
    if std::env::var_os("WAYBILL_UPDATE_DOCS").is_some() {
        fs::write(&path, example()).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        example(),
        "node-config/example.toml is not what the table says: WAYBILL_UPDATE_DOCS=1 writes it anew"
    );
    let text = scene(&example()).load().unwrap();
    let defaults = NodeConfig::default();
    for setting in SETTINGS {
        if !matches!(setting.field, Field::Path(_)) {
            assert_eq!(
                setting.show(text.config()),
                setting.show(&defaults),
                "{}",
                setting.key
            );
        }
        assert!(
            matches!(text.origin(setting), Origin::File { .. }),
            "{}",
            setting.key
        );
    }
}

#[test]
fn every_setting_has_a_section_and_a_name_of_its_own() {
    let mut names = std::collections::BTreeSet::new();
    for setting in SETTINGS {
        let (section, name) = setting.parts();
        assert!(
            SECTIONS.iter().any(|known| known.name == section),
            "{}",
            setting.key
        );
        assert!(!name.is_empty() && !setting.help.is_empty());
        assert!(names.insert(setting.environment_name()));
        assert!(names.insert(setting.flag_name()));
    }
}

#[test]
fn every_default_is_within_its_own_bounds() {
    for setting in SETTINGS {
        if let Field::Integer {
            least, most, field, ..
        } = setting.field
        {
            let value = *field(&mut NodeConfig::default());
            assert!((least..=most).contains(&value), "{}", setting.key);
        }
    }
    assert!(load(&NO_SOURCES).is_ok());
}

#[test]
fn later_layers_win_and_each_value_knows_its_origin() {
    let file = "[store]\ncache_mib = 100\n[log]\nlevel = \"debug\"\n";
    let origin_of = |scene: &Scene| {
        let resolved = scene.load().unwrap();
        (
            resolved.config().store.cache_mib,
            resolved.origin(setting("store.cache_mib")).to_string(),
        )
    };
    assert_eq!(origin_of(&scene("")), (96, "default".to_owned()));
    let with_file = scene(file);
    let (value, origin) = origin_of(&with_file);
    assert_eq!(value, 100);
    assert!(origin.ends_with("waybill.toml:2"), "{origin}");
    let with_variable = scene(file).variable("WAYBILL_STORE_CACHE_MIB", "200");
    assert_eq!(
        origin_of(&with_variable),
        (200, "environment WAYBILL_STORE_CACHE_MIB".to_owned())
    );
    let with_flag = scene(file)
        .variable("WAYBILL_STORE_CACHE_MIB", "200")
        .flag("store-cache-mib", "300");
    assert_eq!(
        origin_of(&with_flag),
        (300, "flag --store-cache-mib".to_owned())
    );
    assert_eq!(with_flag.load().unwrap().config().log.level, "debug");
}

#[test]
fn paths_are_relative_to_what_named_them() {
    let base = scene("[node]\ngenesis = \"g.json\"\nkeys_folder = \"/etc/keys\"\n")
        .flag("node-data-folder", "here");
    let config = base.load().unwrap().into_config();
    assert_eq!(config.node.genesis, base.folder.path().join("g.json"));
    assert_eq!(config.node.keys_folder, PathBuf::from("/etc/keys"));
    assert_eq!(config.node.data_folder, PathBuf::from("here"));
    let defaults = scene("");
    let config = defaults.load().unwrap().into_config();
    assert_eq!(config.node.data_folder, defaults.folder.path().join("data"));
}

#[test]
fn peers_are_read_from_every_layer() {
    let key = SecretKey::from_seed([3; 32]).public_key();
    let peer = PeerSetting {
        key,
        address: "node.example:7470".to_owned(),
    };
    let file =
        format!("[network]\npeers = [{{ key = \"{key}\", address = \"node.example:7470\" }}]\n");
    assert_eq!(
        scene(&file).load().unwrap().config().network.peers,
        std::slice::from_ref(&peer)
    );
    let both = format!("{key}@node.example:7470, {key}@[::1]:1");
    let scene = scene("").variable("WAYBILL_NETWORK_PEERS", &both);
    let peers = scene.load().unwrap().into_config().network.peers;
    assert_eq!(peers[0], peer);
    assert_eq!(peers[1].address, "[::1]:1");
}

#[test]
fn unknown_names_are_refused_with_what_was_probably_meant() {
    let cases = [
        (
            "[store]\ncache_mb = 1\n",
            2,
            "setting",
            "store.cache_mb",
            Some("store.cache_mib"),
        ),
        ("\n[stor]\n", 2, "section", "stor", Some("store")),
        (
            "cache_mib = 7\n",
            1,
            "section",
            "cache_mib",
            Some("store.cache_mib"),
        ),
        ("[log]\nzzzzzzzz = 1\n", 2, "setting", "log.zzzzzzzz", None),
        ("store = 7\n", 1, "section", "store", Some("store")),
    ];
    for (text, line, what, name, suggestion) in cases {
        let scene = scene(text);
        assert_eq!(
            scene.faults(),
            [ConfigFault::Unknown {
                place: scene.line(line),
                what,
                name: name.to_owned(),
                suggestion: suggestion.map(str::to_owned),
            }],
            "{text}"
        );
    }
    let misspelt = scene("").variable("WAYBILL_API_LISTN", "x").faults();
    assert!(
        matches!(&misspelt[..], [fault @ ConfigFault::Unknown { .. }]
        if fault.way_out().contains("WAYBILL_API_LISTEN"))
    );
    let unrelated = scene("").variable("WAYBILL_URL", "x").variable("PATH", "y");
    assert!(unrelated.load().is_ok());
}

#[test]
fn wrong_values_are_refused_where_they_stand() {
    let cases = [
        ("[store]\ncache_mib = 1\n", "store.cache_mib"),
        ("[store]\ncache_mib = -1\n", "store.cache_mib"),
        (
            "[store]\ncache_mib = 99999999999999999999\n",
            "store.cache_mib",
        ),
        ("[store]\ncache_mib = \"64\"\n", "store.cache_mib"),
        ("[store]\ncache_mib = 64.5\n", "store.cache_mib"),
        ("[api]\nlisten = \"localhost\"\n", "api.listen"),
        ("[api]\nallow_public = \"yes\"\n", "api.allow_public"),
        ("[network]\nlisten = []\n", "network.listen"),
        ("[network]\nlisten = \"0.0.0.0:1\"\n", "network.listen"),
        (
            "[network]\npeers = [{ key = \"00\", address = \"a:1\" }]\n",
            "network.peers",
        ),
        ("[network]\npeers = [7]\n", "network.peers"),
        ("[log]\nlevel = \"loud\"\n", "log.level"),
        ("[log]\nformat = \"xml\"\n", "log.format"),
        ("[node]\ngenesis = \"\"\n", "node.genesis"),
        ("[node]\ngenesis = 1979-05-27\n", "node.genesis"),
    ];
    for (text, key) in cases {
        let scene = scene(text);
        match &scene.faults()[..] {
            [
                ConfigFault::WrongValue {
                    place, key: found, ..
                },
            ] => {
                assert_eq!((place, *found), (&scene.line(2), key), "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let scene = scene("").flag("store-cache-mib", "many");
    assert!(scene.faults()[0].to_string().contains("--store-cache-mib"));
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let scene = scene("[store]\ncache_mib = 1\n\n[log]\nlevel = 7\nfoo = 1\n");
    let places: Vec<_> = scene
        .faults()
        .iter()
        .map(|fault| fault.to_string().split(": ").next().unwrap().to_owned())
        .collect();
    let lines: Vec<_> = places
        .iter()
        .map(|place| place.rsplit(':').next().unwrap())
        .collect();
    assert_eq!(lines, ["2", "5", "6"]);
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_line() {
    let broken = scene("[log]\nlevel = info\n");
    assert!(matches!(&broken.faults()[..],
        [ConfigFault::Syntax { place, .. }] if *place == broken.line(2)));
    let twice = scene("[log]\nlevel = \"info\"\nlevel = \"warn\"\n");
    assert!(matches!(&twice.faults()[..], [ConfigFault::Syntax { .. }]));
    let missing = ConfigSources {
        file: Some(PathBuf::from("/nonexistent/waybill.toml")),
        ..NO_SOURCES
    };
    assert!(matches!(
        load(&missing).unwrap_err().faults(),
        [ConfigFault::Unreadable { .. }]
    ));
    let large = scene(&"#".repeat(300_000));
    assert!(matches!(
        &large.faults()[..],
        [ConfigFault::TooLarge { .. }]
    ));
}

#[test]
fn the_interface_is_public_only_if_somebody_says_so() {
    let open = scene("[api]\nlisten = \"0.0.0.0:80\"\n");
    assert_eq!(
        open.faults(),
        [ConfigFault::PublicApi {
            place: open.line(2),
            address: "0.0.0.0:80".to_owned()
        }]
    );
    let said = scene("[api]\nlisten = \"0.0.0.0:80\"\nallow_public = true\n");
    let findings = check(&said.load().unwrap());
    assert!(
        findings
            .iter()
            .any(|finding| finding.severity == Severity::Warning && finding.place == said.line(2))
    );
    for local in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert!(
            scene(&format!("[api]\nlisten = \"{local}\"\n"))
                .load()
                .is_ok(),
            "{local}"
        );
    }
}

#[test]
fn one_port_is_not_for_both_interfaces() {
    let collides = |api: &str, network: &str| {
        let text = format!("[api]\nlisten = \"{api}\"\n[network]\nlisten = [\"{network}\"]\n");
        check(&scene(&text).load().unwrap())
            .iter()
            .any(|finding| finding.severity == Severity::Error && finding.what.contains("the port"))
    };
    assert!(collides("127.0.0.1:7500", "0.0.0.0:7500"));
    assert!(collides("127.0.0.1:7500", "127.0.0.1:7500"));
    assert!(collides("127.0.0.1:7500", "[::]:7500"));
    assert!(!collides("[::1]:7500", "0.0.0.0:7500"));
    assert!(!collides("127.0.0.1:7500", "127.0.0.1:7501"));
    assert!(!collides("127.0.0.1:7500", "127.0.0.2:7500"));
    assert!(!collides("127.0.0.1:0", "127.0.0.1:0"));
}

#[test]
fn bounds_that_contradict_each_other_are_refused() {
    let scene = scene("[mempool]\nmember_bytes = 60000000\n");
    assert!(matches!(
        &scene.faults()[..],
        [ConfigFault::MoreThan {
            key: "mempool.member_bytes",
            limit_key: "mempool.queue_bytes",
            ..
        }]
    ));
}

#[test]
fn missing_files_are_errors_of_the_check() {
    let findings = check(&scene("").load().unwrap());
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    assert_eq!(errors.len(), 2, "{findings:?}");
    assert!(errors[0].what.contains("genesis.json"));
    assert!(errors[1].way_out.contains("waybill keys generate"));
}

#[test]
fn mempool_limits_reach_the_mempool() {
    let config = NodeConfig::default();
    assert_eq!(
        config.mempool.queue_limits(),
        crate::mempool::QueueLimits::default()
    );
    assert_eq!(
        config.mempool.pool_limits(),
        crate::mempool::PoolLimits::default()
    );
}

/// The reader of log filters panics on some texts with spaces and letters beyond ASCII, such as the
/// last of these; none of them may reach it.
#[test]
fn a_log_filter_is_plain_words() {
    for good in ["info", "info,waybill::network=debug", "waybill=trace"] {
        assert!(scene("").flag("log-level", good).load().is_ok(), "{good}");
    }
    for bad in [
        "",
        "loud",
        "é=info",
        "a=𝒜",
        "¡=🕴",
        "[span]=info",
        "a=b=c=d",
        " Aඳ=",
    ] {
        assert!(scene("").flag("log-level", bad).load().is_err(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn loading_never_panics(text in "\\PC*", value in "[a=,é🕴:]{0,8}|\\PC*") {
        let base = scene(&text).variable("WAYBILL_NETWORK_PEERS", &value).flag("log-level", &value);
        let _ = base.load();
    }
}
