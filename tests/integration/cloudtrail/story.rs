//! The story in `docs/cloudtrail.md`, its commands run as they stand there.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::ci::{Step, run};
use crate::support::{on_path, repository, skipped};

#[test]
fn the_story_of_a_role() {
    let Some(bash) = on_path("bash") else {
        return skipped("cloudtrail::story::the_story_of_a_role", "no bash");
    };
    let folder = tempfile::tempdir().unwrap();
    delivered(&repository("tests/data/cloudtrail/story"), folder.path());
    let story = fs::read_to_string(repository("docs/cloudtrail.md")).unwrap();
    let steps = Step::all(&story);
    assert_eq!(steps.iter().map(|step| step.code).collect::<Vec<_>>(), [0, 0, 3, 0, 0]);
    for step in steps {
        step.verify(&run(&bash, step.script, folder.path()));
    }
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
