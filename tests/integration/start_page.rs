//! The way of somebody new in `docs/start.md`, its commands run as they stand there.

use std::fs;

use crate::ci::{Step, run};
use crate::support::{StandIn, installed, on_path, repository, skipped};

#[test]
fn the_way_from_nothing_to_a_policy_in_force() {
    const NAME: &str = "start_page::the_way_from_nothing_to_a_policy_in_force";
    let (Some(bash), Some(_)) = (on_path("bash"), on_path("curl")) else {
        return skipped(NAME, "no bash, or no curl");
    };
    if installed("moto_server").is_none() || installed("aws").is_none() {
        return skipped(NAME, "no moto_server, or no AWS CLI");
    }
    let moto = StandIn::start();
    let folder = tempfile::tempdir().unwrap();
    let page = fs::read_to_string(repository("docs/start.md")).unwrap();
    let page = page.replace("http://127.0.0.1:5000", &moto.url);
    let (_, script) = page.split_once("```bash\n").unwrap();
    let (script, _) = script.split_once("```\n").unwrap();
    fs::write(folder.path().join("deploy.sh"), script).unwrap();
    let steps = Step::all(&page);
    assert_eq!(steps.iter().map(|step| step.code).collect::<Vec<_>>(), [0, 0, 0, 0, 0, 3]);
    for step in steps {
        step.verify(&run(&bash, step.script, folder.path()));
    }
    assert!(fs::read_to_string(folder.path().join("report.html")).unwrap().contains("acme-site"));
}
