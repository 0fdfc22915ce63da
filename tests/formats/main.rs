//! The wire and disk formats, pinned.
//!
//! Each type has one fixed value here; the length and SHA-256 of its canonical bytes stand in
//! [`PINNED`]. If this test fails, the bytes that nodes exchange, store, sign or hash have changed:
//! old data would not be read, old signatures not verify, and nodes of two versions not agree.
//!
//! - If the change is an accident, undo it.
//! - If it is meant, give the format a new version (its version constant, or the protocol version
//!   and a height from which it holds), keep the old version readable, add a decision record in
//!   `src/docs/decisions/`, say so in the changelog, and pin the new values: the failing test
//!   prints the whole table.

#![allow(
    clippy::unwrap_used,
    reason = "a test: a fixture that cannot be made has to stop it"
)]

mod disk;
mod energy;
mod fixtures;
mod messages;
mod metering;
mod types;

use fixtures::*;
use waybill::crypto::Sha256Digest;
use waybill::types::Atomicity;

/// Name, bytes, SHA-256.
#[rustfmt::skip]
const PINNED: &[(&str, usize, &str)] = &[
    ("acknowledgement, signed", 160, "9e2b5cdea2e107554956db3e642b14f23beffb5343261edaf353f4fede1c35b6"),
    ("availability certificate", 326, "227ced5e48444251ae09fa93381e226cf18bc756612112fe669ffb1c004d9189"),
    ("batch", 644, "0ce7c462743b50b085d3d431ea1479caa0dbdc36e02f25dde1cfc68debe813fe"),
    ("batch digest", 32, "d534b0302c3d8cc46e77f399d8ac33ff57e07ed387cc83e204edb9f64a030192"),
    ("batch reference", 124, "1f9645c5867ef5040e6f5a0788b9a7368d262fa2bed2ab6172b4e433b211d415"),
    ("block", 1371, "199c141083bead05ca3ce8af0a8dfa39c9231ab05ae5d49e6bd1d8e8fd2cdbca"),
    ("block body", 1121, "0108356e92aa0e5d7abf5095ae32f7a304cb3717507dbeb229c09ca8c6b1fb91"),
    ("block body, empty", 9, "3e7077fd2f66d689e0cee6a7cf5b37bf2dca7c979af356d0a31cbc5c85605c7d"),
    ("block digest", 32, "de03df1713998f02c7dec8c9acdd984bc10b63255a1783853d9818eb9835b111"),
    ("block header", 250, "2458c7e9814a28c1b5bb1265142a9d55e0dd79ae8a5de796ffe2de718bd13a2f"),
    ("commit certificate", 246, "14e45c2b1930cf33b081fd4ed1edd361fc7b420a781acdc82e84590a527ed7f7"),
    ("committed block", 1689, "1a282a63e1f68e85e790590067e117b6631d1dfcd3a7e0dc686476232ed6d763"),
    ("contract bundle", 82, "2881bcba309d7a7b4db5a97514dd1ac80907cfbceb7b66dd5503e7301b8349bd"),
    ("contract digest", 32, "7252060b40fc3a613094ef3f03b4afb8bcb6bc079a43a4f07688bb7dd68c8986"),
    ("contract schedule", 182, "3b32c710abc7da5e875ef2b1c4e9e47e8cbc7f5258d20e0a98a87fe610bdab48"),
    ("contract set digest", 32, "9318a243f4260dbdc25ec8db6cf62dc9fccff4d9487801b7ea0458fdd8b97271"),
    ("proposal, open", 1324, "1bdfe10f036634d2640e09244f49cf60f1724d15e04b71a53696bb23a2bf030b"),
    ("proposal, adopted", 1452, "fd0f0e22835f46be0904842052d81dc8f4d5b2249d9fdbce6d3e39bd8c5aa717"),
    ("proposal, rejected", 1388, "45e31f14e7a11696b10f826b0111ac448641f1ff5f26ee5248b00d330af3b0f4"),
    ("proposal, withdrawn", 1388, "cdd7c02ebb9b338cc0573be902d990e37c285969c69e92aed452f78210e145b1"),
    ("proposal step, key and value", 59, "2085211e791f7afcbf536bc5143511e916cf9ba112b1dd333aae86f5eb5759a7"),
    ("governors, key and value", 35, "6acc7cb79ceae054256f437af17fa8258532ee35415302dd937c0c92bf092cd5"),
    ("asset", 86, "505c0a74f401c12177bc353d7a94133f9f7cfc65049f669e2f6674b72dc51f6a"),
    ("asset revision", 58, "4da9adaefeba0450556688e0f9fb9a2e1f9741ecc331224b109ab653af45c2ad"),
    ("asset revision, key", 29, "8c8d4cfdadf64226a38152d495209883956f0a1c0e0e2a4ab5b9a6dbf46cb7b1"),
    ("listing, keys", 206, "20399f980f07cd83f7e12052c1413a4e74bd703ec33ed544b1b31cb2dae6f53d"),
    ("device", 139, "f4bbf95dfecc240abf4eb5873b3b9b511f036ef10c2398dca245002299306b4e"),
    ("point, key and value", 50, "6087faac2d976f86711da95a6d2ada81b9660b34b9ad76465af2347bd5e9ddda"),
    ("production run, keys", 165, "03c42a281b1205710abc0b372ea444788106322a13a9354a200ce625513bf585"),
    ("state keys of telemetry and production", 697, "2f0afa71206cdfeccb8e8c6f13fc4bd925719da12e28f2efb5fc1718b58e7d35"),
    ("trace event", 469, "88a5cad30926d0648bd106eb88dad067d71d4b8078539017009e229c89ba78bc"),
    ("index keys of events", 445, "8ebf77750e88164e8267c70cdd74866ee6b0ec09f25920aab5a03ebe0c4e1066"),
    ("custody", 83, "e077446aee409e56635458a19e246043c47dc6de9497d6be3e701d0a33ebd2b8"),
    ("custody, open proposal", 113, "c1873cb23b6a8c95b757425a51791920bd9104056fdcc921f92d4fdde5bdc539"),
    ("custody, step", 58, "1b9fe63bb48a1081025f8bfbe5f4d939f1e5a1b6f9dd4b63c9f361e871f3204f"),
    ("custody, decisions", 100, "b2deaccc07a4dc6ce3a772160589399d906c37d0bc226ed5227939f3b34d8e51"),
    ("custody, expiry", 125, "bd770ee87985d5f79a1529c1ee3bd6de14d637dd0edc9756f5ecae00e318cefc"),
    ("custody, task", 23, "cd5a5f2feb278b3ac640c29697567b48c7bb8b0d0a84b1e69b5b5a067ee6ca49"),
    ("document", 38, "8ce92ff7a573ed58389e155b5e3a081e0fa80e3ae2ab33b25d782004a4285ccb"),
    ("master data", 48, "9ffcdd6413f74703ae3197858ac4a3c950c5bae12a6c3c0d54921c64ed824996"),
    ("master data keys", 142, "2a42523e50c06f5e6f8dfe3bf3d1dd187bfe4bf18e1abf3d8d6b2c9a2071d9af"),
    ("keys of custody and documents", 207, "ab12bb79af126cfa289ba54a3a397f7748029176e2f701fc383272ed58f72f0f"),
    ("entry, block", 114, "51157e02775bd0ac0f22d1bae7336dd38401770a6d45a23f839fe665731f3ad3"),
    ("entry, derived", 93, "f9e434ceeb719244b0afa9055b644632ad8c02db6c4fcedbbf55bc327e26ca8a"),
    ("entry, evidence", 271, "6f41610a401a50edf528703d445d2ad4276b9a3531cde7f2d3ad49fe3029f09f"),
    ("entry, accepted", 144, "b49a06e72b6fe661f19a6fd0e5de87cd6e8055823ba201a2d5bd67ff9aaaab2d"),
    ("entry, flagged", 172, "d324d6abeb34bae2341435b044869b49a75e0b59ccf0ce79da5640db2ddabf0d"),
    ("entry, duplicate", 152, "f05b2177beb1562a4c6a29d1fc18b62a032f5a772eb3a4868039c29d01124c93"),
    ("entry, rejected", 183, "3a9c94ded79882cddf1f87c11a0c8f6dd278e5c45060884d1dbd56c366e4fb51"),
    ("entry location, inline", 10, "65be217caa2491ab70634fb6517713bfea040c9b18620bfa6405350cba226219"),
    ("entry location, submitted", 133, "f9c50eff709244391c8134222ee2b796557802047c919d10ad5690f44d7ae595"),
    ("evidence, double vote", 253, "607c09a1d884c95c589b619495a4234892bbf3ee33d8b065534592ad546e9616"),
    ("evidence, double proposal", 287, "5708b89791f906b9db7f0a58ae0ac19fc68e7615e7668d61752ca214408758c1"),
    ("genesis state", 3201, "210f26918d51ca4a5ced58dd44129e12e0de323c662685bb9d66e466317a526f"),
    ("ledger tip", 189, "8b4a32736275e9199cbc19ea28aeb370d3193eeddeac51404b75eef818a2a893"),
    ("key proof, signed bytes", 75, "69d09efae24756d3703795af082654a65ebac82e1a4500f28d8d5424d0581fcf"),
    ("liveness", 136, "1ae2f224eeeb7c00c49848ee3498e201a3a8eb09db3f33597d6c3963e404efd2"),
    ("member", 152, "d10aa65b9f6d3ac8f09b3b1780dfef3623ff507826a8532db5769def81ae6d2d"),
    ("member revision, key and value", 192, "2292132f556d28a103e08e5144a7a54b1c5d3f72e3a506820c6ba2601e5b3800"),
    ("ended contract, keys and value", 139, "1c3bd7c629743f7f444bfc0db9914981b8cd7a98ffab765d36def285daab4fdc"),
    ("offence", 32, "44e097d762c9574d95dfb9133a45c5e9eebb7afdfee3b29df91b5c7fed452fdf"),
    ("proposal, signed", 145, "9ad69a2a6ee9d33c4e6e32421a5cbd8e93ce08aa02c3725383e8c309459c97c7"),
    ("record", 43, "b861c633746a6f8609561ae770da646d0b2ec3d9a0ce1a50bf1f6f46e50f565b"),
    ("record root", 32, "0565a961c71a14903d68afee28665505916f418bd3ad7f4998a6908e3170e4e5"),
    ("submission, atomic", 247, "5385305232824d21172934a34bab581bec1c70de8126a00ee1b0e26b56d153c7"),
    ("submission, independent", 247, "67c65b5e7d13c93027cd3ed395bd6f8355f7ed607aadbc4971f2243cad0c069b"),
    ("submission document", 521, "2af3ac16c71bd2bb889b4c1cfef464857478894533e73780d1b716afcfdbb27e"),
    ("submission header", 91, "8acab89fc53e33d6064e133dd6e11c83105716ba8d006bd97b757e194c25ea21"),
    ("submission id", 32, "668938fbae0464ce80a5a804717cab46f12f22a0a3c5078bc495c04b08f9a528"),
    ("submission, signed bytes", 145, "df874072feb7c770cf9a8b5f7aacfcbf8ff3a44c3c6ba43c63f8148f80dc3dc2"),
    ("submission location", 56, "5a2c1fcb11a117562d03cbda09e6c93024a8b4b1fc81bf55be37b95a20001961"),
    ("validator set", 572, "037d2a366fbbf30095efde3b2686e95b4cc81445bce60834aaea5cd659419a85"),
    ("validator set digest", 32, "cc55d6ab741a075b7a6ad8e00b8e81be0b1e9e51969cec8633e51938033d303a"),
    ("vote for a block, signed", 142, "391c66dc3eeed843e7812000f53c3032481c5c894d932e4bf5c0024fa3db347a"),
    ("vote for nil, signed", 110, "7f477829d457240fb6e96723812f5c693a2daca1e01e144cc6b1f508ecda8358"),
    ("energy order", 52, "d9ce62ef57d40cc9f408c7a510304648b9777b4ed058d9fa3e71e6d91eafb83c"),
    ("energy order, state", 73, "559daa4f756db1838758f37d9a45c63ab138d025f27a27e74fafb81cd7e0578c"),
    ("energy order, open", 49, "81b0933ddb1adddbac029e758534da370515a9e0ac6770eb48d9a6feb32b0f75"),
    ("energy order, served", 8, "a3eb8db89fc5123ccfd49585059f292bc40a1c0d550b860f24f84efb4760fbf2"),
    ("market book, open", 52, "2dc57315cdbfbf199e4eb5a15eeeeb884645514bd7decc1b601ea939594725ab"),
    ("market book, cleared", 81, "06d6f9bd3febc1e41dceb60fa7b55c84682e8979fbffd9f518cae924eed2cb20"),
    ("market book, of a member", 16, "ce588d9df57797e203d4e801a2ddd4219188ddf8d532c73f41e07201a3e7ed11"),
    ("market book, step", 36, "881ac85d02ddd223bd270c369d6b7bab6a93cc0fe8d6ee1c03b97118d0f701c3"),
    ("market book, level", 12, "dbcd7b2bc99726e2e33a1f06f9aa822b080eda766aa8c33fb7c42dd87cd105ae"),
    ("market keys", 352, "d61d703b083b83155835fc7506d0b4bf3722deee0d596280e9948ea13c1bef0b"),
    ("market tasks", 36, "1671bd3e39d388ba40f4124447f7292604c7463942d52dccc58a649bbd6d3698"),
    ("clearing", 83, "74a5b6e4d1e196484d12b1b2e94546be68a0f853c08913d86d6fec69beb1cdb5"),
    ("clearing, body", 253, "c91174d1138cbb67c6515d972f16b7fad2467c44a35534c60e788ae737673979"),
    ("clearing, void", 39, "f54ce9d20c51eff2e2cbb3a2c77ac808e8dc0ef98c1e982aca7ff64b2c13e87c"),
    ("clearing, void, body", 161, "318553d0f377de3fd389184b387c13c3ea6d3f25e76783aba79aadf33bf439bc"),
    ("energy trade", 120, "2233b6bbf50f35e60b167ee07aed41854a63491a4ed4591b68df9f061e645815"),
    ("energy trade, body", 292, "983ee107cf555950b9b642904dbd1218485530564e0813d733eaa22c8ed745ec"),
    ("energy settlement", 91, "d46e78722df1adc896e184b5c684dbb5d527875ae8b5333c21f05e6e8ac12320"),
    ("energy settlement, body", 277, "570ae42fedb6ea0ae09d5d725bd95f60bc4c566032c3b8959d6623c2faf36d6a"),
    ("message, vote", 115, "a2abd8dde2572f2b738d197ebf14a5baa74e23adde71708af907b948c041723c"),
    ("message, proposal of consensus", 150, "4637c5c0a4a1ddbbe233977b6896c02700b971a6a93d85a0a9dd9a7c4a98e7c8"),
    ("message, polka", 251, "dbd0cf33d12ac0fabf4652e6ad7f577ff3570de66b4c384e8bdb8b445e5751fd"),
    ("message, round certificate", 290, "bd90be316932cf656d7ecc6e3ad6626970d941ef8111e5e28fc610985afb0ea8"),
    ("message, commit certificate", 251, "a12cfada007677ebf5057afffb92ed5a65cd17ebf29afa9c2fb6216b9a7e24c6"),
    ("message, proposal with block", 1514, "a3eed1711e1d90f6d5f791c215aa94801c0039fd00c32b9a45b1326e480416c4"),
    ("message, batch", 650, "171339cf7947aa983796d264c23337992880fd831b1351cf8f769435c916faa1"),
    ("message, acknowledgement", 162, "903f058a246a47cd5e0d7140187d29c29e1d4959fc4c27c1c19ab3883adf2fc3"),
    ("message, availability certificate", 328, "f1527ea6e70677c33eb3760c90c5a90605cc628985a64bbbae79595dec5a91f8"),
    ("message, evidence", 255, "d49bb07640a9c10838da23215c8b8b17a57d4606e2c549e18e09fa4223e4a051"),
    ("message, checkpoint", 29, "e93e3fcd8e1a39b62145a4238d5103274a5d7fd97e4ff4d7c104fc7ded76f62f"),
    ("message, status", 10, "66b6d905e7c15aa7b4d3d1dfd90ce3650ad6c03fd562da1875dea0036b73370e"),
    ("request, blocks", 9, "4b7735f6f1a0cef18db371351b21e5fb694b89d3bd90731797ce797746c97dfc"),
    ("request, batch", 33, "79dd9cd21a0cc9ccab2f60186134d741b6e7b0f4bff5d5f8ec1fadf4adce0096"),
    ("response, blocks", 1622, "916789c0afee40af607d72863d5d2fbd5a6954e68e44e87a8886458a1d08b5ad"),
    ("response, batch", 650, "7e1dfdd2f80a650f9e1ef9455432e7853661c5edc8b541815f9d2423a2be44e9"),
    ("response, no batch", 2, "47dc540c94ceb704a23875c11273e16bb0b8a87aed84de911f2133568115f254"),
    ("log entry, vote", 114, "e37ea1df34a49eef932a7e75083be55a366e37f5c7cbed1ffc1c8ad502a862ce"),
    ("log entry, proposal", 145, "88476ba00d1495c585b8bc51e65ec5f40f5dcec23421db8587db7c07688c013a"),
    ("log entry, verdict", 49, "0612e98c9fa2d6db9f1f35812c3aa7ad0c9ee5ae9ba0fc50c7cac28b32550257"),
    ("log entry, timeout", 17, "7b8893a50b37e291ba1c930ed72e0b1de6b47e007f7a047671c9c24cbcd92243"),
    ("log entry, polka", 250, "c506f282f629b04e369b86238a6fdd19dda677ca5a3f0ab652be1a0ee214f374"),
    ("log entry, block", 1372, "25ef3219f7315c5606e40474df9172304a88790ac697530aba6cf8991a8b97c4"),
    ("consensus log segment", 2283, "3b5c4124c741d258136222ffeb3fae1834e57a37ddfce176345fa973f8582c0f"),
    ("sign guard, unused", 3, "faee935763044f124d7526755a5058a33f9402a595994d59eddd4be8546ff201"),
    ("sign guard", 50, "8b04df1913f561197e2ad5d5a029109d48d4bed51c9df994e51ee68e9cc65c79"),
    ("sign guard file, first", 4230, "f7bd5ec92dabc3e1eddc4b32570d47d13e8a4b45bd10d0e1430c0bd89ea61be1"),
    ("sign guard file, second", 4230, "949cf5a8110cb092739c25d32a806b7cd12864be2b585159f23e04f9d6122f66"),
    ("meter", 66, "8ed74b0162e1acc9ac28bc8944b3f824b646f4facf066e931ddd89a528ed0d68"),
    ("meter step", 90, "d7095f074487ca3359e6a015d52d2593f1d40c0024d8fcb02ce28b0d12f0e353"),
    ("meter readings", 78, "9c9b688ee1055cc430ca01c8c95f0f69d59a90a14713e6a38dfbc70e4286f874"),
    ("meter readings, issued", 94, "8999f5f0ee4ad09098b37ffe291f54f59c1384440bf6ef5463890f85b3d21032"),
    ("meter reading, corrected", 25, "4acec0afb3cd2b1bb3da7821c1da3e9fcc315644a759da230363ece6fbc72929"),
    ("metered energy", 33, "a1cca601a3cf3b4932dd7f01204f81c96985094ef438f39d021a271d375854a2"),
    ("issuance of certificates", 98, "bd4b93dd4362210794aef274c0b0b6a3c69b9319fcf801de45c60d42bee73eb4"),
    ("certificates, active", 31, "5924f8092946769ea952d92d7a258401f168bdc51cc5a9d990e7b1018870d008"),
    ("certificates, cancelled", 45, "34ee9b20c72a8907eaf802c7e8442f8f7085dbacb213896a65454949ca4788db"),
    ("certificates, claimed", 56, "6dcc64071f7c629cce0750cddbe663905077d1e488a9b34a49cd26a36867f8ce"),
    ("certificates, expired", 31, "3e4c69f0dc42ff1b8968c8a97d07dae26cda1db499e7ab7c4cc058ac639f3a7b"),
    ("certificates, withdrawn", 31, "af8fb72d8b2c1813cc841d8e7f2bfc130029e8ec39768b59ed5a33e7d6865460"),
    ("certificate step", 65, "907cf2fb059814c5f4c1eebde0c5ee52a1c3472b06b67b684eaa88ef524dc215"),
    ("certificate step, first", 49, "2dc244d78b68941b079a39589de1d24d8665cd4d01b866af9245ddfc65ad679b"),
    ("task, certificate expiry", 9, "15cb1457e1c6d110488bceac2775e2c07c5ccb44883d5ce545f85681a89d70ed"),
    ("state keys of meters and certificates", 154, "7dcee6917c40cdca6830fbd8643bfbbdc8fadcb0c882d01e8e810530bf26b893"),
    ("state key of cuts of an issuance", 29, "ef8e7a973ad4d1257a4b7b3958b27a0fa7728d092e03ccfeebc54852aa9f7edd"),
    ("index keys of meters and certificates", 118, "013f2e1540cb8bcb160073c8f7896f49a55174e565fd75fa1a6b174ed4367332"),
];

fn values() -> Vec<(&'static str, Vec<u8>)> {
    [
        types::values(),
        energy::values(),
        messages::values(),
        disk::values(),
        metering::values(),
    ]
    .concat()
}

#[test]
fn formats_are_as_pinned() {
    let found: Vec<(&str, usize, String)> = values()
        .iter()
        .map(|(name, bytes)| (*name, bytes.len(), Sha256Digest::of(bytes).to_string()))
        .collect();
    let pinned: Vec<(&str, usize, String)> = PINNED
        .iter()
        .map(|(name, length, hash)| (*name, *length, (*hash).to_owned()))
        .collect();
    let changed: Vec<&str> = found
        .iter()
        .filter(|value| !pinned.contains(value))
        .map(|(name, _, _)| *name)
        .collect();
    let table: String = found
        .iter()
        .map(|(name, length, hash)| format!("    ({name:?}, {length}, {hash:?}),\n"))
        .collect();
    assert!(
        found == pinned,
        "formats changed: {changed:?}; what to do is said at the head of this file. All values \
         now:\n{table}"
    );
}

/// The pinned values are those of real, valid things.
#[test]
fn the_fixtures_are_valid() {
    assert!(submission(Atomicity::AllOrNothing).verify().is_ok());
    assert!(batch().verify_author(&LEDGER).is_ok());
    assert!(vote(None).verify(&LEDGER).is_ok());
    assert!(proposal(None).verify(&LEDGER).is_ok());
    assert!(acknowledgement().verify(&LEDGER).is_ok());
    assert!(double_vote().verify(&LEDGER).is_ok());
}
