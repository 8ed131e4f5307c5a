//! What the catalogue knows of what calls make, over all operations; and the condition keys by which a policy can hold it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use leastwise::catalog::answer::{ITEMS, is_wrapper};
use leastwise::catalog::{Catalog, ConditionKey, Makes, Operation};
use serde::Deserialize;

/// Operations that only delete and yet make something that is asked for later: AWS's page says so.
const DELETING: [(&str, &str, &str); 2] = [
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html: ChangeInfo, for GetChange.
    ("route53", "DeleteHostedZone", "change"),
    // https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteKeySigningKey.html: the same.
    ("route53", "DeleteKeySigningKey", "change"),
];

fn operations() -> impl Iterator<Item = Operation> {
    Catalog::embedded().services().flat_map(|service| service.operations())
}

fn named(service: &str, operation: &str) -> Operation {
    Catalog::embedded().service(service).unwrap().operation(operation).unwrap()
}

fn shown(it: Makes) -> String {
    let equals = if it.is_arn { "=" } else { "" };
    format!("{}{equals} {} {}:{}", it.path, it.variable, it.prefix, it.resource_type.name())
}

fn made(service: &str, operation: &str) -> Vec<String> {
    named(service, operation).makes().map(shown).collect()
}

#[test]
fn creating_calls_make_what_their_answers_name() {
    for (service, operation, expected) in [
        ("ec2", "CreateVpc", "vpc.vpcId VpcId ec2:vpc"),
        ("ec2", "CreateSubnet", "subnet.subnetId SubnetId ec2:subnet"),
        ("ec2", "CreateSecurityGroup", "groupId SecurityGroupId ec2:security-group"),
        ("ec2", "AllocateAddress", "allocationId AllocationId ec2:elastic-ip"),
        ("ec2", "CreateNatGateway", "natGateway.natGatewayId NatGatewayId ec2:natgateway"),
        (
            "ec2",
            "CreateInternetGateway",
            "internetGateway.internetGatewayId InternetGatewayId ec2:internet-gateway",
        ),
        ("ec2", "CreateRouteTable", "routeTable.routeTableId RouteTableId ec2:route-table"),
        (
            "ec2",
            "CreateLaunchTemplate",
            "launchTemplate.launchTemplateId LaunchTemplateId ec2:launch-template",
        ),
        ("ec2", "CreateFlowLogs", "flowLogIdSet[] VpcFlowLogId ec2:vpc-flow-log"),
        ("ec2", "RunInstances", "instancesSet.instanceId InstanceId ec2:instance"),
        (
            "ec2",
            "RunInstances",
            "instancesSet.networkInterfaceSet.networkInterfaceId NetworkInterfaceId ec2:network-interface",
        ),
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            "securityGroupRuleSet.securityGroupRuleId SecurityGroupRuleId ec2:security-group-rule",
        ),
        ("kms", "CreateKey", "KeyMetadata.KeyId KeyId kms:key"),
        ("acm", "RequestCertificate", "CertificateArn= CertificateId acm:certificate"),
        ("apigateway", "CreateRestApi", "id RestApiId apigateway:RestApi"),
        ("apigateway", "CreateRestApi", "rootResourceId ResourceId apigateway:Resource"),
        ("apigateway", "CreateResource", "id ResourceId apigateway:Resource"),
        ("apigateway", "CreateDeployment", "id DeploymentId apigateway:Deployment"),
        ("apigateway", "CreateAuthorizer", "id AuthorizerId apigateway:Authorizer"),
        ("apigateway", "CreateApiKey", "id ApiKeyId apigateway:ApiKey"),
        ("apigateway", "CreateUsagePlan", "id UsagePlanId apigateway:UsagePlan"),
        ("apigatewayv2", "CreateApi", "apiId ApiId apigateway:Api"),
        ("apigatewayv2", "CreateIntegration", "integrationId IntegrationId apigateway:Integration"),
        ("apigatewayv2", "CreateRoute", "routeId RouteId apigateway:Route"),
        (
            "cloudfront",
            "CreateDistribution",
            "Distribution.Id DistributionId cloudfront:distribution",
        ),
        (
            "cloudfront",
            "CreateOriginAccessControl",
            "OriginAccessControl.Id Id cloudfront:origin-access-control",
        ),
        ("cloudfront", "CreateCachePolicy", "CachePolicy.Id Id cloudfront:cache-policy"),
        ("route53", "CreateHostedZone", "HostedZone.Id Id route53:hostedzone"),
        ("route53", "CreateHostedZone", "ChangeInfo.Id Id route53:change"),
        ("route53", "ChangeResourceRecordSets", "ChangeInfo.Id Id route53:change"),
        ("route53", "CreateHealthCheck", "HealthCheck.Id Id route53:healthcheck"),
        ("cognito-idp", "CreateUserPool", "UserPool.Id UserPoolId cognito-idp:userpool"),
        (
            "cognito-identity",
            "CreateIdentityPool",
            "IdentityPoolId IdentityPoolId cognito-identity:identitypool",
        ),
        ("efs", "CreateFileSystem", "FileSystemId FileSystemId elasticfilesystem:file-system"),
        ("efs", "CreateAccessPoint", "AccessPointId AccessPointId elasticfilesystem:access-point"),
        ("stepfunctions", "StartExecution", "executionArn= ExecutionId states:execution"),
        ("ecs", "RunTask", "tasks.taskArn= TaskId ecs:task"),
        (
            "ecs",
            "RegisterTaskDefinition",
            "taskDefinition.taskDefinitionArn= TaskDefinitionRevisionNumber ecs:task-definition",
        ),
        ("ecs", "CreateTaskSet", "taskSet.id TaskSetId ecs:task-set"),
        ("codebuild", "StartBuild", "build.id BuildId codebuild:build"),
        ("lambda", "PublishLayerVersion", "LayerVersionArn= LayerVersion lambda:layerVersion"),
        ("lambda", "PublishVersion", "Version Version lambda:function version"),
        ("lambda", "CreateEventSourceMapping", "UUID UUID lambda:eventSourceMapping"),
        ("ssm", "CreateMaintenanceWindow", "WindowId ResourceId ssm:maintenancewindow"),
        (
            "elbv2",
            "CreateLoadBalancer",
            "LoadBalancers.LoadBalancerArn= LoadBalancerId elasticloadbalancing:loadbalancer/app/",
        ),
        (
            "elbv2",
            "CreateTargetGroup",
            "TargetGroups.TargetGroupArn= TargetGroupId elasticloadbalancing:targetgroup",
        ),
        (
            "elbv2",
            "CreateListener",
            "Listeners.ListenerArn= ListenerId elasticloadbalancing:listener/app",
        ),
        (
            "elbv2",
            "CreateRule",
            "Rules.RuleArn= ListenerRuleId elasticloadbalancing:listener-rule/app",
        ),
        ("secretsmanager", "CreateSecret", "ARN= SecretId secretsmanager:Secret"),
        ("batch", "SubmitJob", "jobId JobId batch:job"),
        ("wafv2", "CreateIPSet", "Summary.Id Id wafv2:ipset"),
    ] {
        let made = made(service, operation);
        assert!(made.iter().any(|it| it == expected), "{service} {operation}: {made:#?}");
    }
}

/// What stands beside it in the answer and existed before, and what the request named.
#[test]
fn nothing_else_is_made() {
    for (service, operation) in [
        ("ec2", "CreateVpc"),
        ("ec2", "CreateSubnet"),
        ("ec2", "CreateSecurityGroup"),
        ("ec2", "CreateRouteTable"),
        ("kms", "CreateKey"),
        ("apigateway", "CreateResource"),
        ("efs", "CreateAccessPoint"),
    ] {
        let kinds: BTreeSet<String> = named(service, operation)
            .makes()
            .map(|it| it.resource_type.name().to_owned())
            .collect();
        assert_eq!(kinds.len(), 1, "{service} {operation}: {kinds:?}");
    }
    for (service, operation) in [
        ("s3", "CreateBucket"),
        ("s3", "CreateMultipartUpload"),
        ("dynamodb", "CreateTable"),
        ("iam", "CreateUser"),
        ("sqs", "CreateQueue"),
        ("sns", "CreateTopic"),
        ("stepfunctions", "CreateStateMachine"),
        ("kms", "CreateAlias"),
        ("cloudfront", "CreateFunction"),
        ("logs", "CreateLogGroup"),
        ("ecs", "CreateCluster"),
        ("ecr", "CreateRepository"),
    ] {
        assert_eq!(made(service, operation), Vec::<String>::new(), "{service} {operation}");
    }
}

#[test]
fn answers_tell_what_was_made_with_its_parent() {
    for (service, operation, child, parent) in [
        ("ec2", "DescribeSecurityGroups", "securityGroupInfo.groupId", "securityGroupInfo.vpcId"),
        ("ec2", "DescribeNetworkAcls", "networkAclSet.networkAclId", "networkAclSet.vpcId"),
        ("ec2", "DescribeRouteTables", "routeTableSet.routeTableId", "routeTableSet.vpcId"),
        ("ec2", "DescribeSubnets", "subnetSet.subnetId", "subnetSet.vpcId"),
        ("apigateway", "GetResources", "id", "@restApiId"),
        ("apigateway", "GetRestApi", "rootResourceId", "@restApiId"),
        ("elbv2", "DescribeListeners", "Listeners.ListenerArn", "Listeners.LoadBalancerArn"),
        ("elbv2", "DescribeRules", "Rules.RuleArn", "@ListenerArn"),
        ("efs", "DescribeAccessPoints", "AccessPoints.AccessPointId", "AccessPoints.FileSystemId"),
    ] {
        let told: Vec<(String, String)> = named(service, operation)
            .tells()
            .map(|it| {
                let at = if it.parent_is_in_request() { "@" } else { "" };
                (it.child.path.to_owned(), format!("{at}{}", it.parent.path))
            })
            .collect();
        let expected = (child.to_owned(), parent.to_owned());
        assert!(told.contains(&expected), "{service} {operation}: {told:#?}");
    }
    // DHCP options, images, keys and certificates are there without what uses them, and so is the VPC of what is in it.
    let independent = ["dhcp-options", "image", "vpc", "key-pair", "elastic-ip", "volume"];
    for operation in Catalog::embedded().service("ec2").unwrap().operations() {
        let kinds = operation.tells().map(|it| it.child.resource_type.name());
        let told: Vec<&str> = kinds.filter(|it| independent.contains(it)).collect();
        assert!(told.is_empty(), "{operation:?} {told:?}");
    }
}

/// What only reads makes nothing, and neither does what deletes.
#[test]
fn what_reads_or_deletes_makes_nothing() {
    let mut exceptions = BTreeSet::new();
    for operation in operations() {
        let verbs = ["Describe", "List", "Get", "Delete"];
        if !verbs.iter().any(|verb| operation.name().starts_with(verb)) {
            continue;
        }
        for it in operation.makes() {
            let (service, name) = (operation.service().name(), operation.name());
            exceptions.insert((service, name, it.resource_type.name()));
        }
    }
    assert_eq!(exceptions, BTreeSet::from(DELETING));
}

#[test]
fn what_is_told_is_well_formed() {
    let mut counts = [0, 0];
    for operation in operations() {
        for it in operation.makes() {
            check(operation, it);
            counts[0] += 1;
        }
        for it in operation.tells() {
            check(operation, it.child);
            if it.parent_is_in_request() {
                let input = operation.input().unwrap();
                assert!(input.member(it.parent.path).is_some(), "{operation:?} {}", it.parent.path);
            } else {
                check(operation, it.parent);
                let around = |path: &str| path.rsplit_once('.').map(|it| it.0.to_owned());
                assert_eq!(around(it.child.path), around(it.parent.path), "{operation:?}");
            }
            counts[1] += 1;
        }
    }
    println!("{} texts of answers are made, {} told", counts[0], counts[1]);
    assert!(counts[0] >= 1_700 && counts[1] >= 1_700, "{counts:?}");
}

fn check(operation: Operation, it: Makes) {
    let placeholder = format!("${{{}}}", it.variable);
    let mut formats = it.resource_type.arn_formats();
    assert!(formats.any(|format| format.contains(&placeholder)), "{operation:?} {}", shown(it));
    let names = it.path.strip_suffix(ITEMS).unwrap_or(it.path);
    assert!(!names.split('.').any(is_wrapper), "{operation:?} {}", it.path);
}

#[derive(Deserialize)]
struct Open {
    why: String,
    operations: Vec<String>,
}

/// Each creating operation (its own action is at the level Write) makes something that is known, or it is known why not: from the
/// shape of its answer, or because somebody looked.
#[test]
fn every_creating_operation_is_accounted_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut open = BTreeSet::new();
    for service in Catalog::embedded().services().filter(|it| !it.is_data_plane()) {
        let path = root.join("data/catalog/services").join(format!("{}.txt", service.name()));
        let text = fs::read_to_string(path).unwrap();
        let lines = text.split("\nmakes\n").nth(1).into_iter().flat_map(str::lines);
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, rest) = line.split_once(' ').unwrap();
            let makes = named(service.name(), name).makes().len();
            match rest.strip_prefix("- ") {
                None => assert!(makes > 0, "{line}"),
                Some(why) => {
                    assert_eq!(makes, 0, "{line}");
                    *counts.entry(why.to_owned()).or_default() += 1;
                    if why == "open" {
                        open.insert(format!("{} {name}", service.name()));
                    }
                }
            }
        }
    }
    let known = operations().filter(|it| it.makes().len() > 0).count();
    println!("{known} operations make what is known; {counts:?}");
    assert!(known >= 1_000, "{known}");

    let text = fs::read_to_string(root.join("tests/made/open.toml")).unwrap();
    let tables: BTreeMap<String, Vec<Open>> = toml::from_str(&text).unwrap();
    let groups = &tables["open"];
    assert!(groups.iter().all(|group| group.why.len() > 20));
    let looked_at: Vec<&String> = groups.iter().flat_map(|group| &group.operations).collect();
    let unique: BTreeSet<String> = looked_at.iter().map(|it| (*it).clone()).collect();
    assert_eq!(unique.len(), looked_at.len(), "an operation stands there twice");
    let unlooked: Vec<&String> = open.difference(&unique).collect();
    assert!(unlooked.is_empty(), "nobody looked at {}: {unlooked:#?}", unlooked.len());
    let known: Vec<&String> = unique.difference(&open).collect();
    assert!(known.is_empty(), "these are open no longer: {known:#?}");
}

fn keys(prefix: &str, action: &str, kind: &str) -> Vec<ConditionKey> {
    let action = Catalog::embedded().action(prefix, action).unwrap();
    let resource = action.resources().find(|it| it.resource_type.name() == kind).unwrap();
    let all = [
        ConditionKey::ResourceTag,
        ConditionKey::Vpc,
        ConditionKey::ResourceAliases,
        ConditionKey::RequestTag,
        ConditionKey::TagKeys,
        ConditionKey::CreateAction,
        ConditionKey::RequestAlias,
        ConditionKey::NormalizedRecordNames,
    ];
    all.into_iter().filter(|key| resource.has_key(*key)).collect()
}

/// As https://docs.aws.amazon.com/service-authorization/latest/reference/ has it for these services.
#[test]
fn actions_have_the_condition_keys_of_their_resource_types() {
    use ConditionKey::*;
    for (prefix, action, kind, expected) in [
        // In one call types differ: the subnet is new and the VPC is not.
        ("ec2", "CreateSubnet", "subnet", vec![RequestTag, TagKeys]),
        ("ec2", "CreateSubnet", "vpc", vec![ResourceTag]),
        ("ec2", "DeleteVpc", "vpc", vec![ResourceTag]),
        ("ec2", "DeleteSubnet", "subnet", vec![ResourceTag, Vpc]),
        ("ec2", "CreateTags", "vpc", vec![ResourceTag, RequestTag, TagKeys, CreateAction]),
        // The type has them, and no action's row.
        ("kms", "Encrypt", "key", vec![ResourceTag, ResourceAliases, RequestAlias]),
        ("kms", "CreateAlias", "alias", vec![]),
        ("route53", "ChangeResourceRecordSets", "hostedzone", vec![NormalizedRecordNames]),
        ("lambda", "InvokeFunction", "function", vec![ResourceTag]),
        ("lambda", "GetLayerVersion", "layerVersion", vec![]),
        (
            "elasticfilesystem",
            "TagResource",
            "file-system",
            vec![ResourceTag, RequestTag, TagKeys, CreateAction],
        ),
    ] {
        assert_eq!(keys(prefix, action, kind), expected, "{prefix}:{action} {kind}");
    }
    let create_key = Catalog::embedded().action("kms", "CreateKey").unwrap();
    assert_eq!(create_key.resources().len(), 0);
    assert!(create_key.has_key(RequestTag) && !create_key.has_key(ResourceTag));
}

#[test]
fn many_types_can_be_held_by_their_tags() {
    let catalog = Catalog::embedded();
    let actions = catalog.prefixes().flat_map(|prefix| catalog.actions(prefix));
    let mut held = [0, 0];
    for resource in actions.flat_map(|action| action.resources()) {
        held[usize::from(resource.has_key(ConditionKey::ResourceTag))] += 1;
    }
    println!("{} of {} pairs of action and type have aws:ResourceTag", held[1], held[0] + held[1]);
    assert!(held[1] >= 15_000, "{held:?}");
}
