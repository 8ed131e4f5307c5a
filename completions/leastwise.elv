
use builtin;
use str;

set edit:completion:arg-completer[leastwise] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'leastwise'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'leastwise'= {
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand run 'Run a command, record its AWS calls and write its policy'
            cand listen 'Record the AWS calls of programs in other shells'
            cand policy 'Rebuild a policy from recordings, and merge them'
            cand explain 'Explain what a policy contains, or what is known about an operation, an action or a service'
            cand check 'Check whether a policy allows what was recorded, and which parts of it nothing used'
            cand simulate 'Ask policies of all kinds whether they allow a request, and why'
            cand prune 'Cut a policy down to what was used'
            cand diff 'Show what two policies allow differently'
            cand summarize 'Reduce recordings and CloudTrail''s events to each distinct call, with how often and when it was made'
            cand ca 'Show or renew the certificate authority that `listen` intercepts with'
            cand config 'Show the settings that are in force, and where they come from'
            cand demo 'See it at work: play a small deploy, without AWS and without an account'
            cand completions 'Print the completions of a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;run'= {
            cand -o 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --resources 'How resources are generalised [default: grouped above --group-over]'
            cand --group-over 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type'
            cand --generated 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --principal 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)'
            cand --per-principal 'Write a policy for each principal into this directory; without -o, only those'
            cand --hints 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed'
            cand --record 'Append each call to this recording (JSON lines)'
            cand --append 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too'
            cand --possible 'Actions that a call may need, where the request itself cannot be seen'
            cand --account-id 'Account id for resources (12 digits) [default: taken from the calls]'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --mode 'How calls are observed'
            cand --allow-user 'Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)'
            cand --upstream 'Send calls to AWS to this stand-in instead (moto, LocalStack)'
            cand --upstream-ca 'Also trust upstreams by the certificates in this PEM file: an authority''s, or the stand-in''s own'
            cand --upstream-proxy 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]'
            cand --intercept 'Also record calls to this host, over TLS too (repeatable)'
            cand --check 'Check the calls against this policy; exit code 3 when it lacks something (repeatable)'
            cand --context 'A condition key of the requests and its value (repeatable); without `=`, they do not have it'
            cand --sarif 'Write the result as SARIF, for code scanning'
            cand --enforce 'Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite). It guards against mistakes, not against a program that goes round the proxy'
            cand --enforce-each 'The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing'
            cand --iam 'Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call'
            cand --unknown-keys 'What access keys may do that belong to nobody in the stand-in''s IAM [default: root]'
            cand --undecided 'What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]'
            cand --unrecognized 'What to do with signed requests of which it is not known what permission they need [default: refuse]'
            cand --decisions 'Append what is judged of each call to this file (JSON lines)'
            cand --boundary 'The permissions boundary of the user or the role'
            cand --session-policy 'A policy that the session was made with; several unite (repeatable)'
            cand --scp 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow'
            cand --rcp 'The resource control policies of one level, as --scp has them; they hold for the account of the resource'
            cand --endpoint-policy 'The policy of the VPC endpoint that requests go through'
            cand --resource-policy 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)'
            cand --management-account 'The organization''s management account, which --scp and --rcp spare (12 digits)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --force 'Replace the file of -o even if it is not a policy'
            cand --sid 'Name each statement after its service and purpose (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Build the policy only from calls that failed'
            cand --succeeded-only 'Build the policy only from calls that succeeded'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; given twice, show each call'
            cand --verbose 'Say more; given twice, show each call'
            cand --unused 'Exit with code 4 when a statement, action or resource of the policy was not used'
            cand --allow-undecided 'Accept what depends on condition keys that are not known'
            cand --soft 'Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something'
            cand --view 'Show the policy live; for commands that do not need the terminal themselves'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;listen'= {
            cand -o 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --resources 'How resources are generalised [default: grouped above --group-over]'
            cand --group-over 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type'
            cand --generated 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --principal 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)'
            cand --per-principal 'Write a policy for each principal into this directory; without -o, only those'
            cand --hints 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed'
            cand --record 'Append each call to this recording (JSON lines)'
            cand --append 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too'
            cand --possible 'Actions that a call may need, where the request itself cannot be seen'
            cand --account-id 'Account id for resources (12 digits) [default: taken from the calls]'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --mode 'How calls are observed'
            cand --host 'Address to listen on for client-side monitoring'
            cand --csm-port 'UDP port to listen on; 0 takes a free one'
            cand --bind-addr 'Address and port of the proxy; port 0 takes a free one'
            cand --allow-user 'Also record this user of the machine, by name or number; otherwise only you and root are recorded (repeatable; Linux)'
            cand --enforce 'Let the proxy refuse calls that this policy does not allow, before anything of them is sent on (repeatable; they unite). It guards against mistakes, not against a program that goes round the proxy'
            cand --enforce-each 'The same, by the policy of whoever makes the call: a file of this directory, named as --per-principal names it (role-deploy.json). A call by a key of which it was not told whose it is is not decided; who has no file may do nothing'
            cand --iam 'Let the proxy refuse what IAM does not allow, as the stand-in of --upstream has it: its users, groups and roles, and the policies of its buckets, queues, topics, keys, secrets and functions. With --enforce, both must allow a call'
            cand --unknown-keys 'What access keys may do that belong to nobody in the stand-in''s IAM [default: root]'
            cand --undecided 'What to do with calls that are not decided, since they depend on condition keys that are not known [default: refuse]'
            cand --unrecognized 'What to do with signed requests of which it is not known what permission they need [default: refuse]'
            cand --decisions 'Append what is judged of each call to this file (JSON lines)'
            cand --boundary 'The permissions boundary of the user or the role'
            cand --session-policy 'A policy that the session was made with; several unite (repeatable)'
            cand --scp 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow'
            cand --rcp 'The resource control policies of one level, as --scp has them; they hold for the account of the resource'
            cand --endpoint-policy 'The policy of the VPC endpoint that requests go through'
            cand --resource-policy 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)'
            cand --management-account 'The organization''s management account, which --scp and --rcp spare (12 digits)'
            cand --context 'With --enforce or --iam, a condition key of the requests and its value (repeatable); without `=`, they do not have it'
            cand --upstream 'Send calls to AWS to this stand-in instead (moto, LocalStack)'
            cand --upstream-ca 'Also trust upstreams by the certificates in this PEM file: an authority''s, or the stand-in''s own'
            cand --upstream-proxy 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]'
            cand --intercept 'Also record calls to this host, over TLS too (repeatable)'
            cand --profile 'The profile that --set-ini edits'
            cand --refresh-rate 'Show changes to the policy at most every this many seconds; 0: at once'
            cand --ca-bundle 'Keep the certificate authority''s certificate in this file [default: see `leastwise ca`]'
            cand --ca-key 'Keep the certificate authority''s key, and its certificate with it, in this file'
            cand --aws-redirect-host 'Send calls to AWS to this host instead, over TLS: --upstream https://HOST'
            cand --override-aws-map 'Correct what calls need with this rules file: --rules FILE'
            cand --provider 'The cloud whose calls are recorded; only AWS is supported'
            cand --cpu-profile 'iamlive profiles itself with it'
            cand --gcp-discovery-parallel 'iamlive reads Google Cloud''s documents with it'
            cand --proxy-endpoint-pattern 'An older iamlive recognised AWS by it'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --force 'Replace the file of -o even if it is not a policy'
            cand --sid 'Name each statement after its service and purpose (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Build the policy only from calls that failed'
            cand --succeeded-only 'Build the policy only from calls that succeeded'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; given twice, show each call'
            cand --verbose 'Say more; given twice, show each call'
            cand --allow-remote 'Let other machines report calls and use the proxy; required for a --host or --bind-addr outside loopback'
            cand --soft 'Refuse nothing: say what would be refused and, at the end, what the policy lacks; exit code 3 if it lacks something'
            cand --set-ini 'Direct programs here through AWS''s configuration file (~/.aws/config, AWS_CONFIG_FILE) while listening'
            cand --background 'Listen in the background: print the process id and return once it listens'
            cand --force-wildcard-resource 'Give every statement the resource *'
            cand --debug 'Print each request that the proxy records, without secrets or bodies'
            cand --detached 'We are the process in the background'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;policy'= {
            cand -o 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --resources 'How resources are generalised [default: grouped above --group-over]'
            cand --group-over 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type'
            cand --generated 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --principal 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)'
            cand --per-principal 'Write a policy for each principal into this directory; without -o, only those'
            cand --hints 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed'
            cand --account-id 'Account id for resources of calls whose account is not known (12 digits)'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --force 'Replace the file of -o even if it is not a policy'
            cand --sid 'Name each statement after its service and purpose (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Build the policy only from calls that failed'
            cand --succeeded-only 'Build the policy only from calls that succeeded'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; given twice, show each call'
            cand --verbose 'Say more; given twice, show each call'
            cand --stable 'Take each recording as a run of the same program: what differs between them becomes a pattern that they share'
            cand --strict 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;explain'= {
            cand --action 'Explain only the actions of recordings that match this, with * and ? (repeatable)'
            cand --enforce 'Explain of each recorded call whether this policy allows it, and why (repeatable; they unite)'
            cand --boundary 'The permissions boundary of the user or the role'
            cand --session-policy 'A policy that the session was made with; several unite (repeatable)'
            cand --scp 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow'
            cand --rcp 'The resource control policies of one level, as --scp has them; they hold for the account of the resource'
            cand --endpoint-policy 'The policy of the VPC endpoint that requests go through'
            cand --resource-policy 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)'
            cand --management-account 'The organization''s management account, which --scp and --rcp spare (12 digits)'
            cand --context 'With --enforce, a condition key of the requests and its value (repeatable); without `=`, they do not have it'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --json 'Print JSON'
            cand --strict 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;check'= {
            cand --policy 'The policy, or one of several that are attached to one identity (repeatable)'
            cand --context 'A condition key of the requests and its value (repeatable); without `=`, they do not have it'
            cand --sarif 'Write the result as SARIF, for code scanning'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --principal 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)'
            cand --account-id 'Account id for resources of calls whose account is not known (12 digits)'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --unused 'Exit with code 4 when a statement, action or resource of the policy was not used'
            cand --allow-undecided 'Accept what depends on condition keys that are not known'
            cand --json 'Print the result as JSON'
            cand --drop-unseen 'Also call unused what CloudTrail''s events cannot have shown, such as data events that the trail does not log'
            cand --allow-incomplete 'Accept a recording whose last line is cut off, as after a kill; without this, the exit code is 3'
            cand --strict 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;simulate'= {
            cand --policy 'A policy of the identity; several unite (repeatable)'
            cand --boundary 'The permissions boundary of the user or the role'
            cand --session-policy 'A policy that the session was made with; several unite (repeatable)'
            cand --scp 'The service control policies of one level: files with commas between, or a directory of .json files; they unite. Repeat it for each level (root, unit, account), all of which must allow'
            cand --rcp 'The resource control policies of one level, as --scp has them; they hold for the account of the resource'
            cand --endpoint-policy 'The policy of the VPC endpoint that requests go through'
            cand --resource-policy 'The policy of a bucket, queue, topic, key, secret or function, which its statements name; or that of the resource ARN, such as the trust policy of a role (repeatable)'
            cand --management-account 'The organization''s management account, which --scp and --rcp spare (12 digits)'
            cand --principal 'Who asks: the ARN of a user, a role, a session or an account''s root, a service (lambda.amazonaws.com), or anonymous'
            cand --account-id 'Account of the resources whose ARN does not say it and, without --principal, of who asks (12 digits)'
            cand --context 'A condition key of the request and its value (repeatable); without `=`, it does not have the key. What is not given is not known'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --allow-undecided 'Accept what depends on condition keys that are not known'
            cand --json 'Print the result as JSON'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;prune'= {
            cand --policy 'The policy to cut down'
            cand -o 'Write the policy to this file, which may be the same [default: standard output]'
            cand --output-file 'Write the policy to this file, which may be the same [default: standard output]'
            cand --context 'A condition key of the requests and its value (repeatable); without `=`, they do not have it'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --principal 'Take only the calls of this role or user into account: an ARN, or the id of an access key, with * and ? (repeatable)'
            cand --account-id 'Account id for resources of calls whose account is not known (12 digits)'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --force 'Replace the file of -o even if it is not a policy'
            cand --keep-resources 'Leave resource patterns as wide as they are; remove only those that nothing used'
            cand --drop-unseen 'Also remove what CloudTrail''s events cannot have shown, such as data events that the trail does not log'
            cand --allow-incomplete 'Accept a recording whose last line is cut off, as after a kill'
            cand -q 'Do not list what was removed'
            cand --quiet 'Do not list what was removed'
            cand --strict 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;diff'= {
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --json 'Print the result as JSON'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;summarize'= {
            cand -o 'Write the summary to this file [default: standard output]'
            cand --output-file 'Write the summary to this file [default: standard output]'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --force 'Replace the file of -o even if it is not a recording'
            cand -q 'Say nothing but errors and warnings'
            cand --quiet 'Say nothing but errors and warnings'
            cand --strict 'Stop at the first event of CloudTrail''s, or file of them, that is damaged, instead of passing it over'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;ca'= {
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand rotate 'Replace it with a new one; the old one should no longer be trusted'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;ca;rotate'= {
            cand --intercept 'More hosts that it may vouch for (repeatable)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;ca;help'= {
            cand rotate 'Replace it with a new one; the old one should no longer be trusted'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;ca;help;rotate'= {
        }
        &'leastwise;ca;help;help'= {
        }
        &'leastwise;config'= {
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;demo'= {
            cand -o 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file, kept current while recording [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --resources 'How resources are generalised [default: grouped above --group-over]'
            cand --group-over 'Most resources of one type, account and region that an action keeps; more become prefixes, or else the type'
            cand --generated 'What stands in the policy for resources that AWS named in this run, and for names made of a hash, a UUID or a time: the next run has others'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --anonymous 'How to treat calls made without IAM credentials, to which no policy of the caller applies: public objects, AssumeRoleWithWebIdentity, bearer tokens of other kinds'
            cand --principal 'Build the policy only from the calls of this role or user: an ARN, or the id of an access key, with * and ? (repeatable)'
            cand --per-principal 'Write a policy for each principal into this directory; without -o, only those'
            cand --hints 'Say at the end what the policy cannot do yet: destroy what was created, update it, go on after an operation that only failed'
            cand --record 'Append each call to this recording (JSON lines)'
            cand --append 'Add each call to this recording, as --record does, and write the policy of all calls in it: those of earlier runs, too'
            cand --possible 'Actions that a call may need, where the request itself cannot be seen'
            cand --account-id 'Account id for resources (12 digits) [default: taken from the calls]'
            cand --rules 'Correct what calls need with this rules file, SERVICE.toml, or a folder of such files (repeatable)'
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --force 'Replace the file of -o even if it is not a policy'
            cand --sid 'Name each statement after its service and purpose (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order in which they were first seen'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Build the policy only from calls that failed'
            cand --succeeded-only 'Build the policy only from calls that succeeded'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; given twice, show each call'
            cand --verbose 'Say more; given twice, show each call'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;completions'= {
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;man'= {
            cand --config 'Take settings from this file instead of leastwise.toml in the working directory'
            cand --no-config 'Ignore leastwise.toml in the working directory'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;help'= {
            cand run 'Run a command, record its AWS calls and write its policy'
            cand listen 'Record the AWS calls of programs in other shells'
            cand policy 'Rebuild a policy from recordings, and merge them'
            cand explain 'Explain what a policy contains, or what is known about an operation, an action or a service'
            cand check 'Check whether a policy allows what was recorded, and which parts of it nothing used'
            cand simulate 'Ask policies of all kinds whether they allow a request, and why'
            cand prune 'Cut a policy down to what was used'
            cand diff 'Show what two policies allow differently'
            cand summarize 'Reduce recordings and CloudTrail''s events to each distinct call, with how often and when it was made'
            cand ca 'Show or renew the certificate authority that `listen` intercepts with'
            cand config 'Show the settings that are in force, and where they come from'
            cand demo 'See it at work: play a small deploy, without AWS and without an account'
            cand completions 'Print the completions of a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;help;run'= {
        }
        &'leastwise;help;listen'= {
        }
        &'leastwise;help;policy'= {
        }
        &'leastwise;help;explain'= {
        }
        &'leastwise;help;check'= {
        }
        &'leastwise;help;simulate'= {
        }
        &'leastwise;help;prune'= {
        }
        &'leastwise;help;diff'= {
        }
        &'leastwise;help;summarize'= {
        }
        &'leastwise;help;ca'= {
            cand rotate 'Replace it with a new one; the old one should no longer be trusted'
        }
        &'leastwise;help;ca;rotate'= {
        }
        &'leastwise;help;config'= {
        }
        &'leastwise;help;demo'= {
        }
        &'leastwise;help;completions'= {
        }
        &'leastwise;help;man'= {
        }
        &'leastwise;help;help'= {
        }
    ]
    $completions[$command]
}
