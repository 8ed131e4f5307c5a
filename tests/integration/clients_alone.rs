//! Clients that need more than a proxy's variables, each under `leastwise run` with nothing but the environment that it makes, and with
//! settings of the user's own that have to stay. The programs are in `tests/clients/by_itself`; AWS's own SDKs for Java and PHP, and Perl's, are
//! not among what can be installed here, so those programs sign by hand: what is tested is the runtime, its HTTP client and its TLS.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::support::{
    ACCOUNT, StandIn, access_key_id, calls, child_path, installed, on_path, repository, run,
    skipped, tls,
};

const NO_VENV: &str = "no .venv (scripts/test makes it)";
const NO_JAVA: &str = "no Java 17 or newer (Debian: apt install openjdk-17-jdk-headless)";
/// More than any of them needs, where others work beside them.
const AT_ONCE: Duration = Duration::from_secs(240);
const DEPLOYED: &str = "1 dynamodb ListTables 200\n1 s3 CreateBucket 200\n1 s3 PutObject 200\n";

/// The word for a test that cannot run, and the way out.
macro_rules! needed {
    ($test:literal, $found:expr, $reason:expr) => {
        match $found {
            Some(found) => found,
            None => return skipped(concat!("clients_alone::", $test), $reason),
        }
    };
}

#[test]
fn java() {
    needed!("java", installed("python"), NO_VENV);
    let java = needed!("java", java_program(), NO_JAVA);
    let stand_in = StandIn::start();
    let beside = format!("{}/moto-api/", stand_in.url);
    for client in ["URLConnection", "HttpClient"] {
        let ran =
            Ran::of(&stand_in, &[], &[&java, &by_itself("Calls.java"), Path::new(client)], |it| {
                it.env("JAVA_TOOL_OPTIONS", "-Xss1m -Dhttp.nonProxyHosts=*.corp.example");
                it.env("BESIDE", &beside);
            });
        assert_eq!(ran.calls, DEPLOYED, "{}", ran.printed);
        ran.says("beside 200");
        // The user's own comes first and stays, as far as it hides nothing of AWS's.
        ran.says("Picked up JAVA_TOOL_OPTIONS: -Xss1m -Dhttp.nonProxyHosts=*.corp.example -Dleastwise=run,--no-java-turns-this-off ");
        ran.says("-Dhttp.nonProxyHosts=*.corp.example\n");
        assert_eq!(ran.printed.matches("Picked up").count(), 1, "{}", ran.printed);
    }
}

/// A JVM trusts what it trusted before, and ours.
#[test]
fn java_keeps_its_roots() {
    needed!("java_keeps_its_roots", installed("python"), NO_VENV);
    let java = needed!("java_keeps_its_roots", java_program(), NO_JAVA);
    let roots = |printed: &str| -> usize {
        let line = printed.lines().find_map(|line| line.strip_prefix("roots "));
        line.unwrap_or_else(|| panic!("{printed}")).parse().unwrap()
    };
    let words = [&*java, &by_itself("Calls.java"), Path::new("roots")];
    let before = roots(&run(Command::new(words[0]).args(&words[1..]), AT_ONCE));
    assert!(before > 50, "{before} roots");
    let folder = tempfile::tempdir().unwrap();
    let mut with = leastwise(folder.path());
    with.args(["run", "--"]).args(words);
    assert_eq!(roots(&run(&mut with, AT_ONCE)), before + 1);
}

/// The store that the user's options name takes the place of the JVM's own, and a server of theirs is reached as before, over a
/// tunnel that nobody opens. Where those options would win over ours, ours stand behind them.
#[test]
fn java_with_a_store_of_its_own() {
    needed!("java_with_a_store_of_its_own", installed("python"), NO_VENV);
    let java = needed!("java_with_a_store_of_its_own", java_program(), NO_JAVA);
    let keytool = needed!("java_with_a_store_of_its_own", on_path("keytool"), "no keytool");
    let folder = tempfile::tempdir().unwrap();
    let (pem, store) = (folder.path().join("corporate.pem"), folder.path().join("cor porate.p12"));
    let issuer = tls::authority(&pem);
    let mut import = Command::new(keytool);
    import.args(["-importcert", "-noprompt", "-alias", "corporate", "-storetype", "PKCS12"]);
    import.args(["-storepass", "changed"]).arg("-file").arg(&pem).arg("-keystore").arg(&store);
    run(&mut import, AT_ONCE);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let beside = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = tls::serving(stream, "localhost", &issuer);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
    });
    let stand_in = StandIn::start();
    let options = format!(
        "-Djavax.net.ssl.trustStore='{}' -Djavax.net.ssl.trustStorePassword=changed -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9",
        store.display()
    );
    let ran = Ran::of(
        &stand_in,
        &[],
        &[&java, &by_itself("Calls.java"), Path::new("HttpClient")],
        |it| {
            it.env("JDK_JAVA_OPTIONS", options).env("BESIDE", &beside);
        },
    );
    assert_eq!(ran.calls, DEPLOYED, "{}", ran.printed);
    ran.says("beside 204");
    server.join().unwrap();
}

/// What is told of options, without a JVM: they are left alone where that is asked for, or where it cannot be done well.
#[cfg(unix)]
#[test]
fn java_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let legacy = repository("tests/fixtures/trust/legacy.p12");
    let options = format!(
        "-Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword=changeit",
        legacy.display()
    );
    let told = |further: &[&str], options: Option<&str>| {
        let mut command = leastwise(folder.path());
        command.args(["run"]).args(further).args([
            "--",
            "sh",
            "-c",
            "echo \"told $JAVA_TOOL_OPTIONS.\"",
        ]);
        command.envs(options.map(|it| ("JAVA_TOOL_OPTIONS", it)));
        run(&mut command, AT_ONCE)
    };
    assert!(
        told(&[], None).contains(
            "told -Dleastwise=run,--no-java-turns-this-off \"-Djavax.net.ssl.trustStore="
        )
    );
    assert!(told(&["--no-java"], None).contains("told .\n"));
    assert!(told(&["--no-java"], Some("-Xmx1g")).contains("told -Xmx1g.\n"));
    assert!(told(&["--mode", "csm"], Some("-Xmx1g")).contains("told -Xmx1g.\n"));
    let printed = told(&[], Some(&options));
    assert!(printed.contains(&format!("told {options}.\n")), "{printed}");
    let why = "the trust store that JAVA_TOOL_OPTIONS names is encrypted with an algorithm that Leastwise does not know";
    assert!(printed.contains(why), "{printed}");
    assert!(!told(&["--no-java"], Some(&options)).contains("the trust store that"));
}

#[test]
fn php() {
    needed!("php", installed("python"), NO_VENV);
    let php =
        needed!("php", php_program(), "no PHP with curl (Debian: apt install php-cli php-curl)");
    let stand_in = StandIn::start();
    let own = tempfile::tempdir().unwrap();
    std::fs::write(own.path().join("own.ini"), "memory_limit = 77M\n").unwrap();
    // Nothing stands for where PHP looks by itself, which is where Debian loads its curl.
    let scanned = OsString::from_iter([OsString::from(":"), own.path().into()]);
    let ran = Ran::of(&stand_in, &[], &[&php, &by_itself("calls.php")], |it| {
        it.env("PHP_INI_SCAN_DIR", scanned);
    });
    assert_eq!(ran.calls, DEPLOYED, "{}", ran.printed);
    ran.says("memory 77M streams trust");
}

/// A whole client of AWS's, as it is.
#[test]
fn php_async_aws() {
    needed!("php_async_aws", installed("python"), NO_VENV);
    let reason = "no PHP with AsyncAws (Debian: apt install php-cli php-curl php-async-aws-sns)";
    let php = needed!("php_async_aws", php_program(), reason);
    let client = Path::new("/usr/share/php/AsyncAws/Sns/autoload.php");
    needed!("php_async_aws", client.is_file().then_some(()), reason);
    let stand_in = StandIn::start();
    let ran = Ran::of(&stand_in, &[], &[&php, &by_itself("async_aws.php")], |_| {});
    assert_eq!(ran.calls, "1 sns CreateTopic 200\n", "{}", ran.printed);
}

#[test]
fn ruby() {
    needed!("ruby", installed("python"), NO_VENV);
    let ruby = needed!(
        "ruby",
        ruby_program(),
        "no Ruby with AWS's SDK (Debian: apt install ruby-aws-sdk-s3)"
    );
    let stand_in = StandIn::start();
    let ran = Ran::of(&stand_in, &[], &[&ruby, &by_itself("sdk.rb")], |_| {});
    ran.says("hello\n");
    assert_eq!(
        ran.calls, "1 s3 CreateBucket 200\n1 s3 GetObject 200\n1 s3 PutObject 200\n",
        "{}",
        ran.printed
    );
    // What it reports of the same calls counts no second time.
    assert!(!ran.printed.contains("went past the proxy"), "{}", ran.printed);
}

#[test]
fn perl() {
    needed!("perl", installed("python"), NO_VENV);
    let perl = needed!(
        "perl",
        perl_program(),
        "no Perl with LWP and TLS (Debian: apt install libwww-perl liblwp-protocol-https-perl)"
    );
    let stand_in = StandIn::start();
    let ran = Ran::of(&stand_in, &[], &[&perl, &by_itself("calls.pl")], |_| {});
    assert_eq!(ran.calls, "2 s3 CreateBucket 200\n2 s3 PutObject 200\n", "{}", ran.printed);
}

/// AWS's SDK for Python over aiohttp, and what is made on top of it.
#[test]
fn aiobotocore() {
    needed!("aiobotocore", installed("python"), NO_VENV);
    let python = repository("target/clients-venv/bin/python");
    let python = needed!(
        "aiobotocore",
        python.exists().then_some(python),
        "no target/clients-venv (scripts/test makes it)"
    );
    let stand_in = StandIn::start();
    let ran = Ran::of(&stand_in, &[], &[&python, &by_itself("others.py")], |it| {
        it.env("AWS_DEFAULT_REGION", "eu-west-1");
    });
    ran.says("hello\n");
    for call in [
        "1 dynamodb ListTables 200",
        "1 s3 CreateBucket 200",
        "1 s3 GetObject 200",
        "1 s3 PutObject 200",
    ] {
        assert!(ran.calls.lines().any(|line| line == call), "{call}: {}", ran.printed);
    }
}

/// wget signs nothing; what it gets is presigned.
#[test]
fn wget() {
    let python = needed!("wget", installed("python"), NO_VENV);
    let wget = needed!("wget", on_path("wget"), "no wget");
    let stand_in = StandIn::start();
    let url = presigned(&python, &stand_in);
    let get = |settings: &str| {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".wgetrc"), settings).unwrap();
        let words = [&*wget, Path::new("-nv"), Path::new("-O"), Path::new("-"), Path::new(&url)];
        Ran::with(&stand_in, &[], &words, |it| {
            it.env("HOME", home.path());
        })
    };
    let (succeeded, ran) = get("# mine\nuser_agent = mine/1\n");
    assert!(succeeded && ran.printed.contains("hello"), "{}", ran.printed);
    assert_eq!(ran.calls, "1 s3 GetObject 200\n", "{}", ran.printed);
    assert!(ran.recording.contains("\"user_agent\":\"mine/1\""), "{}", ran.recording);
    // What may be a secret is not copied: wget is as it was, and the summary says what to do. (It looks at a certificate
    // when the handshake is over.)
    let (succeeded, ran) = get("header = X-Token: secret-of-mine\n");
    assert!(!succeeded && ran.calls.is_empty(), "{}", ran.printed);
    ran.says("opened and closed again without a request");
    ran.says("1  from-wget.s3.eu-west-1.amazonaws.com\n");
    ran.says("\"A client that is not seen\" in docs/clients.md");
    assert!(!ran.printed.contains("secret-of-mine"));
}

#[test]
fn bun() {
    let bun = repository("tests/clients/runtimes/node_modules/@oven/bun-linux-x64/bin/bun");
    javascript("clients_alone::bun", "from-bun", &bun, &[]);
}

#[test]
fn deno() {
    let deno = repository("tests/clients/runtimes/node_modules/@deno/linux-x64-glibc/deno");
    javascript("clients_alone::deno", "from-deno", &deno, &["run", "-A"]);
}

fn javascript(test: &str, bucket: &str, runtime: &Path, words: &[&str]) {
    let Some(python) = installed("python") else { return skipped(test, NO_VENV) };
    if !repository("tests/clients/node_modules/@aws-sdk/client-s3").exists() || !runtime.is_file() {
        return skipped(
            test,
            "no tests/clients/runtimes/node_modules for this machine (scripts/test makes it, with npm)",
        );
    }
    let stand_in = StandIn::start();
    let url = presigned(&python, &stand_in);
    let program = by_itself("calls.cjs");
    let mut command = vec![runtime];
    command.extend(words.iter().map(Path::new));
    command.extend([&*program, Path::new(bucket)]);
    let ran = Ran::of(&stand_in, &[], &command, |it| {
        it.env("BUN_OPTIONS", "--silent").env("DENO_NO_UPDATE_CHECK", "1").env("PRESIGNED", &url);
    });
    ran.says("hello 200");
    let wanted = "1 dynamodb ListTables 200\n1 s3 CreateBucket 200\n2 s3 GetObject 200\n1 s3 PutObject 200\n";
    assert_eq!(ran.calls, wanted, "{}", ran.printed);
}

/// A container gets what the run's file says, and is seen; one that gets nothing is not, and what to pass is said.
#[test]
fn containers() {
    let python = needed!("containers", installed("python"), NO_VENV);
    let stand_in = StandIn::start();
    let docker = by_itself("docker");
    let script =
        "import boto3; boto3.client('sns', 'eu-west-1').create_topic(Name='from-a-container')";
    let inside = format!("image \"{}\" -c \"{script}\"", python.display());
    let passed = format!(
        "\"{}\" run --network host --env-file \"$LEASTWISE_ENV_FILE\" --volume \"$LEASTWISE_FOLDER:$LEASTWISE_FOLDER:ro\" \
         --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY {inside}",
        docker.display()
    );
    let ran = Ran::of(&stand_in, &[], &["sh", "-c", &passed].map(Path::new), |_| {});
    assert_eq!(ran.calls, "1 sns CreateTopic 200\n", "{}", ran.printed);
    assert!(!ran.printed.contains("LEASTWISE_ENV_FILE"), "{}", ran.printed);

    let words = ["run", "image", "true"].map(Path::new);
    let words = [&[&*docker], &words[..]].concat();
    let ran = Ran::of(&stand_in, &[], &words, |_| {});
    ran.says("leastwise: programs in containers are recorded only if they get the environment of the run: ");
    ran.says("--env-file \"$LEASTWISE_ENV_FILE\"");
}

/// LocalStack's own names lead to the stand-in, wherever it is and without DNS.
#[test]
fn names_of_localstack() {
    let python = needed!("names_of_localstack", installed("python"), NO_VENV);
    let stand_in = StandIn::start();
    let script = "import boto3
for scheme in ('http', 'https'):
    def client(name, host):
        return boto3.client(name, 'eu-west-1', endpoint_url=f'{scheme}://{host}localhost.localstack.cloud:4566')
    client('sns', '').create_topic(Name=f'by-{scheme}')
    client('dynamodb', 'dynamodb.eu-west-1.').list_tables()
";
    let words = [&*python, Path::new("-c"), Path::new(script)];
    let ran = Ran::of(&stand_in, &[], &words, |_| {});
    assert_eq!(ran.calls, "2 dynamodb ListTables 200\n2 sns CreateTopic 200\n", "{}", ran.printed);

    // A client that says nothing of the protocol (ALPN) is taken for one that speaks HTTP, whatever the port.
    let script = "import http.client, os, ssl
context = ssl.create_default_context(cafile=os.environ['AWS_CA_BUNDLE'])
connection = http.client.HTTPSConnection(*os.environ['HTTPS_PROXY'].removeprefix('http://').split(':'), context=context)
context.set_alpn_protocols([])
connection.set_tunnel('s3.localhost.localstack.cloud', 4566)
connection.request('GET', '/moto-api/')
print('status', connection.getresponse().status)
";
    let ran = Ran::of(&stand_in, &[], &[&*python, Path::new("-c"), Path::new(script)], |_| {});
    ran.says("status ");
}

/// A client with authorities of its own, one that gives up behind the handshake, and one that goes past the proxy.
#[test]
fn clients_that_are_not_seen_are_named() {
    let python = needed!("clients_that_are_not_seen_are_named", installed("python"), NO_VENV);
    let stand_in = StandIn::start();
    let script = "import boto3, http.client, os, ssl
host, port = os.environ['HTTPS_PROXY'].removeprefix('http://').split(':')
def tunnel(to, context):
    connection = http.client.HTTPSConnection(host, int(port), context=context)
    connection.set_tunnel(to, 443)
    connection.connect()
    connection.close()
try:
    tunnel('pinned.s3.eu-west-1.amazonaws.com', ssl.create_default_context(cafile=os.environ['OTHER']))
except ssl.SSLError:
    pass
tunnel('sqs.eu-west-1.amazonaws.com', ssl._create_unverified_context())
tunnel('sns.eu-west-1.amazonaws.com', ssl._create_unverified_context())
boto3.client('sns', 'eu-west-1').list_topics()
for name in ['HTTP_PROXY', 'http_proxy']:
    del os.environ[name]
boto3.client('sqs', 'eu-west-1', endpoint_url=os.environ['STAND_IN']).list_queues()
";
    let words = [&*python, Path::new("-c"), Path::new(script)];
    let ran = Ran::of(&stand_in, &[], &words, |it| {
        it.env("STAND_IN", &stand_in.url)
            .env("OTHER", repository("tests/fixtures/trust/corporate.pem"));
    });
    ran.says("  1 connection failed in the proxy:\n         1  A client closed its connection to pinned.s3.eu-west-1.amazonaws.com when it saw");
    ran.says("  1 connection was opened and closed again without a request, as by a client that does not trust Leastwise's certificate:\n         1  sqs.eu-west-1.amazonaws.com\n");
    ran.says("  1 call went past the proxy and was heard over client-side monitoring only, so the resources are less exact; made by:\n         1  Boto3/");
    ran.says("\"A client that is not seen\" in docs/clients.md");
}

/// What came of a run.
struct Ran {
    printed: String,
    /// How often each call was made: `count service operation status`.
    calls: String,
    recording: String,
}

impl Ran {
    /// Runs a program, which must end well.
    fn of(
        stand_in: &StandIn,
        options: &[&str],
        words: &[&Path],
        also: impl FnOnce(&mut Command),
    ) -> Ran {
        let (succeeded, ran) = Ran::with(stand_in, options, words, also);
        assert!(succeeded, "{}", ran.printed);
        ran
    }

    /// Runs a program; whether it ended well.
    fn with(
        stand_in: &StandIn,
        options: &[&str],
        words: &[&Path],
        also: impl FnOnce(&mut Command),
    ) -> (bool, Ran) {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("calls.jsonl");
        let mut command = leastwise(folder.path());
        also(&mut command);
        // Whatever it ends with: its exit code is printed.
        let script = "\"$@\" 2>&1 && echo 'ended well'; true";
        let (program, variables) =
            (command.get_program().to_owned(), Vec::from_iter(command.get_envs()));
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh"]).arg(program).args(["run", "--upstream", &stand_in.url]);
        shell.args(options).arg("--record").arg(&recording).arg("--").args(words);
        shell.current_dir(folder.path()).env_clear();
        shell.envs(variables.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let printed = run(&mut shell, AT_ONCE);
        let recording = std::fs::read_to_string(recording).unwrap_or_default();
        let from_proxy: Vec<_> =
            recording.lines().filter(|line| line.contains("\"source\":\"proxy\"")).collect();
        let calls = calls(&from_proxy.join("\n"), "proxy");
        (printed.ends_with("ended well\n"), Ran { printed, calls, recording })
    }

    fn says(&self, text: &str) {
        assert!(self.printed.contains(text), "{text:?} is missing in:\n{}", self.printed);
    }
}

/// The binary, in this folder, with what a client needs to know of itself and no word about a proxy. Paths of the run have spaces, as
/// a Mac's have.
fn leastwise(folder: &Path) -> Command {
    let mut leastwise = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    leastwise
        .current_dir(folder)
        .env_clear()
        .env("PATH", child_path())
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder.join("data of mine"))
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", access_key_id(ACCOUNT))
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    leastwise
}

fn by_itself(name: &str) -> PathBuf {
    repository("tests/clients/by_itself").join(name)
}

/// A URL of an object that is there, for who has no key.
fn presigned(python: &Path, stand_in: &StandIn) -> String {
    let script = "import boto3, sys
keys = dict(region_name='eu-west-1', aws_access_key_id=sys.argv[2], aws_secret_access_key='x')
s3 = boto3.client('s3', endpoint_url=sys.argv[1], **keys)
s3.create_bucket(Bucket='from-wget', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_object(Bucket='from-wget', Key='reports/one', Body=b'hello')
config = boto3.session.Config(signature_version='s3v4', s3={'addressing_style': 'virtual'})
at_aws = boto3.client('s3', config=config, endpoint_url='https://s3.eu-west-1.amazonaws.com', **keys)
print(at_aws.generate_presigned_url('get_object', Params={'Bucket': 'from-wget', 'Key': 'reports/one'}))
";
    let mut command = Command::new(python);
    command
        .args(["-c", script, &stand_in.url, &access_key_id(ACCOUNT)])
        .env_clear()
        .env("HOME", "/");
    run(&mut command, AT_ONCE).trim().to_owned()
}

/// One that runs a program from its source, as written here.
fn java_program() -> Option<PathBuf> {
    let java = on_path("java")?;
    let output = Command::new(&java).arg("--version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = said.split_whitespace().nth(1)?.split('.').next()?.parse::<u32>().ok()?;
    (version >= 17).then_some(java)
}

fn php_program() -> Option<PathBuf> {
    let php = on_path("php")?;
    let modules = Command::new(&php).arg("-m").output().ok()?;
    String::from_utf8_lossy(&modules.stdout).lines().any(|line| line == "curl").then_some(php)
}

fn ruby_program() -> Option<PathBuf> {
    let debians = Some(PathBuf::from("/usr/bin/ruby")).filter(|it| it.is_file());
    let ruby = debians.or_else(|| on_path("ruby"))?;
    let found = Command::new(&ruby).args(["-e", "require 'aws-sdk-s3'"]).output().ok()?;
    found.status.success().then_some(ruby)
}

fn perl_program() -> Option<PathBuf> {
    let perl = on_path("perl")?;
    let modules =
        ["-MLWP::UserAgent", "-MLWP::Protocol::https", "-MIO::Socket::SSL", "-MDigest::SHA"];
    let found = Command::new(&perl).args(modules).args(["-e", "1"]).output().ok()?;
    found.status.success().then_some(perl)
}
