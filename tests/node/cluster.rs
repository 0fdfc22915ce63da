//! A network of real node processes that ends with the test, however the test ends.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use waybill::crypto::SecretKey;
use waybill::node::keys::read_key;
use waybill::types::{Genesis, MemberId};

/// How long anything may take that has to happen. Generous: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks at something that has to happen.
pub const PAUSE: Duration = Duration::from_millis(50);

/// Where the first network of this process looks for free ports; each looks further on.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

/// One node of a cluster.
pub struct Node {
    pub member: MemberId,
    pub url: String,
    pub config: PathBuf,
    /// Where its peers reach it.
    pub network_address: SocketAddr,
    folder: PathBuf,
    process: Option<Child>,
}

impl Node {
    /// Starts the process. Its log goes on in the same file.
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts the process with further arguments.
    pub fn start_with(&mut self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
        command.arg("node").arg("--config").arg(&self.config);
        command.args(arguments);
        self.spawn(command);
    }

    /// Starts the process on a disk where no file can have more than so many KiB: writing beyond
    /// fails, as it does when a disk is full.
    pub fn start_on_small_disk(&mut self, file_kib: u32) {
        self.start_after(&format!("trap '' XFSZ; ulimit -f {file_kib}"));
    }

    /// Starts the process from a shell that has done something before.
    pub fn start_after(&mut self, commands: &str) {
        let mut command = Command::new("bash");
        command
            .arg("-c")
            .arg(format!(
                "set -e; {commands}; exec \"$1\" node --config \"$2\""
            ))
            .arg("bash")
            .arg(env!("CARGO_BIN_EXE_waybill"))
            .arg(&self.config);
        self.spawn(command);
    }

    fn spawn(&mut self, mut command: Command) {
        assert!(self.process.is_none(), "{} runs already", self.member);
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(child);
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What other nodes' configurations call it.
    fn as_peer(&self) -> String {
        let key = read_key(&self.keys_folder().join("network.key")).unwrap();
        format!(
            "{{ key = \"{}\", address = \"{}\" }}",
            key.public_key(),
            self.network_address
        )
    }

    pub fn keys_folder(&self) -> PathBuf {
        self.folder.join("keys")
    }

    /// The id of its process, which has to run.
    pub fn process_id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Ends the process at this very instruction.
    pub fn kill_nine(&mut self) {
        let mut child = self.process.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks the process to stop, and waits until it has.
    pub fn stop(&mut self, signal: &str) -> ExitStatus {
        let child = self.process.take().unwrap();
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        self.wait(child)
    }

    /// Waits until the process ends by itself.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let child = self.process.take().unwrap();
        self.wait(child)
    }

    fn wait(&self, mut child: Child) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > deadline {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{} does not stop", self.member);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The member's writer key.
    pub fn writer(&self) -> SecretKey {
        read_key(&self.keys_folder().join("writer.key")).unwrap()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.process.take() {
            // The test is over; what is left of the process is of no interest.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A network of nodes on loopback.
pub struct Cluster {
    pub nodes: Vec<Node>,
    pub genesis: Genesis,
    /// Deleted with the cluster, after the nodes.
    folder: TempDir,
}

impl Cluster {
    /// Makes the folders of a network; no node runs yet.
    pub fn create(nodes: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let network = folder.path().join("network");
        create_network(&network, nodes);
        let marker: Value =
            serde_json::from_slice(&std::fs::read(network.join("testnet.json")).unwrap()).unwrap();
        let nodes: Vec<Node> = marker["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node_of(&network, node))
            .collect();
        let genesis = std::fs::read(nodes[0].folder.join("genesis.json")).unwrap();
        Self {
            nodes,
            genesis: Genesis::parse(&genesis).unwrap(),
            folder,
        }
    }

    /// Makes the folder of one more node, whose keys the genesis document does not have; its peers are
    /// all nodes so far.
    pub fn prepare_newcomer(&self, member: &str) -> Node {
        let folder = self.folder.path().join(member);
        let genesis = self.nodes[0].folder.join("genesis.json");
        let made = Command::new(env!("CARGO_BIN_EXE_waybill"))
            .args(["init", "--member", member, "--genesis"])
            .arg(&genesis)
            .arg("--folder")
            .arg(&folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let address = || {
            // Nobody else takes it in the meantime, in all likelihood.
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap()
        };
        let (api, network_address) = (address(), address());
        let peers: Vec<String> = self.nodes.iter().map(Node::as_peer).collect();
        let config = folder.join("waybill.toml");
        let text = format!(
            "[node]\ndata_folder = \"data\"\ngenesis = \"genesis.json\"\nkeys_folder = \"keys\"\n\
             [network]\nlisten = [\"{network_address}\"]\npeers = [{}]\n\
             [api]\nlisten = \"{api}\"\n[store]\ncache_mib = 32\n",
            peers.join(", ")
        );
        std::fs::write(&config, text).unwrap();
        Node {
            member: MemberId::new(member).unwrap(),
            url: format!("http://{api}"),
            config,
            network_address,
            folder,
            process: None,
        }
    }

    /// Makes a network and starts all its nodes.
    pub async fn start(nodes: usize) -> Self {
        let mut cluster = Self::create(nodes);
        for node in &mut cluster.nodes {
            node.start();
        }
        for node in &cluster.nodes {
            wait_until_ready(node).await;
        }
        cluster
    }

    /// Waits until all running nodes have logs of one size and root, and returns the size.
    pub async fn wait_until_equal(&self) -> u64 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut tips = Vec::new();
            for node in self.nodes.iter().filter(|node| node.is_running()) {
                tips.push(tip(node).await);
            }
            if let Some(Some(first)) = tips.first()
                && tips.iter().all(|tip| tip.as_ref() == Some(first))
            {
                return first.0;
            }
            assert!(
                Instant::now() < deadline,
                "the nodes do not agree: {tips:?}\n{}",
                self.last_lines()
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The last lines of every log, for the message of a failure.
    pub fn last_lines(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            let log = std::fs::read_to_string(node.log()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(15)..].join("\n");
            text.push_str(&format!("--- {}\n{last}\n", node.member));
        }
        text
    }
}

fn create_network(network: &Path, nodes: usize) {
    // Tests of several processes look for ports at the same time: begin at different places, all
    // below 32768, where the system takes the ports of outgoing connections from.
    let spread = u16::try_from(std::process::id() % 110).unwrap() * 200;
    for _ in 0..50 {
        let base_port = 10_000 + spread + NEXT_PORT.fetch_add(10, Ordering::Relaxed) % 190;
        let created = Command::new(env!("CARGO_BIN_EXE_waybill"))
            .args(["testnet", "create", "--json", "--nodes", &nodes.to_string()])
            .args(["--base-port", &base_port.to_string()])
            .arg("--folder")
            .arg(network)
            .output()
            .unwrap();
        if created.status.success() {
            return;
        }
        let message = String::from_utf8_lossy(&created.stderr).into_owned();
        assert!(message.contains("port"), "{message}");
    }
    panic!("no free ports");
}

fn node_of(network: &Path, node: &Value) -> Node {
    let folder = network.join(node["name"].as_str().unwrap());
    Node {
        member: MemberId::new(node["member"].as_str().unwrap()).unwrap(),
        url: format!("http://{}", node["api"].as_str().unwrap()),
        config: folder.join("waybill.toml"),
        network_address: node["network"].as_str().unwrap().parse().unwrap(),
        folder,
        process: None,
    }
}

/// Waits until a node says that it can serve.
pub async fn wait_until_ready(node: &Node) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let ready = reqwest::get(format!("{}/readyz", node.url)).await;
        if ready.is_ok_and(|response| response.status().is_success()) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{} is not ready:\n{}",
            node.member,
            std::fs::read_to_string(node.log()).unwrap_or_default()
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// The JSON document at a path, none if the node does not answer with one.
pub async fn get(node: &Node, path: &str) -> Option<Value> {
    let response = reqwest::get(format!("{}{path}", node.url)).await.ok()?;
    response.json().await.ok()
}

/// The size and root of a node's log.
pub async fn tip(node: &Node) -> Option<(u64, String)> {
    let status = get(node, "/v1/status").await?;
    let tip = &status["tip"];
    Some((
        tip["logSize"].as_u64()?,
        tip["logRoot"].as_str()?.to_owned(),
    ))
}
