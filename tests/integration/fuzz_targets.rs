//! The fuzz targets without a fuzzer: each runs over its seeds and over mutations of them, the same ones every time.
//! `scripts/fuzz` runs them at length. `LEASTWISE_FUZZ_RUNS` is how many inputs each gets here.

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library elsewhere")]
mod fuzz;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

const RUNS: u32 = 4_000;
/// The most bytes of an input.
const MOST: usize = 4_096;

#[test]
fn seeds_and_their_mutations() {
    let runs = std::env::var("LEASTWISE_FUZZ_RUNS").map_or(RUNS, |runs| runs.parse().unwrap());
    std::thread::scope(|scope| {
        for &(name, target) in fuzz::TARGETS {
            let worker = std::thread::Builder::new().name(name.to_owned());
            worker.spawn_scoped(scope, move || over_mutations(name, target, runs)).unwrap();
        }
    });
}

fn over_mutations(name: &str, target: fn(&[u8]), runs: u32) {
    let seeds = seeds(name);
    assert!(!seeds.is_empty(), "{name} has no seeds in fuzz/seeds");
    let run = |input: &[u8]| {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(input))) {
            eprintln!("{name} fails over: {}", input.escape_ascii());
            resume_unwind(panic);
        }
    };
    run(&[]);
    seeds.iter().for_each(|seed| run(seed));
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut input = Vec::new();
    for n in 0..runs {
        // Most go on from a seed; some from what the last one became.
        if n % 8 < 6 || input.is_empty() {
            input.clone_from(&seeds[dice.below(seeds.len())]);
        }
        for _ in 0..=dice.below(4) {
            mutate(&mut input, &seeds, &mut dice);
        }
        input.truncate(MOST);
        run(&input);
    }
}

/// What parsers stumble over.
const ODD: &[&[u8]] = &[
    b"\r\n",
    b"\n\n",
    b"\r",
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b";",
    b"%",
    b"%00",
    b"%C3%A9",
    b"&",
    b"=",
    b"\"",
    b"\\",
    b"\\u",
    b"{",
    b"[",
    b"}",
    b"]",
    b"<",
    b">",
    b"</",
    b"<![CDATA[",
    b"]]>",
    b"&#",
    b"-1",
    b"99999999999999999999",
    b"ffffffffffffffff",
    b"\xff",
    b"\xc3",
    b"\xf0\x9f",
    b"\xbf",
    b"\x9f",
    b"\x7f",
    b"\x5f",
    b"\xfb",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"chunked",
];

fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(input.len() + 1);
    let end = at + dice.below((input.len() - at).min(64) + 1);
    match dice.below(8) {
        0 if at < input.len() => input[at] ^= 1 << dice.below(8),
        1 if at < input.len() => input[at] = dice.below(256) as u8,
        2 => drop(input.drain(at..end)),
        3 => input.truncate(at),
        4 => {
            let again = input[at..end].repeat(1 + dice.below(3));
            input.splice(at..at, again);
        }
        5 => {
            let other = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            input.splice(at..end, other[from..].iter().copied());
        }
        6 => drop(input.splice(at..end, ODD[dice.below(ODD.len())].iter().copied())),
        _ => drop(input.splice(at..at, ODD[dice.below(ODD.len())].iter().copied())),
    }
}

/// xorshift64*: the same throws every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}

/// The inputs of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let Ok(files) = fs::read_dir(fuzz_folder().join("seeds").join(target)) else {
        return Vec::new();
    };
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn every_target_has_a_program() {
    let targets: BTreeSet<_> = fuzz::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let in_folder = |folder: &str| -> BTreeSet<_> {
        let files = fs::read_dir(fuzz_folder().join(folder)).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        files.map(|file| stem(file.unwrap().path())).collect()
    };
    assert_eq!(in_folder("fuzz_targets"), targets);
    assert_eq!(in_folder("seeds"), targets);
    let manifest = fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
    for target in &targets {
        let path = format!("\nname = \"{target}\"\npath = \"fuzz_targets/{target}.rs\"\n");
        assert!(manifest.contains(&path), "{target} is not in fuzz/Cargo.toml");
        let file = fuzz_folder().join(format!("fuzz_targets/{target}.rs"));
        assert!(fs::read_to_string(file).unwrap().contains(&format!("leastwise_fuzz::{target}(")));
    }
}

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}
