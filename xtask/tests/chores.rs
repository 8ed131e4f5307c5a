//! The chores, as a program: `scripts/test` runs the one that is built for this.

use std::process::Command;

fn xtask(arguments: &[&str]) -> (bool, String) {
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = xtask.args(arguments).current_dir(root).output().expect("it starts");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_catalogue_is_not_written_from_sources_that_are_not_there() {
    let folder = std::env::temp_dir().join(format!("xtask-chores-{}", std::process::id()));
    let (sources, output) = (folder.join("sources"), folder.join("catalog"));
    std::fs::create_dir_all(&sources).unwrap();
    let paths = [sources.to_str().unwrap(), output.to_str().unwrap()];
    let (ended_well, said) = xtask(&["catalog", "--sources", paths[0], "--output", paths[1]]);
    assert!(!ended_well && said.contains("run scripts/fetch-sources"), "{said}");
    assert!(!output.exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_chore_that_there_is_none_of_is_said() {
    let (ended_well, said) = xtask(&["sweep"]);
    assert!(!ended_well && said.contains("sweep"), "{said}");
}
