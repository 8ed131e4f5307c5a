//! The story in `docs/cloudtrail.md`, its commands run as they stand there.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::formats::compressed;
use super::remote::{event, put};
use crate::ci::{Step, run};
use crate::support::{StandIn, installed, left_out, on_path, repository, skipped};

#[test]
fn the_story_of_a_role() {
    let Some(bash) = on_path("bash") else {
        return skipped("cloudtrail::story::the_story_of_a_role", "no bash");
    };
    let folder = tempfile::tempdir().unwrap();
    delivered(&repository("tests/data/cloudtrail/story"), folder.path());
    let moto = installed("moto_server").map(|_| StandIn::start());
    if let Some(moto) = &moto {
        let trail = in_folder(&folder.path().join("trail"), "");
        put(&moto.url, "my-trail", &trail);
        put(&moto.url, "org-trail", &of_organisation());
        let config = format!("[default]\nendpoint_url = {}\n", moto.url);
        fs::create_dir(folder.path().join(".aws")).unwrap();
        fs::write(folder.path().join(".aws/config"), config).unwrap();
    } else {
        left_out("what is in buckets of cloudtrail::story::the_story_of_a_role", "no moto_server");
    }
    let story = fs::read_to_string(repository("docs/cloudtrail.md")).unwrap();
    let steps = Step::all(&story);
    assert_eq!(steps.iter().map(|step| step.code).collect::<Vec<_>>(), [0, 0, 3, 0, 0, 3, 0, 0]);
    for step in steps {
        if moto.is_some() || !step.script.contains("s3://") {
            step.verify(&run(&bash, step.script, folder.path()));
        }
    }
}

/// Keys and contents of the files below a folder.
fn in_folder(folder: &Path, above: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{above}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            files.extend(in_folder(&path, &format!("{name}/")));
        } else {
            files.push((name, fs::read(path).unwrap()));
        }
    }
    files
}

/// The trail of an organisation, of which two accounts have a role of one name.
fn of_organisation() -> Vec<(String, Vec<u8>)> {
    let of_account = |(account, time): (&str, &str)| {
        let event = event(account, "eu-west-1", time, &format!("b-{account}"));
        let folder = format!("AWSLogs/o-exampleorg/{account}/CloudTrail/eu-west-1/2026/11/24");
        let name = format!("{account}_CloudTrail_eu-west-1_20261124T0905Z_x.json.gz");
        let text = serde_json::json!({ "Records": [event] }).to_string();
        (format!("{folder}/{name}"), compressed(text.as_bytes()))
    };
    [("111122223333", "2026-11-24T09:00:00Z"), ("444455556666", "2026-11-24T09:01:00Z")]
        .map(of_account)
        .into()
}

/// Copies a folder; the files of the trail are packed, as CloudTrail delivers them.
fn delivered(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            delivered(&path, &to);
        } else if path.components().any(|it| it.as_os_str() == "AWSLogs") {
            let packed = File::create(to.with_extension("json.gz")).unwrap();
            let mut packed = GzEncoder::new(packed, Compression::default());
            packed.write_all(&fs::read(path).unwrap()).unwrap();
            packed.finish().unwrap();
        } else {
            fs::copy(path, to).unwrap();
        }
    }
}
