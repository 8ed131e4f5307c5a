
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'leastwise' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'leastwise'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'leastwise' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, record its AWS calls and write its policy')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Record the AWS calls of programs in other shells')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Rebuild a policy from recordings, and merge them')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain what a policy contains, or what is known about an operation, an action or a service')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show all of it on one page that opens anywhere: the policy, the calls behind each line, who did what')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check whether a policy allows what was recorded, and which parts of it nothing used')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Ask policies of all kinds whether they allow a request, and why')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Find what is wrong with policies: by what is known of AWS and, if asked, by IAM Access Analyzer')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Cut a policy down to what was used')
            [CompletionResult]::new('try', 'try', [CompletionResultType]::ParameterValue, 'Try a policy at AWS: run a command in a temporary role that has this policy and nothing else')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what two policies allow differently')
            [CompletionResult]::new('nearest', 'nearest', [CompletionResultType]::ParameterValue, 'Find the managed policies that allow what was recorded with the least beside it, and cut the nearest down to it')
            [CompletionResult]::new('summarize', 'summarize', [CompletionResultType]::ParameterValue, 'Reduce recordings and CloudTrail''s events to each distinct call, with how often and when it was made')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print what leads the programs of a shell to the `listen` that runs')
            [CompletionResult]::new('ca', 'ca', [CompletionResultType]::ParameterValue, 'Show or renew the certificate authority that `listen` intercepts with')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings that are in force, and where they come from')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'See it at work: play a small deploy, without AWS and without an account')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'leastwise;run' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the policy')
            [CompletionResult]::new('--resources', '--resources', [CompletionResultType]::ParameterName, 'How resources are generalised [default: grouped above --group-over]')
            [CompletionResult]::new('--group-over', '--group-over', [CompletionResultType]::ParameterName, 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type')
            [CompletionResult]::new('--generated', '--generated', [CompletionResultType]::ParameterName, 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--per-principal', '--per-principal', [CompletionResultType]::ParameterName, 'Write a policy for each principal into this directory; without -o, only those')
            [CompletionResult]::new('--hints', '--hints', [CompletionResultType]::ParameterName, 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Append each call to this recording (JSON lines)')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too')
            [CompletionResult]::new('--possible', '--possible', [CompletionResultType]::ParameterName, 'Actions that a call may need, where the request itself cannot be seen')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources (12 digits) [default: taken from the calls]')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'How calls are observed')
            [CompletionResult]::new('--allow-user', '--allow-user', [CompletionResultType]::ParameterName, 'Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)')
            [CompletionResult]::new('--upstream', '--upstream', [CompletionResultType]::ParameterName, 'Send calls to AWS to this stand-in instead (moto, LocalStack)')
            [CompletionResult]::new('--upstream-ca', '--upstream-ca', [CompletionResultType]::ParameterName, 'Also trust upstreams by the certificates in this PEM file: an authority''s, or the stand-in''s own')
            [CompletionResult]::new('--upstream-proxy', '--upstream-proxy', [CompletionResultType]::ParameterName, 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]')
            [CompletionResult]::new('--intercept', '--intercept', [CompletionResultType]::ParameterName, 'Also record calls to this host, over TLS too (repeatable)')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check the calls against this policy; exit code 3 when it lacks something (repeatable)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'A condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--sarif', '--sarif', [CompletionResultType]::ParameterName, 'Write the result as SARIF, for code scanning')
            [CompletionResult]::new('--enforce', '--enforce', [CompletionResultType]::ParameterName, 'Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite). It guards against mistakes, not against a program that goes round the proxy')
            [CompletionResult]::new('--enforce-each', '--enforce-each', [CompletionResultType]::ParameterName, 'The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing')
            [CompletionResult]::new('--iam', '--iam', [CompletionResultType]::ParameterName, 'Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call')
            [CompletionResult]::new('--unknown-keys', '--unknown-keys', [CompletionResultType]::ParameterName, 'What access keys may do that belong to nobody in the stand-in''s IAM [default: root]')
            [CompletionResult]::new('--undecided', '--undecided', [CompletionResultType]::ParameterName, 'What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]')
            [CompletionResult]::new('--unrecognized', '--unrecognized', [CompletionResultType]::ParameterName, 'What to do with signed requests of which it is not known what permission they need [default: refuse]')
            [CompletionResult]::new('--decisions', '--decisions', [CompletionResultType]::ParameterName, 'Append what is judged of each call to this file (JSON lines)')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'The permissions boundary of the user or the role')
            [CompletionResult]::new('--session-policy', '--session-policy', [CompletionResultType]::ParameterName, 'A policy that the session was made with; several unite (repeatable)')
            [CompletionResult]::new('--scp', '--scp', [CompletionResultType]::ParameterName, 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow')
            [CompletionResult]::new('--rcp', '--rcp', [CompletionResultType]::ParameterName, 'The resource control policies of one level, as --scp has them; they hold for the account of the resource')
            [CompletionResult]::new('--endpoint-policy', '--endpoint-policy', [CompletionResultType]::ParameterName, 'The policy of the VPC endpoint that requests go through')
            [CompletionResult]::new('--resource-policy', '--resource-policy', [CompletionResultType]::ParameterName, 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)')
            [CompletionResult]::new('--management-account', '--management-account', [CompletionResultType]::ParameterName, 'The organization''s management account, which --scp and --rcp spare (12 digits)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--sid', '--sid', [CompletionResultType]::ParameterName, 'Name each statement after its service and purpose (`S3Read`)')
            [CompletionResult]::new('--sort-alphabetical', '--sort-alphabetical', [CompletionResultType]::ParameterName, 'Sort statements, actions and resources instead of keeping the order in which they were first seen')
            [CompletionResult]::new('--minimize', '--minimize', [CompletionResultType]::ParameterName, 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition')
            [CompletionResult]::new('--fails-only', '--fails-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that failed')
            [CompletionResult]::new('--succeeded-only', '--succeeded-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that succeeded')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--no-java', '--no-java', [CompletionResultType]::ParameterName, 'Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java''s calls are not seen')
            [CompletionResult]::new('--unused', '--unused', [CompletionResultType]::ParameterName, 'Exit with code 4 when a statement, action or resource of the policy was not used')
            [CompletionResult]::new('--allow-undecided', '--allow-undecided', [CompletionResultType]::ParameterName, 'Accept what depends on condition keys that are not known')
            [CompletionResult]::new('--soft', '--soft', [CompletionResultType]::ParameterName, 'Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something')
            [CompletionResult]::new('--view', '--view', [CompletionResultType]::ParameterName, 'Show the policy live, and the command in a pane of its own (docs/view.md)')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;listen' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the policy')
            [CompletionResult]::new('--resources', '--resources', [CompletionResultType]::ParameterName, 'How resources are generalised [default: grouped above --group-over]')
            [CompletionResult]::new('--group-over', '--group-over', [CompletionResultType]::ParameterName, 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type')
            [CompletionResult]::new('--generated', '--generated', [CompletionResultType]::ParameterName, 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--per-principal', '--per-principal', [CompletionResultType]::ParameterName, 'Write a policy for each principal into this directory; without -o, only those')
            [CompletionResult]::new('--hints', '--hints', [CompletionResultType]::ParameterName, 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Append each call to this recording (JSON lines)')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too')
            [CompletionResult]::new('--possible', '--possible', [CompletionResultType]::ParameterName, 'Actions that a call may need, where the request itself cannot be seen')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources (12 digits) [default: taken from the calls]')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'How calls are observed')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Address to listen on for client-side monitoring')
            [CompletionResult]::new('--csm-port', '--csm-port', [CompletionResultType]::ParameterName, 'UDP port to listen on; 0 takes a free one')
            [CompletionResult]::new('--bind-addr', '--bind-addr', [CompletionResultType]::ParameterName, 'Address and port of the proxy; port 0 takes a free one')
            [CompletionResult]::new('--allow-user', '--allow-user', [CompletionResultType]::ParameterName, 'Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)')
            [CompletionResult]::new('--enforce', '--enforce', [CompletionResultType]::ParameterName, 'Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite). It guards against mistakes, not against a program that goes round the proxy')
            [CompletionResult]::new('--enforce-each', '--enforce-each', [CompletionResultType]::ParameterName, 'The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing')
            [CompletionResult]::new('--iam', '--iam', [CompletionResultType]::ParameterName, 'Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call')
            [CompletionResult]::new('--unknown-keys', '--unknown-keys', [CompletionResultType]::ParameterName, 'What access keys may do that belong to nobody in the stand-in''s IAM [default: root]')
            [CompletionResult]::new('--undecided', '--undecided', [CompletionResultType]::ParameterName, 'What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]')
            [CompletionResult]::new('--unrecognized', '--unrecognized', [CompletionResultType]::ParameterName, 'What to do with signed requests of which it is not known what permission they need [default: refuse]')
            [CompletionResult]::new('--decisions', '--decisions', [CompletionResultType]::ParameterName, 'Append what is judged of each call to this file (JSON lines)')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'The permissions boundary of the user or the role')
            [CompletionResult]::new('--session-policy', '--session-policy', [CompletionResultType]::ParameterName, 'A policy that the session was made with; several unite (repeatable)')
            [CompletionResult]::new('--scp', '--scp', [CompletionResultType]::ParameterName, 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow')
            [CompletionResult]::new('--rcp', '--rcp', [CompletionResultType]::ParameterName, 'The resource control policies of one level, as --scp has them; they hold for the account of the resource')
            [CompletionResult]::new('--endpoint-policy', '--endpoint-policy', [CompletionResultType]::ParameterName, 'The policy of the VPC endpoint that requests go through')
            [CompletionResult]::new('--resource-policy', '--resource-policy', [CompletionResultType]::ParameterName, 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)')
            [CompletionResult]::new('--management-account', '--management-account', [CompletionResultType]::ParameterName, 'The organization''s management account, which --scp and --rcp spare (12 digits)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'With --enforce or --iam, a condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--upstream', '--upstream', [CompletionResultType]::ParameterName, 'Send calls to AWS to this stand-in instead (moto, LocalStack)')
            [CompletionResult]::new('--upstream-ca', '--upstream-ca', [CompletionResultType]::ParameterName, 'Also trust upstreams by the certificates in this PEM file: an authority''s, or the stand-in''s own')
            [CompletionResult]::new('--upstream-proxy', '--upstream-proxy', [CompletionResultType]::ParameterName, 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]')
            [CompletionResult]::new('--intercept', '--intercept', [CompletionResultType]::ParameterName, 'Also record calls to this host, over TLS too (repeatable)')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile that --set-ini edits')
            [CompletionResult]::new('--refresh-rate', '--refresh-rate', [CompletionResultType]::ParameterName, 'Show changes to the policy at most every this many seconds; 0: at once')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Keep the certificate authority''s certificate in this file [default: see `leastwise ca`]')
            [CompletionResult]::new('--ca-key', '--ca-key', [CompletionResultType]::ParameterName, 'Keep the certificate authority''s key, and its certificate with it, in this file')
            [CompletionResult]::new('--aws-redirect-host', '--aws-redirect-host', [CompletionResultType]::ParameterName, 'Send calls to AWS to this host instead, over TLS: --upstream https://HOST')
            [CompletionResult]::new('--override-aws-map', '--override-aws-map', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file: --rules FILE')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The cloud whose calls are recorded; only AWS is supported')
            [CompletionResult]::new('--cpu-profile', '--cpu-profile', [CompletionResultType]::ParameterName, 'iamlive profiles itself with it')
            [CompletionResult]::new('--gcp-discovery-parallel', '--gcp-discovery-parallel', [CompletionResultType]::ParameterName, 'iamlive reads Google Cloud''s documents with it')
            [CompletionResult]::new('--proxy-endpoint-pattern', '--proxy-endpoint-pattern', [CompletionResultType]::ParameterName, 'An older iamlive recognised AWS by it')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--sid', '--sid', [CompletionResultType]::ParameterName, 'Name each statement after its service and purpose (`S3Read`)')
            [CompletionResult]::new('--sort-alphabetical', '--sort-alphabetical', [CompletionResultType]::ParameterName, 'Sort statements, actions and resources instead of keeping the order in which they were first seen')
            [CompletionResult]::new('--minimize', '--minimize', [CompletionResultType]::ParameterName, 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition')
            [CompletionResult]::new('--fails-only', '--fails-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that failed')
            [CompletionResult]::new('--succeeded-only', '--succeeded-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that succeeded')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Let other machines report calls and use the proxy; required for a --host or --bind-addr outside loopback')
            [CompletionResult]::new('--soft', '--soft', [CompletionResultType]::ParameterName, 'Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something')
            [CompletionResult]::new('--no-java', '--no-java', [CompletionResultType]::ParameterName, 'Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java''s calls are not seen')
            [CompletionResult]::new('--set-ini', '--set-ini', [CompletionResultType]::ParameterName, 'Direct programs here through AWS''s configuration file (~/.aws/config, AWS_CONFIG_FILE) while listening')
            [CompletionResult]::new('--background', '--background', [CompletionResultType]::ParameterName, 'Listen in the background: print the process id and return once it listens')
            [CompletionResult]::new('--force-wildcard-resource', '--force-wildcard-resource', [CompletionResultType]::ParameterName, 'Give every statement the resource *')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Print each request that the proxy records, without secrets or bodies')
            [CompletionResult]::new('--detached', '--detached', [CompletionResultType]::ParameterName, 'We are the process in the background')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;policy' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the policy')
            [CompletionResult]::new('--resources', '--resources', [CompletionResultType]::ParameterName, 'How resources are generalised [default: grouped above --group-over]')
            [CompletionResult]::new('--group-over', '--group-over', [CompletionResultType]::ParameterName, 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type')
            [CompletionResult]::new('--generated', '--generated', [CompletionResultType]::ParameterName, 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--per-principal', '--per-principal', [CompletionResultType]::ParameterName, 'Write a policy for each principal into this directory; without -o, only those')
            [CompletionResult]::new('--hints', '--hints', [CompletionResultType]::ParameterName, 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources of calls whose account is not known (12 digits)')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--sid', '--sid', [CompletionResultType]::ParameterName, 'Name each statement after its service and purpose (`S3Read`)')
            [CompletionResult]::new('--sort-alphabetical', '--sort-alphabetical', [CompletionResultType]::ParameterName, 'Sort statements, actions and resources instead of keeping the order in which they were first seen')
            [CompletionResult]::new('--minimize', '--minimize', [CompletionResultType]::ParameterName, 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition')
            [CompletionResult]::new('--fails-only', '--fails-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that failed')
            [CompletionResult]::new('--succeeded-only', '--succeeded-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that succeeded')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--stable', '--stable', [CompletionResultType]::ParameterName, 'Take each recording as a run of the same program: what differs between them becomes a pattern that they share')
            [CompletionResult]::new('--validate', '--validate', [CompletionResultType]::ParameterName, 'Say what `leastwise validate` finds in the policy; exit code 1 when it is an ERROR or a SECURITY_WARNING')
            [CompletionResult]::new('--aws', '--aws', [CompletionResultType]::ParameterName, 'With --validate, also ask IAM Access Analyzer (access-analyzer:ValidatePolicy), in the first --region or the configured one')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;explain' {
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Explain only the actions of recordings that match this, with * and ? (repeatable)')
            [CompletionResult]::new('--enforce', '--enforce', [CompletionResultType]::ParameterName, 'Explain of each recorded call whether this policy allows it, and why (repeatable; they unite)')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'The permissions boundary of the user or the role')
            [CompletionResult]::new('--session-policy', '--session-policy', [CompletionResultType]::ParameterName, 'A policy that the session was made with; several unite (repeatable)')
            [CompletionResult]::new('--scp', '--scp', [CompletionResultType]::ParameterName, 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow')
            [CompletionResult]::new('--rcp', '--rcp', [CompletionResultType]::ParameterName, 'The resource control policies of one level, as --scp has them; they hold for the account of the resource')
            [CompletionResult]::new('--endpoint-policy', '--endpoint-policy', [CompletionResultType]::ParameterName, 'The policy of the VPC endpoint that requests go through')
            [CompletionResult]::new('--resource-policy', '--resource-policy', [CompletionResultType]::ParameterName, 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)')
            [CompletionResult]::new('--management-account', '--management-account', [CompletionResultType]::ParameterName, 'The organization''s management account, which --scp and --rcp spare (12 digits)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'With --enforce, a condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;report' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the page to this file [default: standard output]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the page to this file [default: standard output]')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Also say what this policy lacks, what of it nothing used, and how the new one differs from it')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'With --baseline, a condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--resources', '--resources', [CompletionResultType]::ParameterName, 'How resources are generalised [default: grouped above --group-over]')
            [CompletionResult]::new('--group-over', '--group-over', [CompletionResultType]::ParameterName, 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type')
            [CompletionResult]::new('--generated', '--generated', [CompletionResultType]::ParameterName, 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'Make the policy fit IAM''s limits: one that is too large is minimized, and split into managed policies')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Show only the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources of calls whose account is not known (12 digits)')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a report')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors, and warnings that something may be missing')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors, and warnings that something may be missing')
            [CompletionResult]::new('--sid', '--sid', [CompletionResultType]::ParameterName, 'Name each statement after its service and purpose (`S3Read`)')
            [CompletionResult]::new('--sort-alphabetical', '--sort-alphabetical', [CompletionResultType]::ParameterName, 'Sort statements, actions and resources instead of keeping the order in which they were first seen')
            [CompletionResult]::new('--minimize', '--minimize', [CompletionResultType]::ParameterName, 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition')
            [CompletionResult]::new('--stable', '--stable', [CompletionResultType]::ParameterName, 'Take each recording as a run of the same program: what differs between them becomes a pattern that they share')
            [CompletionResult]::new('--fails-only', '--fails-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that failed')
            [CompletionResult]::new('--succeeded-only', '--succeeded-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that succeeded')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;check' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'The policy, or one of several that are attached to one identity (repeatable)')
            [CompletionResult]::new('--principal-arn', '--principal-arn', [CompletionResultType]::ParameterName, 'Instead of policies in files, ask IAM''s policy simulator (iam:SimulatePrincipalPolicy) whether this user, group or role allows the calls as it is, with its boundary and the organization''s service control policies')
            [CompletionResult]::new('--resource-policy', '--resource-policy', [CompletionResultType]::ParameterName, 'With --principal-arn of a user: the policy of the resources that it names')
            [CompletionResult]::new('--no-new-access', '--no-new-access', [CompletionResultType]::ParameterName, 'Ask IAM Access Analyzer whether --policy grants what this older policy does not (access-analyzer:CheckNoNewAccess). AWS charges for each of these checks')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'A condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--sarif', '--sarif', [CompletionResultType]::ParameterName, 'Write the result as SARIF, for code scanning')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources of calls whose account is not known (12 digits)')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--aws', '--aws', [CompletionResultType]::ParameterName, 'Also put each need to IAM''s policy simulator (iam:SimulateCustomPolicy), and show where its verdict is not ours')
            [CompletionResult]::new('--unused', '--unused', [CompletionResultType]::ParameterName, 'Exit with code 4 when a statement, action or resource of the policy was not used')
            [CompletionResult]::new('--allow-undecided', '--allow-undecided', [CompletionResultType]::ParameterName, 'Accept what depends on condition keys that are not known')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result as JSON')
            [CompletionResult]::new('--drop-unseen', '--drop-unseen', [CompletionResultType]::ParameterName, 'Also call unused what CloudTrail''s events cannot have shown, such as data events that the trail does not log')
            [CompletionResult]::new('--allow-incomplete', '--allow-incomplete', [CompletionResultType]::ParameterName, 'Accept a recording whose last line is cut off, as after a kill; without this, the exit code is 3')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;simulate' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'A policy of the identity; several unite (repeatable)')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'The permissions boundary of the user or the role')
            [CompletionResult]::new('--session-policy', '--session-policy', [CompletionResultType]::ParameterName, 'A policy that the session was made with; several unite (repeatable)')
            [CompletionResult]::new('--scp', '--scp', [CompletionResultType]::ParameterName, 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow')
            [CompletionResult]::new('--rcp', '--rcp', [CompletionResultType]::ParameterName, 'The resource control policies of one level, as --scp has them; they hold for the account of the resource')
            [CompletionResult]::new('--endpoint-policy', '--endpoint-policy', [CompletionResultType]::ParameterName, 'The policy of the VPC endpoint that requests go through')
            [CompletionResult]::new('--resource-policy', '--resource-policy', [CompletionResultType]::ParameterName, 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)')
            [CompletionResult]::new('--management-account', '--management-account', [CompletionResultType]::ParameterName, 'The organization''s management account, which --scp and --rcp spare (12 digits)')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Who asks: the ARN of a user, a role, a session or an account''s root, a service (lambda.amazonaws.com), or anonymous')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account of the resources whose ARN does not say it and, without --principal, of who asks (12 digits)')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'A condition key of the request and its value (repeatable); without `=`, it does not have the key. What is not given is not known')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--allow-undecided', '--allow-undecided', [CompletionResultType]::ParameterName, 'Accept what depends on condition keys that are not known')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result as JSON')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;validate' {
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region in which Access Analyzer is asked [default: the configured one]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for --aws [default: what SDKs find]')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'What kind of a policy it is')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the result')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--aws', '--aws', [CompletionResultType]::ParameterName, 'Also ask IAM Access Analyzer (access-analyzer:ValidatePolicy), which costs nothing')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;prune' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'The policy to cut down')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the policy to this file, which may be the same [default: standard output]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the policy to this file, which may be the same [default: standard output]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'A condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources of calls whose account is not known (12 digits)')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--keep-resources', '--keep-resources', [CompletionResultType]::ParameterName, 'Leave resource patterns as wide as they are; remove only those that nothing used')
            [CompletionResult]::new('--drop-unseen', '--drop-unseen', [CompletionResultType]::ParameterName, 'Also remove what CloudTrail''s events cannot have shown, such as data events that the trail does not log')
            [CompletionResult]::new('--allow-incomplete', '--allow-incomplete', [CompletionResultType]::ParameterName, 'Accept a recording whose last line is cut off, as after a kill')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Do not list what was removed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Do not list what was removed')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;try' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'The policy that is tried (repeatable; they unite); - is standard input')
            [CompletionResult]::new('--role-arn', '--role-arn', [CompletionResultType]::ParameterName, 'Ask with the credentials of this role, which is assumed first')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Make no role: cut a session of this role down to the policy')
            [CompletionResult]::new('--boundary', '--boundary', [CompletionResultType]::ParameterName, 'Give the role this permissions boundary')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'The command takes so many seconds at most; beyond what a session can have, new credentials are handed out while it runs')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so many seconds at most until the role and its policy are in force')
            [CompletionResult]::new('--ceiling', '--ceiling', [CompletionResultType]::ParameterName, 'Add only what this policy allows (repeatable; they unite); without it, no action is added that gives rights away')
            [CompletionResult]::new('--rounds', '--rounds', [CompletionResultType]::ParameterName, 'Run the command so often at most')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Take the credentials of this profile')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Ask STS in this region, and let the command use it')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the policy')
            [CompletionResult]::new('--resources', '--resources', [CompletionResultType]::ParameterName, 'How resources are generalised [default: grouped above --group-over]')
            [CompletionResult]::new('--group-over', '--group-over', [CompletionResultType]::ParameterName, 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type')
            [CompletionResult]::new('--generated', '--generated', [CompletionResultType]::ParameterName, 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--per-principal', '--per-principal', [CompletionResultType]::ParameterName, 'Write a policy for each principal into this directory; without -o, only those')
            [CompletionResult]::new('--hints', '--hints', [CompletionResultType]::ParameterName, 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Append each call to this recording (JSON lines)')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too')
            [CompletionResult]::new('--possible', '--possible', [CompletionResultType]::ParameterName, 'Actions that a call may need, where the request itself cannot be seen')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources (12 digits) [default: taken from the calls]')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--mode', '--mode', [CompletionResultType]::ParameterName, 'How calls are observed')
            [CompletionResult]::new('--upstream', '--upstream', [CompletionResultType]::ParameterName, 'Send calls to AWS to this stand-in instead (moto, LocalStack)')
            [CompletionResult]::new('--upstream-ca', '--upstream-ca', [CompletionResultType]::ParameterName, 'Also trust upstreams by the certificates in this PEM file: an authority''s, or the stand-in''s own')
            [CompletionResult]::new('--upstream-proxy', '--upstream-proxy', [CompletionResultType]::ParameterName, 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]')
            [CompletionResult]::new('--intercept', '--intercept', [CompletionResultType]::ParameterName, 'Also record calls to this host, over TLS too (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--federate', '--federate', [CompletionResultType]::ParameterName, 'Make no role: cut a federated session of the IAM user down to the policy')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave the role where it is at the end, and say how to remove it')
            [CompletionResult]::new('--learn', '--learn', [CompletionResultType]::ParameterName, 'Add what AWS refuses to the policy, and run the command again, until nothing is refused')
            [CompletionResult]::new('--print-plan', '--print-plan', [CompletionResultType]::ParameterName, 'Show the calls that would be made, and make none')
            [CompletionResult]::new('--own-policy', '--own-policy', [CompletionResultType]::ParameterName, 'Print the policy that trying itself needs, with the same other options')
            [CompletionResult]::new('--clean-up', '--clean-up', [CompletionResultType]::ParameterName, 'Remove what earlier tries left behind: what this machine made, and what is over')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'With --clean-up, remove also what may still be in use; asks before')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--sid', '--sid', [CompletionResultType]::ParameterName, 'Name each statement after its service and purpose (`S3Read`)')
            [CompletionResult]::new('--sort-alphabetical', '--sort-alphabetical', [CompletionResultType]::ParameterName, 'Sort statements, actions and resources instead of keeping the order in which they were first seen')
            [CompletionResult]::new('--minimize', '--minimize', [CompletionResultType]::ParameterName, 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition')
            [CompletionResult]::new('--fails-only', '--fails-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that failed')
            [CompletionResult]::new('--succeeded-only', '--succeeded-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that succeeded')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--no-java', '--no-java', [CompletionResultType]::ParameterName, 'Leave Java alone: JAVA_TOOL_OPTIONS, of which each JVM prints that it picked it up, is not set, and Java''s calls are not seen')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;diff' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result as JSON')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;nearest' {
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Show so many policies, and so many pairs')
            [CompletionResult]::new('--tailor', '--tailor', [CompletionResultType]::ParameterName, 'Write the nearest policy, or the one with this name or ARN, cut down to what was used, as `prune` does')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'With --tailor, write the policy to this file [default: standard output]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'With --tailor, write the policy to this file [default: standard output]')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'A condition key of the requests and its value (repeatable); without `=`, they do not have it')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources of calls whose account is not known (12 digits)')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the result as JSON')
            [CompletionResult]::new('--aws', '--aws', [CompletionResultType]::ParameterName, 'Ask IAM for the account''s own managed policies, and for AWS''s as they are now (with the credentials of --profile), instead of taking AWS''s as this program has them')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--keep-resources', '--keep-resources', [CompletionResultType]::ParameterName, 'With --tailor, leave resource patterns as wide as they are; remove only those that nothing used')
            [CompletionResult]::new('--drop-unseen', '--drop-unseen', [CompletionResultType]::ParameterName, 'With --tailor, also remove what CloudTrail''s events cannot have shown, such as data events that the trail does not log')
            [CompletionResult]::new('--allow-incomplete', '--allow-incomplete', [CompletionResultType]::ParameterName, 'Accept a recording whose last line is cut off, as after a kill')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and warnings beside the result')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and warnings beside the result')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;summarize' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the summary to this file [default: standard output]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the summary to this file [default: standard output]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only events of this day or moment and later (2026-11-05, or RFC 3339; days are UTC''s)')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only events until the end of this day, or before this moment')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Only events in the trail of this account (12 digits; repeatable)')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Only events in this region (repeatable); with --lookup, those that are asked')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile with the credentials for s3:// and --lookup [default: what SDKs find]')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Keep so many MiB of what distinct calls are in memory; what is more goes into a temporary file, which has no name [default: 4]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a recording')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors and warnings')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors and warnings')
            [CompletionResult]::new('--lookup', '--lookup', [CompletionResultType]::ParameterName, 'Ask CloudTrail itself for the management events of the last 90 days, in each --region or the configured one, and where those of global services are (us-east-1)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;env' {
            [CompletionResult]::new('--process', '--process', [CompletionResultType]::ParameterName, 'The process of the `leastwise listen` that is meant, where several run')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--fish', '--fish', [CompletionResultType]::ParameterName, 'For fish')
            [CompletionResult]::new('--powershell', '--powershell', [CompletionResultType]::ParameterName, 'For PowerShell, as without an option on Windows')
            [CompletionResult]::new('--docker', '--docker', [CompletionResultType]::ParameterName, 'As a file for docker run --env-file; a comment in it says what else to pass')
            [CompletionResult]::new('--github', '--github', [CompletionResultType]::ParameterName, 'As lines for the file that GITHUB_ENV names, for the later steps of a job')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;ca' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace it with a new one; the old one should no longer be trusted')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'leastwise;ca;rotate' {
            [CompletionResult]::new('--intercept', '--intercept', [CompletionResultType]::ParameterName, 'More hosts that it may vouch for (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;ca;help' {
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace it with a new one; the old one should no longer be trusted')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'leastwise;ca;help;rotate' {
            break
        }
        'leastwise;ca;help;help' {
            break
        }
        'leastwise;config' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;demo' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--output-file', '--output-file', [CompletionResultType]::ParameterName, 'Write the policy to this file, kept current while recording [default: standard output, at the end]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of the policy')
            [CompletionResult]::new('--resources', '--resources', [CompletionResultType]::ParameterName, 'How resources are generalised [default: grouped above --group-over]')
            [CompletionResult]::new('--group-over', '--group-over', [CompletionResultType]::ParameterName, 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type')
            [CompletionResult]::new('--generated', '--generated', [CompletionResultType]::ParameterName, 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)')
            [CompletionResult]::new('--per-principal', '--per-principal', [CompletionResultType]::ParameterName, 'Write a policy for each principal into this directory; without -o, only those')
            [CompletionResult]::new('--hints', '--hints', [CompletionResultType]::ParameterName, 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Append each call to this recording (JSON lines)')
            [CompletionResult]::new('--append', '--append', [CompletionResultType]::ParameterName, 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too')
            [CompletionResult]::new('--possible', '--possible', [CompletionResultType]::ParameterName, 'Actions that a call may need, where the request itself cannot be seen')
            [CompletionResult]::new('--account-id', '--account-id', [CompletionResultType]::ParameterName, 'Account id for resources (12 digits) [default: taken from the calls]')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the file of -o even if it is not a policy')
            [CompletionResult]::new('--sid', '--sid', [CompletionResultType]::ParameterName, 'Name each statement after its service and purpose (`S3Read`)')
            [CompletionResult]::new('--sort-alphabetical', '--sort-alphabetical', [CompletionResultType]::ParameterName, 'Sort statements, actions and resources instead of keeping the order in which they were first seen')
            [CompletionResult]::new('--minimize', '--minimize', [CompletionResultType]::ParameterName, 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition')
            [CompletionResult]::new('--fails-only', '--fails-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that failed')
            [CompletionResult]::new('--succeeded-only', '--succeeded-only', [CompletionResultType]::ParameterName, 'Build the policy only from calls that succeeded')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but the policy, errors, and warnings that it may be incomplete')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; given twice, show each call')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;completions' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;man' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take settings from this file instead of leastwise.toml in the working directory')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Whether messages have colours; NO_COLOR turns them off as well')
            [CompletionResult]::new('--no-config', '--no-config', [CompletionResultType]::ParameterName, 'Ignore leastwise.toml in the working directory')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'leastwise;help' {
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a command, record its AWS calls and write its policy')
            [CompletionResult]::new('listen', 'listen', [CompletionResultType]::ParameterValue, 'Record the AWS calls of programs in other shells')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Rebuild a policy from recordings, and merge them')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain what a policy contains, or what is known about an operation, an action or a service')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show all of it on one page that opens anywhere: the policy, the calls behind each line, who did what')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check whether a policy allows what was recorded, and which parts of it nothing used')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'Ask policies of all kinds whether they allow a request, and why')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Find what is wrong with policies: by what is known of AWS and, if asked, by IAM Access Analyzer')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Cut a policy down to what was used')
            [CompletionResult]::new('try', 'try', [CompletionResultType]::ParameterValue, 'Try a policy at AWS: run a command in a temporary role that has this policy and nothing else')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what two policies allow differently')
            [CompletionResult]::new('nearest', 'nearest', [CompletionResultType]::ParameterValue, 'Find the managed policies that allow what was recorded with the least beside it, and cut the nearest down to it')
            [CompletionResult]::new('summarize', 'summarize', [CompletionResultType]::ParameterValue, 'Reduce recordings and CloudTrail''s events to each distinct call, with how often and when it was made')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print what leads the programs of a shell to the `listen` that runs')
            [CompletionResult]::new('ca', 'ca', [CompletionResultType]::ParameterValue, 'Show or renew the certificate authority that `listen` intercepts with')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings that are in force, and where they come from')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'See it at work: play a small deploy, without AWS and without an account')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'leastwise;help;run' {
            break
        }
        'leastwise;help;listen' {
            break
        }
        'leastwise;help;policy' {
            break
        }
        'leastwise;help;explain' {
            break
        }
        'leastwise;help;report' {
            break
        }
        'leastwise;help;check' {
            break
        }
        'leastwise;help;simulate' {
            break
        }
        'leastwise;help;validate' {
            break
        }
        'leastwise;help;prune' {
            break
        }
        'leastwise;help;try' {
            break
        }
        'leastwise;help;diff' {
            break
        }
        'leastwise;help;nearest' {
            break
        }
        'leastwise;help;summarize' {
            break
        }
        'leastwise;help;env' {
            break
        }
        'leastwise;help;ca' {
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace it with a new one; the old one should no longer be trusted')
            break
        }
        'leastwise;help;ca;rotate' {
            break
        }
        'leastwise;help;config' {
            break
        }
        'leastwise;help;demo' {
            break
        }
        'leastwise;help;completions' {
            break
        }
        'leastwise;help;man' {
            break
        }
        'leastwise;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
