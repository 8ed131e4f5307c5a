//! Reports over client-side monitoring that anybody can send: under `run` only those with the command's own client id are taken.

use crate::common::{actions, attempt, event, leastwise, send, stderr, stdout};

#[test]
fn a_report_without_the_commands_client_id_is_counted_and_not_used() {
    let mut forged = event("IAM", "AttachUserPolicy");
    let mut script = send("SQS", "SendMessage");
    for id in [serde_json::json!("leastwise"), "".into(), 7.into(), serde_json::Value::Null] {
        forged["ClientId"] = id;
        script += &format!("printf %s '{forged}' >/dev/udp/$AWS_CSM_HOST/$AWS_CSM_PORT\n");
    }
    let mut without = attempt("IAM", "CreateUser");
    without.as_object_mut().unwrap().remove("ClientId");
    script += &format!("printf %s '{without}' >/dev/udp/$AWS_CSM_HOST/$AWS_CSM_PORT\n");
    // What the user's own environment says is not secret.
    let mut command = leastwise(["run", "--mode", "csm", "--", "bash", "-c", &script]);
    let output = command.env("AWS_CSM_CLIENT_ID", "leastwise").output().unwrap();
    assert_eq!(actions(stdout(&output)), ["sqs:SendMessage"]);
    let said = stderr(&output);
    assert!(
        said.contains("  5 reports over client-side monitoring ignored, because the AWS_CSM_CLIENT_ID that only the command knows was missing:\n"),
        "{said}"
    );
    assert!(said.contains("         4  IAM.AttachUserPolicy\n"), "{said}");
}

#[test]
fn each_run_has_a_client_id_of_its_own() {
    let ids = [0, 1].map(|_| {
        let script = "printf '%s\\n' \"$AWS_CSM_CLIENT_ID\"";
        let output = leastwise(["run", "-q", "--mode", "csm", "--", "bash", "-c", script]).output();
        stdout(&output.unwrap()).lines().next().unwrap_or_default().to_owned()
    });
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
}
