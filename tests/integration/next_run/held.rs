//! What holds each resource that a run made: a table. For each row a program makes such a resource, tags it when it is created, and takes it
//! away. The policy of that is held against a neighbour in the same account, who did the same without the tags.

use super::holds;
use super::support::{Need, Statement, Workload, statements};

/// A type whose id AWS chooses, and what takes such a resource away. Which keys the action has for the type is what AWS's Service Reference
/// lists: <https://docs.aws.amazon.com/service-authorization/latest/reference/service-reference.html>.
struct Row {
    /// What is in the ARNs of this type and in no others.
    kind: &'static str,
    action: &'static str,
    held: Held,
}

enum Held {
    /// By the tags that it was created with.
    ByTag,
    /// Not at all, and why.
    Not(&'static str),
}

use Held::{ByTag, Not};

const NO_KEY: &str = "the Service Reference has no key for tags of this type";

const ROWS: &[Row] = &[
    row(":vpc/", "ec2:DeleteVpc", ByTag),
    row(":subnet/", "ec2:DeleteSubnet", ByTag),
    row(":internet-gateway/", "ec2:DeleteInternetGateway", ByTag),
    row(":elastic-ip/", "ec2:ReleaseAddress", ByTag),
    row(":natgateway/", "ec2:DeleteNatGateway", ByTag),
    row(":route-table/", "ec2:DeleteRouteTable", ByTag),
    row(":network-acl/", "ec2:DeleteNetworkAcl", ByTag),
    row(":security-group/", "ec2:DeleteSecurityGroup", ByTag),
    row(":network-interface/", "ec2:DeleteNetworkInterface", ByTag),
    row(":instance/", "ec2:TerminateInstances", ByTag),
    row(":volume/", "ec2:DeleteVolume", ByTag),
    row(":snapshot/", "ec2:DeleteSnapshot", ByTag),
    row(":image/", "ec2:DeregisterImage", ByTag),
    row(":launch-template/", "ec2:DeleteLaunchTemplate", ByTag),
    row(":vpc-endpoint/", "ec2:DeleteVpcEndpoints", ByTag),
    row(":loadbalancer/", "elasticloadbalancing:DeleteLoadBalancer", ByTag),
    row(":targetgroup/", "elasticloadbalancing:DeleteTargetGroup", ByTag),
    row(":listener/", "elasticloadbalancing:DeleteListener", ByTag),
    row(":listener-rule/", "elasticloadbalancing:DeleteRule", ByTag),
    row(":key/", "kms:ScheduleKeyDeletion", ByTag),
    row(":certificate/", "acm:DeleteCertificate", ByTag),
    row(":secret:", "secretsmanager:DeleteSecret", ByTag),
    row(":event-source-mapping:", "lambda:DeleteEventSourceMapping", ByTag),
    row(":layer:", "lambda:DeleteLayerVersion", Not(NO_KEY)),
    row("/restapis/", "apigateway:DELETE", ByTag),
    row("/apis/", "apigateway:DELETE", ByTag),
    row(":userpool/", "cognito-idp:DeleteUserPool", ByTag),
    row(":identitypool/", "cognito-identity:DeleteIdentityPool", ByTag),
    row(":file-system/", "elasticfilesystem:DeleteFileSystem", ByTag),
    row(":access-point/", "elasticfilesystem:DeleteAccessPoint", ByTag),
    row(":task/", "ecs:StopTask", ByTag),
    row(":execution:", "states:StopExecution", Not("an execution cannot be tagged when it starts")),
    row(":distribution/", "cloudfront:DeleteDistribution", ByTag),
    row(":origin-access-control/", "cloudfront:DeleteOriginAccessControl", Not(NO_KEY)),
    row(":hostedzone/", "route53:DeleteHostedZone", Not(NO_KEY)),
    row(":healthcheck/", "route53:DeleteHealthCheck", Not(NO_KEY)),
    row(":maintenancewindow/", "ssm:DeleteMaintenanceWindow", ByTag),
];

const fn row(kind: &'static str, action: &'static str, held: Held) -> Row {
    Row { kind, action, held }
}

impl Row {
    fn is_of(&self, need: &Need) -> bool {
        need.action == self.action && need.resource.contains(self.kind)
    }

    /// The statement of a policy that grants it.
    fn granted<'a>(&self, policy: &'a [Statement]) -> &'a Statement {
        let grants = |it: &&Statement| {
            it.actions.iter().any(|action| action == self.action)
                && it.resources.iter().any(|resource| resource.contains(self.kind))
        };
        policy.iter().find(grants).unwrap_or_else(|| panic!("no {} {}", self.action, self.kind))
    }
}

#[test]
fn a_neighbour_without_the_tags_is_refused() {
    let test = "next_run::held::a_neighbour_without_the_tags_is_refused";
    let Some(workload) = Workload::script(test, "held") else { return };
    holds(&workload);
    let policy = statements(&workload.file("held.json"));
    workload.record("plain", &["-o", "plain.json"]);
    is_refused_by_tag(&workload, &policy);
    // By its type alone, the neighbour's is allowed.
    let refused = workload.lacks("type.json", "plain.jsonl");
    assert!(refused.is_empty(), "{refused:#?}");

    workload.record("adopted", &["-o", "adopted.json"]);
    cannot_be_tagged_first(&workload, &policy);
}

/// What the table says of each type is so.
fn is_refused_by_tag(workload: &Workload, policy: &[Statement]) {
    let refused = workload.lacks("held.json", "plain.jsonl");
    for row in ROWS {
        let (action, kind) = (row.action, row.kind);
        let statement = row.granted(policy);
        let by_tag = statement.condition.to_string().to_lowercase().contains("resourcetag/app");
        let found = refused.iter().find(|need| row.is_of(need));
        match row.held {
            ByTag => {
                assert!(by_tag, "{action} on {kind}: {}", statement.condition);
                let found = found.unwrap_or_else(|| panic!("{action} on {kind} is allowed"));
                assert!(!found.undecided, "{found:?}");
            }
            Not(why) => {
                assert!(!by_tag, "{action} on {kind} is held, though {why}");
                assert!(found.is_none(), "{action} on {kind} is refused, though {why}");
            }
        }
    }
    let held = ROWS.iter().filter(|row| matches!(row.held, ByTag)).count();
    eprintln!("{} types, {held} held by their tags", ROWS.len());
}

/// Whoever holds the policy cannot take a neighbour's resource by tagging it first; or the summary says so.
fn cannot_be_tagged_first(workload: &Workload, policy: &[Statement]) {
    let said = workload.policy(&[], "first.jsonl", "again.json");
    let refused = workload.lacks("held.json", "adopted.jsonl");
    let mut count = 0;
    for row in ROWS.iter().filter(|row| matches!(row.held, ByTag)) {
        let Some(tagging) = tagging(row) else { continue };
        count += 1;
        let is_refused =
            refused.iter().any(|it| it.action == tagging && it.resource.contains(row.kind));
        let granted = policy.iter().any(|it| it.actions.iter().any(|action| action == tagging));
        let is_told = said.lines().any(|line| line.contains("got round") && line.contains(tagging));
        assert!(
            is_refused || granted && is_told,
            "{tagging} on {} is neither refused nor told:\n{said}",
            row.kind
        );
        // EC2 says of each tag which call creates the resource.
        assert!(is_refused || !tagging.starts_with("ec2:"), "{tagging} on {}", row.kind);
    }
    eprintln!("{count} types cannot be tagged first, or the summary says that they can");
}

/// The action that sets tags on what is there already; none where the program has no call for it (moto lacks it).
fn tagging(row: &Row) -> Option<&'static str> {
    Some(match row.action.split(':').next()? {
        "ec2" => "ec2:CreateTags",
        "elasticloadbalancing" => "elasticloadbalancing:AddTags",
        "kms" => "kms:TagResource",
        "acm" => "acm:AddTagsToCertificate",
        "secretsmanager" => "secretsmanager:TagResource",
        "apigateway" if row.kind == "/apis/" => "apigateway:PUT",
        "elasticfilesystem" => "elasticfilesystem:TagResource",
        "ecs" => "ecs:TagResource",
        "cloudfront" => "cloudfront:TagResource",
        "ssm" => "ssm:AddTagsToResource",
        _ => return None,
    })
}
