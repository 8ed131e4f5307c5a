//! More than one machine: what `packaging/spark` and `packaging/athena` make of a trail gives the policies that one machine gives, byte for
//! byte. The tests are in Python, as what they test is; `scripts/test` makes the environment.

use std::process::Command;

use crate::common::{stderr, stdout};
use crate::support::{on_path, repository, skipped};

/// On two executors, of which one is killed among the files, and one among the summaries.
#[test]
fn spark() {
    if on_path("java").is_none() {
        return skipped("trail_engines::spark", "no java on the PATH, on which Spark runs");
    }
    python("trail_engines::spark", "spark.py", "spark-submit");
}

/// Athena's query on DuckDB.
#[test]
fn athena() {
    python("trail_engines::athena", "athena.py", "python");
}

/// Runs a test in Python, where `scripts/test` has installed what it needs.
fn python(test: &str, script: &str, needed: &str) {
    let programs = repository("target/trail-engines-venv/bin");
    if !programs.join(needed).exists() {
        return skipped(
            test,
            "its environment is not there: scripts/test sdk makes it, or LEASTWISE_LOAD=1 scripts/test",
        );
    }
    let mut command = Command::new(programs.join("python"));
    command.arg(repository("tests/trail_engines").join(script));
    let run = command.arg(env!("CARGO_BIN_EXE_leastwise")).output().unwrap();
    println!("{}", stdout(&run));
    assert!(run.status.success(), "{}\n{}", stdout(&run), stderr(&run));
}
