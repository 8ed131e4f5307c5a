# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_leastwise_global_optspecs
    string join \n config= no-config color= h/help V/version
end

function __fish_leastwise_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_leastwise_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_leastwise_using_subcommand
    set -l cmd (__fish_leastwise_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c leastwise -n "__fish_leastwise_needs_command" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_needs_command" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_needs_command" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_needs_command" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "run" -d 'Run a command, record its AWS calls and write its policy'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "listen" -d 'Record the AWS calls of programs in other shells'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "policy" -d 'Rebuild a policy from recordings, and merge them'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "explain" -d 'Explain what a policy contains, or what is known about an operation, an action or a service'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "report" -d 'Show all of it on one page that opens anywhere: the policy, the calls behind each line, who did what'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "check" -d 'Check whether a policy allows what was recorded, and which parts of it nothing used'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "simulate" -d 'Ask policies of all kinds whether they allow a request, and why'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "validate" -d 'Find what is wrong with policies: by what is known of AWS and, if asked, by IAM Access Analyzer'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "prune" -d 'Cut a policy down to what was used'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "try" -d 'Try a policy at AWS: run a command in a temporary role that has this policy and nothing else'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "diff" -d 'Show what two policies allow differently'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "nearest" -d 'Find the managed policies that allow what was recorded with the least beside it, and cut the nearest down to it'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "summarize" -d 'Reduce recordings and CloudTrail\'s events to each distinct call, with how often and when it was made'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "env" -d 'Print what leads the programs of a shell to the `listen` that runs'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "ca" -d 'Show or renew the certificate authority that `listen` intercepts with'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "config" -d 'Show the settings that are in force, and where they come from'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "demo" -d 'See it at work: play a small deploy, without AWS and without an account'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "man" -d 'Print a manual page'
complete -c leastwise -n "__fish_leastwise_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -s o -l output-file -d 'Write the policy to this file, kept current while recording [default: standard output, at the end]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l format -d 'Format of the policy' -r -f -a "json\t'IAM\'s JSON'
hcl\t'Terraform: a data source aws_iam_policy_document'
cloudformation\t'A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy'
cdk\t'TypeScript for the AWS CDK: a list of iam.PolicyStatement'
markdown\t'A summary for a pull request'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l resources -d 'How resources are generalised [default: grouped above --group-over]' -r -f -a "exact\t'Never, however many there are; memory grows with them'
grouped\t'More than two of a type: to the prefix that they have in common, else to the type'
account\t'All: to their type in their account and region; objects to all of their bucket'
wildcard\t'All: to *'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l group-over -d 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l generated -d 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others' -r -f -a "hold\t'Their type in their account and region, held by their tags, and by the VPC that they are in'
type\t'Their type in their account and region'
exact\t'What was recorded: the policy fits this run alone'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l fit -d 'Make the policy fit IAM\'s limits at the end: one that is too large is minimized, and split into managed policies' -r -f -a "managed\t'Managed policies of at most 6,144 characters, as few as it takes'
inline-role\t'The inline policy of a role: 10,240 characters'
inline-user\t'The inline policy of a user: 2,048 characters'
inline-group\t'The inline policy of a group: 5,120 characters'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l principal -d 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l per-principal -d 'Write a policy for each principal into this directory; without -o, only those' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l hints -d 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed' -r -f -a "on\t'Say it, where the calls show it'
off\t'Do not say it'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l record -d 'Append each call to this recording (JSON lines)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l append -d 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l possible -d 'Actions that a call may need, where the request itself cannot be seen' -r -f -a "common\t'The common ones: passing a role, tags'
include\t'All that AWS lists for the operation'
omit\t'None: only what the call needs in any case'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l account-id -d 'Account id for resources (12 digits) [default: taken from the calls]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l mode -d 'How calls are observed' -r -f -a "csm\t'Client-side monitoring: what SDKs report on their own'
proxy\t'The proxy: the requests themselves'
both\t'Both; a call that is seen both ways counts once'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l allow-user -d 'Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l upstream -d 'Send calls to AWS to this stand-in instead (moto, LocalStack)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l upstream-ca -d 'Also trust upstreams by the certificates in this PEM file: an authority\'s, or the stand-in\'s own' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l upstream-proxy -d 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l intercept -d 'Also record calls to this host, over TLS too (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l check -d 'Check the calls against this policy; exit code 3 when it lacks something (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l context -d 'A condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l sarif -d 'Write the result as SARIF, for code scanning' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l enforce -d 'Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite). It guards against mistakes, not against a program that goes round the proxy' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l enforce-each -d 'The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l iam -d 'Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call' -r -f -a "upstream\t'That of the stand-in that --upstream names'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l unknown-keys -d 'What access keys may do that belong to nobody in the stand-in\'s IAM [default: root]' -r -f -a "root\t'Everything, as the account\'s root'
refuse\t'Nothing'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l undecided -d 'What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]' -r -f -a "refuse\t'They are refused'
allow\t'They go on'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l unrecognized -d 'What to do with signed requests of which it is not known what permission they need [default: refuse]' -r -f -a "refuse\t'They are refused'
allow\t'They go on'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l decisions -d 'Append what is judged of each call to this file (JSON lines)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l boundary -d 'The permissions boundary of the user or the role' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l session-policy -d 'A policy that the session was made with; several unite (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l scp -d 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l rcp -d 'The resource control policies of one level, as --scp has them; they hold for the account of the resource' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l endpoint-policy -d 'The policy of the VPC endpoint that requests go through' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l resource-policy -d 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l management-account -d 'The organization\'s management account, which --scp and --rcp spare (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l sid -d 'Name each statement after its service and purpose (`S3Read`)'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l sort-alphabetical -d 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l minimize -d 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l fails-only -d 'Build the policy only from calls that failed'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l succeeded-only -d 'Build the policy only from calls that succeeded'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -s q -l quiet -d 'Print nothing but the policy, errors, and warnings that it may be incomplete'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -s v -l verbose -d 'Say more; given twice, show each call'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l no-java -d 'Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java\'s calls are not seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l unused -d 'Exit with code 4 when a statement, action or resource of the policy was not used'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l allow-undecided -d 'Accept what depends on condition keys that are not known'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l soft -d 'Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l view -d 'Show the policy live, and the command in a pane of its own (docs/view.md)'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand run" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -s o -l output-file -d 'Write the policy to this file, kept current while recording [default: standard output, at the end]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l format -d 'Format of the policy' -r -f -a "json\t'IAM\'s JSON'
hcl\t'Terraform: a data source aws_iam_policy_document'
cloudformation\t'A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy'
cdk\t'TypeScript for the AWS CDK: a list of iam.PolicyStatement'
markdown\t'A summary for a pull request'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l resources -d 'How resources are generalised [default: grouped above --group-over]' -r -f -a "exact\t'Never, however many there are; memory grows with them'
grouped\t'More than two of a type: to the prefix that they have in common, else to the type'
account\t'All: to their type in their account and region; objects to all of their bucket'
wildcard\t'All: to *'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l group-over -d 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l generated -d 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others' -r -f -a "hold\t'Their type in their account and region, held by their tags, and by the VPC that they are in'
type\t'Their type in their account and region'
exact\t'What was recorded: the policy fits this run alone'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l fit -d 'Make the policy fit IAM\'s limits at the end: one that is too large is minimized, and split into managed policies' -r -f -a "managed\t'Managed policies of at most 6,144 characters, as few as it takes'
inline-role\t'The inline policy of a role: 10,240 characters'
inline-user\t'The inline policy of a user: 2,048 characters'
inline-group\t'The inline policy of a group: 5,120 characters'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l principal -d 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l per-principal -d 'Write a policy for each principal into this directory; without -o, only those' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l hints -d 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed' -r -f -a "on\t'Say it, where the calls show it'
off\t'Do not say it'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l record -d 'Append each call to this recording (JSON lines)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l append -d 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l possible -d 'Actions that a call may need, where the request itself cannot be seen' -r -f -a "common\t'The common ones: passing a role, tags'
include\t'All that AWS lists for the operation'
omit\t'None: only what the call needs in any case'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l account-id -d 'Account id for resources (12 digits) [default: taken from the calls]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l mode -d 'How calls are observed' -r -f -a "csm\t'Client-side monitoring: what SDKs report on their own'
proxy\t'The proxy: the requests themselves'
both\t'Both; a call that is seen both ways counts once'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l host -d 'Address to listen on for client-side monitoring' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l csm-port -d 'UDP port to listen on; 0 takes a free one' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l bind-addr -d 'Address and port of the proxy; port 0 takes a free one' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l allow-user -d 'Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l enforce -d 'Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite). It guards against mistakes, not against a program that goes round the proxy' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l enforce-each -d 'The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l iam -d 'Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call' -r -f -a "upstream\t'That of the stand-in that --upstream names'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l unknown-keys -d 'What access keys may do that belong to nobody in the stand-in\'s IAM [default: root]' -r -f -a "root\t'Everything, as the account\'s root'
refuse\t'Nothing'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l undecided -d 'What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]' -r -f -a "refuse\t'They are refused'
allow\t'They go on'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l unrecognized -d 'What to do with signed requests of which it is not known what permission they need [default: refuse]' -r -f -a "refuse\t'They are refused'
allow\t'They go on'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l decisions -d 'Append what is judged of each call to this file (JSON lines)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l boundary -d 'The permissions boundary of the user or the role' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l session-policy -d 'A policy that the session was made with; several unite (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l scp -d 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l rcp -d 'The resource control policies of one level, as --scp has them; they hold for the account of the resource' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l endpoint-policy -d 'The policy of the VPC endpoint that requests go through' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l resource-policy -d 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l management-account -d 'The organization\'s management account, which --scp and --rcp spare (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l context -d 'With --enforce or --iam, a condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l upstream -d 'Send calls to AWS to this stand-in instead (moto, LocalStack)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l upstream-ca -d 'Also trust upstreams by the certificates in this PEM file: an authority\'s, or the stand-in\'s own' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l upstream-proxy -d 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l intercept -d 'Also record calls to this host, over TLS too (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l profile -d 'The profile that --set-ini edits' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l refresh-rate -d 'Show changes to the policy at most every this many seconds; 0: at once' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l ca-bundle -d 'Keep the certificate authority\'s certificate in this file [default: see `leastwise ca`]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l ca-key -d 'Keep the certificate authority\'s key, and its certificate with it, in this file' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l aws-redirect-host -d 'Send calls to AWS to this host instead, over TLS: --upstream https://HOST' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l override-aws-map -d 'Correct what calls need with this rules file: --rules FILE' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l provider -d 'The cloud whose calls are recorded; only AWS is supported' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l cpu-profile -d 'iamlive profiles itself with it' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l gcp-discovery-parallel -d 'iamlive reads Google Cloud\'s documents with it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l proxy-endpoint-pattern -d 'An older iamlive recognised AWS by it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l sid -d 'Name each statement after its service and purpose (`S3Read`)'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l sort-alphabetical -d 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l minimize -d 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l fails-only -d 'Build the policy only from calls that failed'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l succeeded-only -d 'Build the policy only from calls that succeeded'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -s q -l quiet -d 'Print nothing but the policy, errors, and warnings that it may be incomplete'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -s v -l verbose -d 'Say more; given twice, show each call'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l allow-remote -d 'Let other machines report calls and use the proxy; required for a --host or --bind-addr outside loopback'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l soft -d 'Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l no-java -d 'Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java\'s calls are not seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l set-ini -d 'Direct programs here through AWS\'s configuration file (~/.aws/config, AWS_CONFIG_FILE) while listening'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l background -d 'Listen in the background: print the process id and return once it listens'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l force-wildcard-resource -d 'Give every statement the resource *'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l debug -d 'Print each request that the proxy records, without secrets or bodies'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l detached -d 'We are the process in the background'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand listen" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -s o -l output-file -d 'Write the policy to this file, kept current while recording [default: standard output, at the end]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l format -d 'Format of the policy' -r -f -a "json\t'IAM\'s JSON'
hcl\t'Terraform: a data source aws_iam_policy_document'
cloudformation\t'A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy'
cdk\t'TypeScript for the AWS CDK: a list of iam.PolicyStatement'
markdown\t'A summary for a pull request'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l resources -d 'How resources are generalised [default: grouped above --group-over]' -r -f -a "exact\t'Never, however many there are; memory grows with them'
grouped\t'More than two of a type: to the prefix that they have in common, else to the type'
account\t'All: to their type in their account and region; objects to all of their bucket'
wildcard\t'All: to *'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l group-over -d 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l generated -d 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others' -r -f -a "hold\t'Their type in their account and region, held by their tags, and by the VPC that they are in'
type\t'Their type in their account and region'
exact\t'What was recorded: the policy fits this run alone'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l fit -d 'Make the policy fit IAM\'s limits at the end: one that is too large is minimized, and split into managed policies' -r -f -a "managed\t'Managed policies of at most 6,144 characters, as few as it takes'
inline-role\t'The inline policy of a role: 10,240 characters'
inline-user\t'The inline policy of a user: 2,048 characters'
inline-group\t'The inline policy of a group: 5,120 characters'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l principal -d 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l per-principal -d 'Write a policy for each principal into this directory; without -o, only those' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l hints -d 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed' -r -f -a "on\t'Say it, where the calls show it'
off\t'Do not say it'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l account-id -d 'Account id for resources of calls whose account is not known (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l sid -d 'Name each statement after its service and purpose (`S3Read`)'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l sort-alphabetical -d 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l minimize -d 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l fails-only -d 'Build the policy only from calls that failed'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l succeeded-only -d 'Build the policy only from calls that succeeded'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -s q -l quiet -d 'Print nothing but the policy, errors, and warnings that it may be incomplete'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -s v -l verbose -d 'Say more; given twice, show each call'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l stable -d 'Take each recording as a run of the same program: what differs between them becomes a pattern that they share'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l validate -d 'Say what `leastwise validate` finds in the policy; exit code 1 when it is an ERROR or a SECURITY_WARNING'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l aws -d 'With --validate, also ask IAM Access Analyzer (access-analyzer:ValidatePolicy), in the first --region or the configured one'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand policy" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l action -d 'Explain only the actions of recordings that match this, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l enforce -d 'Explain of each recorded call whether this policy allows it, and why (repeatable; they unite)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l boundary -d 'The permissions boundary of the user or the role' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l session-policy -d 'A policy that the session was made with; several unite (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l scp -d 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l rcp -d 'The resource control policies of one level, as --scp has them; they hold for the account of the resource' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l endpoint-policy -d 'The policy of the VPC endpoint that requests go through' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l resource-policy -d 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l management-account -d 'The organization\'s management account, which --scp and --rcp spare (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l context -d 'With --enforce, a condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l json -d 'Print JSON'
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand explain" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -s o -l output-file -d 'Write the page to this file [default: standard output]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l baseline -d 'Also say what this policy lacks, what of it nothing used, and how the new one differs from it' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l context -d 'With --baseline, a condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l resources -d 'How resources are generalised [default: grouped above --group-over]' -r -f -a "exact\t'Never, however many there are; memory grows with them'
grouped\t'More than two of a type: to the prefix that they have in common, else to the type'
account\t'All: to their type in their account and region; objects to all of their bucket'
wildcard\t'All: to *'"
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l group-over -d 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l generated -d 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others' -r -f -a "hold\t'Their type in their account and region, held by their tags, and by the VPC that they are in'
type\t'Their type in their account and region'
exact\t'What was recorded: the policy fits this run alone'"
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l fit -d 'Make the policy fit IAM\'s limits: one that is too large is minimized, and split into managed policies' -r -f -a "managed\t'Managed policies of at most 6,144 characters, as few as it takes'
inline-role\t'The inline policy of a role: 10,240 characters'
inline-user\t'The inline policy of a user: 2,048 characters'
inline-group\t'The inline policy of a group: 5,120 characters'"
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l principal -d 'Show only the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l account-id -d 'Account id for resources of calls whose account is not known (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l force -d 'Replace the file of -o even if it is not a report'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -s q -l quiet -d 'Print nothing but errors, and warnings that something may be missing'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l sid -d 'Name each statement after its service and purpose (`S3Read`)'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l sort-alphabetical -d 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l minimize -d 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l stable -d 'Take each recording as a run of the same program: what differs between them becomes a pattern that they share'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l fails-only -d 'Build the policy only from calls that failed'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l succeeded-only -d 'Build the policy only from calls that succeeded'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand report" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l policy -d 'The policy, or one of several that are attached to one identity (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l principal-arn -d 'Instead of policies in files, ask IAM\'s policy simulator (iam:SimulatePrincipalPolicy) whether this user, group or role allows the calls as it is, with its boundary and the organization\'s service control policies' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l resource-policy -d 'With --principal-arn of a user: the policy of the resources that it names' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l no-new-access -d 'Ask IAM Access Analyzer whether --policy grants what this older policy does not (access-analyzer:CheckNoNewAccess). AWS charges for each of these checks' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l context -d 'A condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l sarif -d 'Write the result as SARIF, for code scanning' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l principal -d 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l account-id -d 'Account id for resources of calls whose account is not known (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l aws -d 'Also put each need to IAM\'s policy simulator (iam:SimulateCustomPolicy), and show where its verdict is not ours'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l unused -d 'Exit with code 4 when a statement, action or resource of the policy was not used'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l allow-undecided -d 'Accept what depends on condition keys that are not known'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l json -d 'Print the result as JSON'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l drop-unseen -d 'Also call unused what CloudTrail\'s events cannot have shown, such as data events that the trail does not log'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l allow-incomplete -d 'Accept a recording whose last line is cut off, as after a kill; without this, the exit code is 3'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand check" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l policy -d 'A policy of the identity; several unite (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l boundary -d 'The permissions boundary of the user or the role' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l session-policy -d 'A policy that the session was made with; several unite (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l scp -d 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l rcp -d 'The resource control policies of one level, as --scp has them; they hold for the account of the resource' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l endpoint-policy -d 'The policy of the VPC endpoint that requests go through' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l resource-policy -d 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l management-account -d 'The organization\'s management account, which --scp and --rcp spare (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l principal -d 'Who asks: the ARN of a user, a role, a session or an account\'s root, a service (lambda.amazonaws.com), or anonymous' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l account-id -d 'Account of the resources whose ARN does not say it and, without --principal, of who asks (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l context -d 'A condition key of the request and its value (repeatable); without `=`, it does not have the key. What is not given is not known' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l allow-undecided -d 'Accept what depends on condition keys that are not known'
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l json -d 'Print the result as JSON'
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand simulate" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l region -d 'The region in which Access Analyzer is asked [default: the configured one]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l profile -d 'The profile with the credentials for --aws [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l type -d 'What kind of a policy it is' -r -f -a "identity\t'An identity-based policy'
resource\t'The policy of a resource, or the trust policy of a role'
scp\t'A service control policy'
rcp\t'A resource control policy'"
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l format -d 'Format of the result' -r -f -a "text\t'One finding a line'
json\t'JSON'
sarif\t'SARIF, for code scanning'"
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l aws -d 'Also ask IAM Access Analyzer (access-analyzer:ValidatePolicy), which costs nothing'
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand validate" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l policy -d 'The policy to cut down' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -s o -l output-file -d 'Write the policy to this file, which may be the same [default: standard output]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l context -d 'A condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l principal -d 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l account-id -d 'Account id for resources of calls whose account is not known (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l keep-resources -d 'Leave resource patterns as wide as they are; remove only those that nothing used'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l drop-unseen -d 'Also remove what CloudTrail\'s events cannot have shown, such as data events that the trail does not log'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l allow-incomplete -d 'Accept a recording whose last line is cut off, as after a kill'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -s q -l quiet -d 'Do not list what was removed'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand prune" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l policy -d 'The policy that is tried (repeatable; they unite); - is standard input' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l role-arn -d 'Ask with the credentials of this role, which is assumed first' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l session -d 'Make no role: cut a session of this role down to the policy' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l boundary -d 'Give the role this permissions boundary' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l duration -d 'The command takes so many seconds at most; beyond what a session can have, new credentials are handed out while it runs' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l wait -d 'Wait so many seconds at most until the role and its policy are in force' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l ceiling -d 'Add only what this policy allows (repeatable; they unite); without it, no action is added that gives rights away' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l rounds -d 'Run the command so often at most' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l profile -d 'Take the credentials of this profile' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l region -d 'Ask STS in this region, and let the command use it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -s o -l output-file -d 'Write the policy to this file, kept current while recording [default: standard output, at the end]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l format -d 'Format of the policy' -r -f -a "json\t'IAM\'s JSON'
hcl\t'Terraform: a data source aws_iam_policy_document'
cloudformation\t'A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy'
cdk\t'TypeScript for the AWS CDK: a list of iam.PolicyStatement'
markdown\t'A summary for a pull request'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l resources -d 'How resources are generalised [default: grouped above --group-over]' -r -f -a "exact\t'Never, however many there are; memory grows with them'
grouped\t'More than two of a type: to the prefix that they have in common, else to the type'
account\t'All: to their type in their account and region; objects to all of their bucket'
wildcard\t'All: to *'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l group-over -d 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l generated -d 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others' -r -f -a "hold\t'Their type in their account and region, held by their tags, and by the VPC that they are in'
type\t'Their type in their account and region'
exact\t'What was recorded: the policy fits this run alone'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l fit -d 'Make the policy fit IAM\'s limits at the end: one that is too large is minimized, and split into managed policies' -r -f -a "managed\t'Managed policies of at most 6,144 characters, as few as it takes'
inline-role\t'The inline policy of a role: 10,240 characters'
inline-user\t'The inline policy of a user: 2,048 characters'
inline-group\t'The inline policy of a group: 5,120 characters'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l principal -d 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l per-principal -d 'Write a policy for each principal into this directory; without -o, only those' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l hints -d 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed' -r -f -a "on\t'Say it, where the calls show it'
off\t'Do not say it'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l record -d 'Append each call to this recording (JSON lines)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l append -d 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l possible -d 'Actions that a call may need, where the request itself cannot be seen' -r -f -a "common\t'The common ones: passing a role, tags'
include\t'All that AWS lists for the operation'
omit\t'None: only what the call needs in any case'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l account-id -d 'Account id for resources (12 digits) [default: taken from the calls]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l mode -d 'How calls are observed' -r -f -a "csm\t'Client-side monitoring: what SDKs report on their own'
proxy\t'The proxy: the requests themselves'
both\t'Both; a call that is seen both ways counts once'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l upstream -d 'Send calls to AWS to this stand-in instead (moto, LocalStack)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l upstream-ca -d 'Also trust upstreams by the certificates in this PEM file: an authority\'s, or the stand-in\'s own' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l upstream-proxy -d 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l intercept -d 'Also record calls to this host, over TLS too (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l federate -d 'Make no role: cut a federated session of the IAM user down to the policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l keep -d 'Leave the role where it is at the end, and say how to remove it'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l learn -d 'Add what AWS refuses to the policy, and run the command again, until nothing is refused'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l print-plan -d 'Show the calls that would be made, and make none'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l own-policy -d 'Print the policy that trying itself needs, with the same other options'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l clean-up -d 'Remove what earlier tries left behind: what this machine made, and what is over'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l all -d 'With --clean-up, remove also what may still be in use; asks before'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l sid -d 'Name each statement after its service and purpose (`S3Read`)'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l sort-alphabetical -d 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l minimize -d 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l fails-only -d 'Build the policy only from calls that failed'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l succeeded-only -d 'Build the policy only from calls that succeeded'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -s q -l quiet -d 'Print nothing but the policy, errors, and warnings that it may be incomplete'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -s v -l verbose -d 'Say more; given twice, show each call'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l no-java -d 'Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java\'s calls are not seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand try" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand diff" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand diff" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand diff" -l json -d 'Print the result as JSON'
complete -c leastwise -n "__fish_leastwise_using_subcommand diff" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand diff" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l top -d 'Show so many policies, and so many pairs' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l tailor -d 'Write the nearest policy, or the one with this name or ARN, cut down to what was used, as `prune` does' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -s o -l output-file -d 'With --tailor, write the policy to this file [default: standard output]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l context -d 'A condition key of the requests and its value (repeatable); without `=`, they do not have it' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l principal -d 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l account-id -d 'Account id for resources of calls whose account is not known (12 digits)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l json -d 'Print the result as JSON'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l aws -d 'Ask IAM for the account\'s own managed policies, and for AWS\'s as they are now (with the credentials of --profile), instead of taking AWS\'s as this program has them'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l keep-resources -d 'With --tailor, leave resource patterns as wide as they are; remove only those that nothing used'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l drop-unseen -d 'With --tailor, also remove what CloudTrail\'s events cannot have shown, such as data events that the trail does not log'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l allow-incomplete -d 'Accept a recording whose last line is cut off, as after a kill'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -s q -l quiet -d 'Say nothing but errors and warnings beside the result'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand nearest" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -s o -l output-file -d 'Write the summary to this file [default: standard output]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l since -d 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC\'s)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l until -d 'Only events until the end of this day, or before this moment' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l account -d 'Only events in the trail of this account (12 digits; repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l region -d 'Only events in this region (repeatable); with --lookup, those that are asked' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l profile -d 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l memory -d 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l force -d 'Replace the file of -o even if it is not a recording'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -s q -l quiet -d 'Say nothing but errors and warnings'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l lookup -d 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l strict -d 'Stop at the first event of CloudTrail\'s, or file of them, that is damaged, instead of passing it over'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand summarize" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l process -d 'The process of the `leastwise listen` that is meant, where several run' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l fish -d 'For fish'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l powershell -d 'For PowerShell, as without an option on Windows'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l docker -d 'As a file for docker run --env-file; a comment in it says what else to pass'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l github -d 'As lines for the file that GITHUB_ENV names, for the later steps of a job'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand env" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -f -a "rotate" -d 'Replace it with a new one; the old one should no longer be trusted'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and not __fish_seen_subcommand_from rotate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from rotate" -l intercept -d 'More hosts that it may vouch for (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from rotate" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from rotate" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from rotate" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from rotate" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Replace it with a new one; the old one should no longer be trusted'
complete -c leastwise -n "__fish_leastwise_using_subcommand ca; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c leastwise -n "__fish_leastwise_using_subcommand config" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand config" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand config" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand config" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -s o -l output-file -d 'Write the policy to this file, kept current while recording [default: standard output, at the end]' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l format -d 'Format of the policy' -r -f -a "json\t'IAM\'s JSON'
hcl\t'Terraform: a data source aws_iam_policy_document'
cloudformation\t'A CloudFormation template (YAML) with an AWS::IAM::ManagedPolicy'
cdk\t'TypeScript for the AWS CDK: a list of iam.PolicyStatement'
markdown\t'A summary for a pull request'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l resources -d 'How resources are generalised [default: grouped above --group-over]' -r -f -a "exact\t'Never, however many there are; memory grows with them'
grouped\t'More than two of a type: to the prefix that they have in common, else to the type'
account\t'All: to their type in their account and region; objects to all of their bucket'
wildcard\t'All: to *'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l group-over -d 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l generated -d 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others' -r -f -a "hold\t'Their type in their account and region, held by their tags, and by the VPC that they are in'
type\t'Their type in their account and region'
exact\t'What was recorded: the policy fits this run alone'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l fit -d 'Make the policy fit IAM\'s limits at the end: one that is too large is minimized, and split into managed policies' -r -f -a "managed\t'Managed policies of at most 6,144 characters, as few as it takes'
inline-role\t'The inline policy of a role: 10,240 characters'
inline-user\t'The inline policy of a user: 2,048 characters'
inline-group\t'The inline policy of a group: 5,120 characters'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l anonymous -d 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds' -r -f -a "omit\t'Leave them out: no policy of the caller decides about them'
include\t'Treat them as if they had been signed'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l principal -d 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l per-principal -d 'Write a policy for each principal into this directory; without -o, only those' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l hints -d 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed' -r -f -a "on\t'Say it, where the calls show it'
off\t'Do not say it'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l record -d 'Append each call to this recording (JSON lines)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l append -d 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l possible -d 'Actions that a call may need, where the request itself cannot be seen' -r -f -a "common\t'The common ones: passing a role, tags'
include\t'All that AWS lists for the operation'
omit\t'None: only what the call needs in any case'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l account-id -d 'Account id for resources (12 digits) [default: taken from the calls]' -r
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l rules -d 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l force -d 'Replace the file of -o even if it is not a policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l sid -d 'Name each statement after its service and purpose (`S3Read`)'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l sort-alphabetical -d 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l minimize -d 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l fails-only -d 'Build the policy only from calls that failed'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l succeeded-only -d 'Build the policy only from calls that succeeded'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -s q -l quiet -d 'Print nothing but the policy, errors, and warnings that it may be incomplete'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -s v -l verbose -d 'Say more; given twice, show each call'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand demo" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand completions" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand completions" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand completions" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand completions" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand man" -l config -d 'Take settings from this file instead of leastwise.toml in the working directory' -r -F
complete -c leastwise -n "__fish_leastwise_using_subcommand man" -l color -d 'Whether messages have colours; NO_COLOR turns them off as well' -r -f -a "auto\t'On a terminal that takes them, unless NO_COLOR is set'
always\t'Everywhere'
never\t'Nowhere'"
complete -c leastwise -n "__fish_leastwise_using_subcommand man" -l no-config -d 'Ignore leastwise.toml in the working directory'
complete -c leastwise -n "__fish_leastwise_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c leastwise -n "__fish_leastwise_using_subcommand man" -s V -l version -d 'Print version'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "run" -d 'Run a command, record its AWS calls and write its policy'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "listen" -d 'Record the AWS calls of programs in other shells'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "policy" -d 'Rebuild a policy from recordings, and merge them'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "explain" -d 'Explain what a policy contains, or what is known about an operation, an action or a service'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "report" -d 'Show all of it on one page that opens anywhere: the policy, the calls behind each line, who did what'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "check" -d 'Check whether a policy allows what was recorded, and which parts of it nothing used'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "simulate" -d 'Ask policies of all kinds whether they allow a request, and why'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "validate" -d 'Find what is wrong with policies: by what is known of AWS and, if asked, by IAM Access Analyzer'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "prune" -d 'Cut a policy down to what was used'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "try" -d 'Try a policy at AWS: run a command in a temporary role that has this policy and nothing else'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "diff" -d 'Show what two policies allow differently'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "nearest" -d 'Find the managed policies that allow what was recorded with the least beside it, and cut the nearest down to it'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "summarize" -d 'Reduce recordings and CloudTrail\'s events to each distinct call, with how often and when it was made'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "env" -d 'Print what leads the programs of a shell to the `listen` that runs'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "ca" -d 'Show or renew the certificate authority that `listen` intercepts with'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "config" -d 'Show the settings that are in force, and where they come from'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "demo" -d 'See it at work: play a small deploy, without AWS and without an account'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "man" -d 'Print a manual page'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and not __fish_seen_subcommand_from run listen policy explain report check simulate validate prune try diff nearest summarize env ca config demo completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c leastwise -n "__fish_leastwise_using_subcommand help; and __fish_seen_subcommand_from ca" -f -a "rotate" -d 'Replace it with a new one; the old one should no longer be trusted'
