"""A state machine and its executions: some that the program names after the time, some that AWS names."""

import json
from datetime import datetime, timezone

from common import client, make_role, tags

states, iam = client("stepfunctions"), client("iam")

role = make_role("checkout", "states")
definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}})
machine = states.create_state_machine(
    name="checkout", definition=definition, roleArn=role, tags=tags("key", "value")
)["stateMachineArn"]
states.describe_state_machine(stateMachineArn=machine)

now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
named = states.start_execution(stateMachineArn=machine, name=f"nightly-{now}")["executionArn"]
unnamed = states.start_execution(stateMachineArn=machine)["executionArn"]
for execution in (named, unnamed):
    states.describe_execution(executionArn=execution)
    states.get_execution_history(executionArn=execution)
    states.stop_execution(executionArn=execution)
states.list_executions(stateMachineArn=machine)
states.update_state_machine(stateMachineArn=machine, definition=definition)

states.delete_state_machine(stateMachineArn=machine)
iam.delete_role(RoleName="checkout")
