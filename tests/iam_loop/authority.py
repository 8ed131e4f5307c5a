"""moto as the authority: runs the workload as a user who has a recorded policy and nothing else.

Standard input: for each call of the workload, in order, its operation, the policies with which it must be refused (`trials`), and
the one with which it is then made. `tests/integration/iam_loop.rs` makes them. Each policy has a `name`, for the message when it is otherwise. moto's IAM
enforcement is on for each of these requests: it checks the signature with the user's secret key, and then the user's
rights, before it does anything, so that a refused call changes nothing. Printed: how many calls were made, and all that was unexpected.
"""

import functools
import json
import os
import sys

os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
# Reading its hundreds of machine images takes moto longer than the workload.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from botocore.session import Session  # noqa: E402
from moto import mock_aws, settings  # noqa: E402
from moto.core.authorization import ActionAuthenticatorMixin  # noqa: E402
from moto.iam.access_control import IAMRequestBase  # noqa: E402

import moto.kms.models as kms  # noqa: E402
import workload  # noqa: E402

# A new RSA key for each KMS key, symmetric ones too, takes longer than all else; nothing here is secret.
kms.generate_private_key = functools.cache(kms.generate_private_key)

# The one thing of moto's that is put right: for a request without a body (REST, `GET`) moto signs the headers as if they were the
# body, and finds that the signature differs. What moto decides about rights is left as it is.
as_moto_does = IAMRequestBase._create_aws_request


def create_aws_request(request):
    made = as_moto_does(request)
    if request._headers.get("Content-Length", "0") == "0":
        made.data = b""
    return made


IAMRequestBase._create_aws_request = create_aws_request


class Authority:
    """A moto with one user, whose policy can be changed between two calls."""

    def __init__(self, request):
        session = Session()
        session._credentials = self.credentials = Credentials("nobody", "nobody")
        session.set_config_variable("region", workload.REGION)
        boto = boto3.Session(botocore_session=session)
        config = Config(retries={"total_max_attempts": 1})
        self.admin = boto.client("iam", config=config)
        self.enforce(False)
        self.user = self.admin.create_user(UserName=workload.DEPLOYER.rpartition("/")[2])["User"]["UserName"]
        key = self.admin.create_access_key(UserName=self.user)["AccessKey"]
        self.credentials.access_key, self.credentials.secret_key = key["AccessKeyId"], key["SecretAccessKey"]
        self.calls = [(call["operation"], call["trials"], call["policy"]) for call in request["calls"]]
        self.policy = None
        self.made = 0
        self.unexpected = []
        clients = {name: Tried(boto.client(name, config=config), self) for name in workload.SERVICES}
        try:
            workload.Deployment(clients).run()
        finally:
            self.enforce(False)

    def enforce(self, on):
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if on else float("inf")
        ActionAuthenticatorMixin.request_count = 0

    def give(self, policy):
        """From here on the user has this policy alone."""
        if policy != self.policy:
            self.enforce(False)
            document = json.dumps(policy)
            self.admin.put_user_policy(UserName=self.user, PolicyName="recorded", PolicyDocument=document)
            self.policy = policy
        self.enforce(True)

    def call(self, method, arguments):
        operation, trials, policy = self.calls[self.made]
        self.made += 1
        for trial in trials:
            self.give(trial["policy"])
            answer, refusal = attempt(method, arguments)
            if not refusal:
                self.unexpected.append(f"{operation} was allowed {trial['name']}")
                return answer
        self.give(policy["policy"])
        answer, refusal = attempt(method, arguments)
        if refusal:
            self.unexpected.append(f"{operation} was refused {policy['name']}: {refusal}")
            # What comes after it is to be seen as well.
            self.enforce(False)
            answer = method(**arguments)
        return answer


class Tried:
    """A client whose calls are tried with each policy in turn."""

    def __init__(self, client, authority):
        self.client, self.authority = client, authority

    def __getattr__(self, name):
        method = getattr(self.client, name)
        return lambda **arguments: self.authority.call(method, arguments)


def attempt(method, arguments):
    """The answer, or why it was refused: by the status, since moto's error is XML even where botocore expects JSON."""
    try:
        answer = method(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return None, str(error)
    # DeleteObjects says for each object whether it was refused.
    refused = [it for it in answer.get("Errors", []) if it["Code"] == "AccessDenied"]
    return answer, str(refused) if refused else None


with mock_aws(config={"lambda": {"use_docker": False}}):
    authority = Authority(json.load(sys.stdin))
    print(json.dumps({"made": authority.made, "unexpected": authority.unexpected}))
