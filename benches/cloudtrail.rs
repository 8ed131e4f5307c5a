//! How fast CloudTrail's files are read: events and megabytes of JSON in a second, on one core and on two, and the most memory;
//! beside the limit (decompressing with zlib-rs, and parsing with serde_json to nothing) and beside trailscraper, if it is given.
//!
//!     cargo bench --bench cloudtrail -- [--megabytes N] [--all-distinct] [--trailscraper PATH]
//!
//! The events are the real ones of tests/data/cloudtrail, their names varied so that one in ten is a call that was not there
//! before. trailscraper reads a fiftieth of them: `select` alone, which reads the events and prints them, and `select | generate`, as its
//! manual has it, which makes a policy of them, as `leastwise policy` does.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // A measurement prints what it measures.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Megabytes of JSON where nothing else is said.
const MEGABYTES: usize = 64;
/// Events in one file.
const IN_A_FILE: usize = 4_000;
/// What trailscraper gets of the files.
const PART: usize = 50;

struct Options {
    megabytes: usize,
    all_distinct: bool,
    trailscraper: Option<PathBuf>,
}

fn main() {
    let options = options();
    let folder = tempfile::tempdir().unwrap();
    let made = make(folder.path(), &options);
    println!(
        "{} events, {} MB of JSON in {} files of {} MB",
        made.events,
        made.bytes >> 20,
        made.files.len(),
        made.files.iter().map(|it| fs::metadata(it).unwrap().len()).sum::<u64>() >> 20,
    );
    let limit = limit(&made.files);
    tell("limit, one core", &made, limit, None);
    let out = folder.path().join("summary.jsonl");
    for (what, cores) in [("leastwise, one core", "0"), ("leastwise, two cores", "0,1")] {
        let trail = folder.path().join("trail");
        let arguments =
            ["summarize", "--quiet", "-o", out.to_str().unwrap(), trail.to_str().unwrap()];
        let (spent, most) = measured(cores, env!("CARGO_BIN_EXE_leastwise"), &arguments);
        tell(what, &made, spent, Some(most));
    }
    let lines = fs::read_to_string(&out).unwrap().lines().count();
    println!("{lines} distinct calls in the summary");
    let trail = folder.path().join("trail");
    let policy = ["policy", "--quiet", "-o", "/dev/null", trail.to_str().unwrap()];
    for (what, cores) in
        [("leastwise policy, one core", "0"), ("leastwise policy, two cores", "0,1")]
    {
        let (spent, most) = measured(cores, env!("CARGO_BIN_EXE_leastwise"), &policy);
        tell(what, &made, spent, Some(most));
    }
    if let Some(trailscraper) = &options.trailscraper {
        let part = folder.path().join("part");
        fs::create_dir(&part).unwrap();
        let some = made.files.len().div_ceil(PART);
        for file in &made.files[..some] {
            fs::copy(file, part.join(file.file_name().unwrap())).unwrap();
        }
        let of_part = Made {
            events: made.events * some / made.files.len(),
            bytes: made.bytes * some / made.files.len(),
            files: Vec::new(),
        };
        let (program, part) = (trailscraper.to_str().unwrap(), part.to_str().unwrap());
        let (spent, most) = measured("0", program, &["select", "--log-dir", part]);
        tell("trailscraper select, one core", &of_part, spent, Some(most));
        // The memory is that of two programs.
        let both = format!("'{program}' select --log-dir '{part}' | '{program}' generate");
        let (spent, _) = measured("0", "sh", &["-c", &both]);
        tell("trailscraper select | generate, one core", &of_part, spent, None);
    }
}

fn options() -> Options {
    let mut options = Options { megabytes: MEGABYTES, all_distinct: false, trailscraper: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--megabytes" => options.megabytes = arguments.next().unwrap().parse().unwrap(),
            "--all-distinct" => options.all_distinct = true,
            "--trailscraper" => options.trailscraper = arguments.next().map(PathBuf::from),
            // What cargo says to every benchmark.
            _ => {}
        }
    }
    options
}

struct Made {
    events: usize,
    bytes: usize,
    files: Vec<PathBuf>,
}

/// Makes the files of a trail.
fn make(folder: &Path, options: &Options) -> Made {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cloudtrail");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(real).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "json"));
    paths.sort();
    let mut events = Vec::new();
    for path in paths {
        let list: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        events.extend(list.iter().filter_map(Varied::of));
    }
    let day = folder.join("trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/01");
    fs::create_dir_all(&day).unwrap();
    let mut made = Made { events: 0, bytes: 0, files: Vec::new() };
    while made.bytes < options.megabytes << 20 {
        let mut text = String::from("{\"Records\":[");
        for number in made.events..made.events + IN_A_FILE {
            let event = &events[number * 7 % events.len()];
            let is_new = options.all_distinct || number % 10 == 0;
            if number > made.events {
                text.push(',');
            }
            event.write(number, is_new, &mut text);
        }
        text.push_str("]}");
        let name = format!(
            "111122223333_CloudTrail_eu-west-1_20260101T0000Z_{:016}.json.gz",
            made.files.len()
        );
        let path = day.join(name);
        let mut file = GzEncoder::new(File::create(&path).unwrap(), Compression::default());
        file.write_all(text.as_bytes()).unwrap();
        file.finish().unwrap();
        made.events += IN_A_FILE;
        made.bytes += text.len();
        made.files.push(path);
    }
    made
}

/// An event's text, in which its id and a name are to be varied.
struct Varied {
    before: String,
    between: String,
    after: String,
}

impl Varied {
    fn of(event: &Value) -> Option<Varied> {
        let mut event = event.clone();
        // Behind the name, wherever it stood.
        event.as_object_mut()?.shift_remove("eventID");
        event["eventID"] = "@ID@".into();
        let name = event["requestParameters"].as_object_mut()?.values_mut().find(|it| {
            it.as_str().is_some_and(|text| text.len() > 2 && !text.contains(['{', '*']))
        })?;
        *name = format!("{}@NAME@", name.as_str()?).into();
        let text = event.to_string();
        let (first, rest) = text.split_once("@NAME@")?;
        let (between, after) = rest.split_once("@ID@")?;
        Some(Varied {
            before: first.to_owned(),
            between: between.to_owned(),
            after: after.to_owned(),
        })
    }

    fn write(&self, number: usize, is_new: bool, text: &mut String) {
        text.push_str(&self.before);
        if is_new {
            text.push_str(&format!("{number}"));
        }
        text.push_str(&self.between);
        text.push_str(&format!("{number:08x}-0000-4000-8000-000000000000"));
        text.push_str(&self.after);
    }
}

/// Decompresses and parses to nothing.
fn limit(files: &[PathBuf]) -> Duration {
    let begin = Instant::now();
    let mut text = Vec::new();
    for path in files {
        text.clear();
        let stored = fs::read(path).unwrap();
        MultiGzDecoder::new(stored.as_slice()).read_to_end(&mut text).unwrap();
        serde_json::from_slice::<IgnoredAny>(&text).unwrap();
    }
    begin.elapsed()
}

/// Runs a program on these cores: how long it takes, and the most memory that it has, in kB.
fn measured(cores: &str, program: &str, arguments: &[&str]) -> (Duration, u64) {
    let begin = Instant::now();
    let mut child = Command::new("taskset")
        .args(["-c", cores, program])
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM:"));
        let now = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        most = most.max(now.unwrap_or(0));
        thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "{program} {arguments:?}: {ended}");
    (begin.elapsed(), most)
}

fn tell(what: &str, made: &Made, spent: Duration, most: Option<u64>) {
    let seconds = spent.as_secs_f64();
    let most = most.map(|most| format!(", {} MB of memory", most >> 10)).unwrap_or_default();
    println!(
        "{what}: {seconds:.2} s, {:.0} events/s, {:.0} MB/s{most}",
        made.events as f64 / seconds,
        made.bytes as f64 / seconds / f64::from(1 << 20),
    );
}
