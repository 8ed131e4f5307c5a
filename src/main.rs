//! The `leastwise` binary: parses, calls, returns the exit code.

/// The proxy and the recognition of calls allocate and free much, some of it across threads; musl's own allocator is
/// slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    std::process::exit(leastwise::run(std::env::args_os()));
}
