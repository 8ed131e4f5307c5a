//! Who gets at what is released: an action whose tag is moved, a tool that is built where something can be published, a
//! release that was exchanged, or that another workflow of the repository made.

use std::fs;
use std::path::Path;

const WORKFLOWS: [&str; 3] = [
    ".github/workflows/catalogue.yml",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
];
/// Where people copy from.
const EXAMPLES: [&str; 3] =
    ["packaging/github-action/action.yml", "packaging/github-action/README.md", "docs/ci.md"];

#[test]
fn actions_are_named_by_commit() {
    let listed = read("CONTRIBUTING.md");
    let ours = format!("OWNER/REPOSITORY/packaging/github-action@v{}", env!("CARGO_PKG_VERSION"));
    let mut seen = 0;
    for file in WORKFLOWS.iter().chain(&EXAMPLES) {
        for (line, used) in uses(&read(file)) {
            seen += 1;
            let (action, commented) = used.split_once(" # ").unwrap_or((&used, ""));
            let (name, version) = action.split_once('@').unwrap_or((action, ""));
            let by_commit = version.len() == 40
                && version.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
                && is_version(commented);
            let excused = listed.contains(&format!("- `{action}`"));
            assert!(
                by_commit || excused || action == ours || name.starts_with("./"),
                "{file}:{line}: {used:?} names no commit with its version behind it, and CONTRIBUTING.md does not list it"
            );
        }
    }
    assert!(seen >= 20, "only {seen} actions were found");
}

/// One commit for one action, wherever it is used.
#[test]
fn an_action_is_one_version_everywhere() {
    let mut versions = std::collections::BTreeMap::new();
    for file in WORKFLOWS.iter().chain(&EXAMPLES) {
        for (line, used) in uses(&read(file)) {
            let (name, version) = used.split_once('@').unwrap();
            let first = versions.entry(name.to_owned()).or_insert_with(|| version.to_owned());
            assert_eq!(first, version, "{file}:{line}: {name} is used in two versions");
        }
    }
}

#[test]
fn what_may_publish_builds_nothing_and_checks_nothing_out() {
    let mut may_write = Vec::new();
    for file in WORKFLOWS {
        let text = read(file);
        let (head, jobs) = text.split_once("\njobs:\n").unwrap();
        assert!(head.contains("\npermissions:\n  contents: read\n"), "{file}: all jobs may more");
        for job in blocks(jobs, "  ") {
            let name = job.split(':').next().unwrap().trim();
            if !job.contains(": write") {
                continue;
            }
            may_write.push(name.to_owned());
            for word in [
                "actions/checkout",
                "cargo ",
                "rustup",
                "apt-get",
                "pip ",
                "npx ",
                "npm install",
                "npm ci",
                "curl ",
                "docker ",
            ] {
                assert!(!job.contains(word), "{file}: the job {name} may write, and has {word:?}");
            }
        }
        // A checkout leaves the job's token in .git unless it is told not to.
        let checkouts = text.matches("actions/checkout@").count();
        assert_eq!(checkouts, text.matches("persist-credentials: false").count(), "{file}");
    }
    assert_eq!(may_write, ["propose", "publish", "pypi", "npm"]);
}

#[test]
fn the_image_has_nothing_but_what_was_released() {
    let text = read("packaging/docker/Dockerfile");
    let told: Vec<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let first_words: Vec<_> = told.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(told[0], "FROM scratch");
    assert_eq!(
        first_words,
        ["FROM", "COPY", "COPY", "ENV", "USER", "WORKDIR", "EXPOSE", "ENTRYPOINT", "CMD"]
    );
    assert!(told.contains(&"USER 65532:65532"));
}

#[test]
fn a_missing_sarif_file_fails_no_job() {
    let text = read("docs/ci.md");
    assert!(text.contains("security-events: write"));
    let upload = text.split("github/codeql-action/upload-sarif@").nth(1).unwrap();
    assert!(upload.contains("if: always() && hashFiles('leastwise.sarif') != ''"), "{upload}");
    assert!(text.contains("leastwise.sarif\n"));
}

#[cfg(unix)]
mod install {
    use super::{Path, fs, read};
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command, Output};

    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// GitHub's `gh`: gives the files of a folder, notes what it was asked, and takes for true what it is told to.
    const GH: &str = r#"#!/bin/sh
printf '%s\n' "$*" >>"$RELEASE/asked"
case "$1-$2" in
  release-download) cp "$RELEASE"/leastwise-* "$RELEASE"/SHA256SUMS . ;;
  attestation-verify) exit "$(cat "$RELEASE/verdict")" ;;
  *) exit 1 ;;
esac
"#;

    struct Runner {
        folder: tempfile::TempDir,
    }

    impl Runner {
        /// A release as it should be, and a machine that is about to install it.
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let runner = Self { folder };
            let release = runner.path("release");
            let name = format!("leastwise-{VERSION}-x86_64-unknown-linux-musl");
            for made in ["bin", "temp", "release"] {
                fs::create_dir(runner.path(made)).unwrap();
            }
            fs::create_dir(release.join(&name)).unwrap();
            fs::write(release.join(&name).join("leastwise"), "#!/bin/sh\n").unwrap();
            let pack = "tar -czf $1.tar.gz $1 && rm -r $1 && sha256sum $1.tar.gz >SHA256SUMS";
            let mut shell = Command::new("bash");
            shell.args(["-c", pack, "bash", &name]).current_dir(&release);
            assert!(shell.status().unwrap().success());
            fs::write(release.join("verdict"), "0").unwrap();
            fs::write(runner.path("bin/gh"), GH).unwrap();
            fs::set_permissions(runner.path("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
            runner
        }

        fn path(&self, name: &str) -> std::path::PathBuf {
            self.folder.path().join(name)
        }

        fn install(&self, version: &str) -> Output {
            let path = std::env::var("PATH").unwrap();
            Command::new("bash")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/github-action/install"))
                .env_clear()
                .env("PATH", format!("{}:{path}", self.path("bin").display()))
                .env("RELEASE", self.path("release"))
                .env("RUNNER_OS", "Linux")
                .env("RUNNER_ARCH", "X64")
                .env("RUNNER_TEMP", self.path("temp"))
                .env("GITHUB_PATH", self.path("github-path"))
                .env("LEASTWISE_VERSION", version)
                .env("LEASTWISE_RELEASES", "acme/leastwise")
                .output()
                .unwrap()
        }

        fn asked(&self) -> String {
            fs::read_to_string(self.path("release/asked")).unwrap_or_default()
        }

        fn refuses(&self, version: &str, reason: &str) {
            let output = self.install(version);
            let said = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains("::error title=Leastwise::") && said.contains(reason), "{said}");
            assert!(!self.path("github-path").exists(), "it is on the PATH all the same");
            let unpacked =
                format!("temp/leastwise-{VERSION}/leastwise-{VERSION}-x86_64-unknown-linux-musl");
            assert!(!self.path(&unpacked).exists(), "it is unpacked all the same");
        }
    }

    #[test]
    fn the_actions_own_version_is_installed_from_its_tag_and_workflow() {
        let runner = Runner::new();
        let output = runner.install("");
        assert!(output.status.success(), "{output:?}");
        let path = fs::read_to_string(runner.path("github-path")).unwrap();
        assert!(Path::new(path.trim()).join("leastwise").is_file(), "{path}");
        let asked = runner.asked();
        assert!(asked.starts_with(&format!("release download v{VERSION} --repo acme/leastwise")));
        let bound = format!(
            "--signer-workflow acme/leastwise/.github/workflows/release.yml --source-ref refs/tags/v{VERSION}"
        );
        assert!(asked.contains(&bound), "{asked}");
        assert!(asked.contains("--deny-self-hosted-runners"), "{asked}");
        assert!(read("docs/install.md").contains("--source-ref refs/tags/v"));
        assert!(read("docs/install.md").contains("/.github/workflows/release.yml"));
    }

    #[test]
    fn an_exchanged_archive_is_refused() {
        let runner = Runner::new();
        let archive = format!("release/leastwise-{VERSION}-x86_64-unknown-linux-musl.tar.gz");
        let mut bytes = fs::read(runner.path(&archive)).unwrap();
        bytes.push(0);
        fs::write(runner.path(&archive), bytes).unwrap();
        runner.refuses("", "is not what SHA256SUMS says");
        assert!(!runner.asked().contains("attestation"));
    }

    #[test]
    fn an_archive_with_checksums_of_its_own_but_no_provenance_is_refused() {
        let runner = Runner::new();
        fs::write(runner.path("release/verdict"), "1").unwrap();
        runner.refuses("", "has no provenance from the release workflow of acme/leastwise");
    }

    #[test]
    fn a_version_is_no_place_for_options_or_paths() {
        for version in ["../../x", "0.1.0 --repo evil/leastwise", "--repo=evil/leastwise", "main"] {
            let runner = Runner::new();
            runner.refuses(version, "is not the version of a release");
            assert_eq!(runner.asked(), "");
        }
    }
}

/// The lines with `uses:`, numbered, in YAML and in what Markdown quotes of it.
fn uses(text: &str) -> Vec<(usize, String)> {
    let lines = text.lines().enumerate();
    let used = lines.filter_map(|(at, line)| {
        let line = line.trim().trim_start_matches("- ");
        Some((at + 1, line.strip_prefix("uses: ")?.to_owned()))
    });
    used.collect()
}

/// The parts of `text` that begin with a line at this depth.
fn blocks<'a>(text: &'a str, indent: &str) -> Vec<&'a str> {
    let (mut starts, mut at) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let begins = line
            .strip_prefix(indent)
            .is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_alphabetic()));
        if begins {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &text[start..end]).collect()
}

fn is_version(text: &str) -> bool {
    let Some(numbers) = text.trim().strip_prefix('v') else { return false };
    numbers.split('.').count() == 3 && numbers.split('.').all(|it| it.parse::<u32>().is_ok())
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}
