//! The `leastwise` binary: parses, calls, returns the exit code.

fn main() {
    std::process::exit(leastwise::commands::run(std::env::args_os()));
}
