//! The programs are built for this, and `scripts/test` runs them behind leastwise: without credentials they ask for nothing.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;

#[test]
fn without_credentials_they_ask_for_nothing() {
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    endpoint.set_nonblocking(true).unwrap();
    let address = format!("http://{}", endpoint.local_addr().unwrap());
    for program in [env!("CARGO_BIN_EXE_rust_sdk"), env!("CARGO_BIN_EXE_refused")] {
        let mut command = Command::new(program);
        command.env_clear().env("AWS_ENDPOINT_URL", &address);
        command.env("AWS_REGION", "eu-west-1").env("AWS_EC2_METADATA_DISABLED", "true");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!output.status.success() && said.contains("credentials"), "{said}");
    }
    assert_eq!(endpoint.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
