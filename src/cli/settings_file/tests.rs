use crate::cli::settings_file::*;

fn read(text: &str, origin: Origin) -> Result<Source, String> {
    file::parse(&built(), "leastwise.toml", text, origin)
}

#[test]
fn a_table_wins_over_what_is_for_all() {
    let source = read(
        "verbose = 1\nintercept = ['a', 'b']\n[listen]\nverbose = 2\ncsm-port = 31001",
        Origin::User,
    )
    .unwrap();
    let sources = [source];
    let value = |command, option| find(&sources, command, option).map(|it| it.values.join(","));
    assert_eq!(value("run", "verbose").as_deref(), Some("1"));
    assert_eq!(value("listen", "verbose").as_deref(), Some("2"));
    assert_eq!(value("listen", "csm-port").as_deref(), Some("31001"));
    assert_eq!(value("run", "intercept").as_deref(), Some("a,b"));
    assert_eq!(value("run", "record"), None);
}

#[test]
fn what_is_no_setting_is_said() {
    for (text, said) in [
        ("recrod = 'x'", ": there is no setting `recrod`; did you mean `record`?"),
        ("[listen]\ncsm-prot = 1", ": there is no setting `csm-prot`; did you mean `csm-port`?"),
        ("detached = true", ": there is no setting `detached`"),
        (
            "[lisen]\nverbose = 1",
            ": there is no command `lisen` to set; the commands are run, listen",
        ),
        ("a = \n", ", line 1: "),
        ("record = { a = 1 }", ": there is no command `record`"),
        ("record = 1.5", ": `record` must be"),
    ] {
        let error = read(text, Origin::User).unwrap_err();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn a_foreign_directory_decides_nothing_that_matters() {
    for text in [
        "upstream = 'http://evil.example'",
        "[listen]\nset-ini = true",
        "output-file = 'build/policy.json'",
        "record = 'calls.jsonl'",
        "[check]\nallow-undecided = true",
        "quiet = true",
    ] {
        let refused = read(text, Origin::Directory).unwrap_err();
        assert!(refused.contains("is not read from the working directory"), "{refused}");
        assert!(read(text, Origin::User).is_ok(), "{text}");
    }
    assert!(read("sid = true\n[policy]\nformat = 'hcl'", Origin::Directory).is_ok());
}

#[test]
fn of_settings_that_conflict_the_stronger_source_holds() {
    let cli = built();
    let command = settable(&cli, "run").unwrap();
    let words = |texts: [&str; 2]| {
        let sources = texts.map(|text| read(text, Origin::User).unwrap());
        let chosen = choose(command, &sources, |_| false).unwrap();
        chosen.into_iter().flat_map(|it| it.words).collect::<Vec<_>>()
    };
    assert_eq!(words(["verbose = 1", "quiet = true"]), ["--verbose"]);
    assert_eq!(words(["quiet = true", "verbose = 1"]), ["--quiet"]);
    assert_eq!(words(["verbose = 0", "quiet = true"]), ["--quiet"]);
    assert_eq!(words(["verbose = 1\nquiet = true", ""]).len(), 2, "that is a mistake to be told");
}

#[test]
fn every_option_of_every_command_can_be_set() {
    let cli = built();
    for command in settable_commands(&cli) {
        for arg in options(command) {
            let name = arg.get_long().unwrap();
            let value = match arg.get_action() {
                ArgAction::SetTrue => "true".to_owned(),
                ArgAction::Count => "1".to_owned(),
                _ => "'1'".to_owned(),
            };
            let text = format!("[{}]\n{name} = {value}", command.get_name());
            let sources =
                [read(&text, Origin::User).unwrap_or_else(|error| panic!("{text}: {error}"))];
            let setting = find(&sources, command.get_name(), name).unwrap();
            assert_eq!(as_words(arg, name, &setting).unwrap().len(), 1, "{text}");
        }
    }
}

#[test]
fn what_is_shown_can_be_read_again() {
    let cli = built();
    let text = "quiet = true\n[run]\nintercept = ['a\"b']\noutput-file = 'p'\n";
    let sources = [read(text, Origin::User).unwrap()];
    let shown = description(&cli, &sources).unwrap();
    assert!(shown.contains("output-file = \"p\"  # leastwise.toml"), "{shown}");
    let again = [read(&shown, Origin::User).unwrap()];
    for option in ["quiet", "intercept", "output-file", "record"] {
        let values = |sources| find(sources, "run", option).map(|it| it.values);
        assert_eq!(values(&again), values(&sources), "{option}");
    }
}

#[test]
fn what_a_directory_may_set_comes_to_the_commands_that_have_it() {
    let words = words_of_a_directory(b"sid = true\n[policy]\nformat = 'hcl'").unwrap();
    let of = |command: &str| words.iter().find(|it| it.0 == command).map(|it| it.1.join(" "));
    assert_eq!(of("policy").as_deref(), Some("--format=hcl --sid"));
    assert_eq!(of("run").as_deref(), Some("--sid"));
    assert_eq!(of("diff").as_deref(), Some(""));
    assert!(words_of_a_directory(b"record = 'x'").is_none());
    assert!(words_of_a_directory(b"sid = \xff").is_none());
}
