
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
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand run 'Run a command, hear its AWS calls and write its policy'
            cand listen 'Hear the AWS calls of programs in other shells'
            cand policy 'Rebuild a policy from recordings, and merge them'
            cand check 'Say whether a policy allows what was recorded, and what of it nothing used'
            cand prune 'Cut a policy down to what was used'
            cand diff 'Say what two policies allow differently'
            cand ca 'Show or renew the certificate authority that `listen` intercepts with'
            cand demo 'Show it at work: a small deploy is played, without AWS and without an account'
            cand completions 'Print the completions of a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;run'= {
            cand -o 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --record 'Append each call to this recording (JSON lines)'
            cand --possible 'Actions that a call may need, where the request itself cannot be seen'
            cand --account-id 'Account id for resources (12 digits) [default: what the calls tell]'
            cand --mode 'What the calls are heard through'
            cand --upstream 'Send what goes to AWS to this stand-in (moto, LocalStack)'
            cand --upstream-ca 'Trust also the certificate authorities in this PEM file when connecting to upstreams'
            cand --upstream-proxy 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]'
            cand --intercept 'Record what goes to this host too, also through TLS (repeatable)'
            cand --check 'Hold this policy against the calls: 3 when it lacks something (repeatable)'
            cand --context 'A condition key of the requests, with a value (repeatable); without `=`, they do not have it'
            cand --sarif 'Write the result as SARIF, for code scanning'
            cand --sid 'Name each statement: the service and what is done (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order of first sight'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Let only calls that failed into the policy'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; twice: each call'
            cand --verbose 'Say more; twice: each call'
            cand --unused 'End with 4 when a statement, action or resource of the policy was not used'
            cand --allow-undecided 'Let what depends on condition keys that are not known pass'
            cand --view 'Show the policy live; for commands that do not need the terminal themselves'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;listen'= {
            cand -o 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --record 'Append each call to this recording (JSON lines)'
            cand --possible 'Actions that a call may need, where the request itself cannot be seen'
            cand --account-id 'Account id for resources (12 digits) [default: what the calls tell]'
            cand --mode 'What the calls are heard through'
            cand --host 'Address to listen on for client-side monitoring'
            cand --csm-port 'UDP port to listen on; 0 takes a free one'
            cand --bind-addr 'Address and port of the proxy; port 0 takes a free one'
            cand --upstream 'Send what goes to AWS to this stand-in (moto, LocalStack)'
            cand --upstream-ca 'Trust also the certificate authorities in this PEM file when connecting to upstreams'
            cand --upstream-proxy 'Reach upstreams through this proxy [default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY]'
            cand --intercept 'Record what goes to this host too, also through TLS (repeatable)'
            cand --sid 'Name each statement: the service and what is done (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order of first sight'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Let only calls that failed into the policy'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; twice: each call'
            cand --verbose 'Say more; twice: each call'
            cand --allow-remote 'Let other machines use the proxy, which a --bind-addr outside loopback needs'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;policy'= {
            cand -o 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --sid 'Name each statement: the service and what is done (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order of first sight'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Let only calls that failed into the policy'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; twice: each call'
            cand --verbose 'Say more; twice: each call'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;check'= {
            cand --policy 'The policy, or one of several that are attached to one identity (repeatable)'
            cand --context 'A condition key of the requests, with a value (repeatable); without `=`, they do not have it'
            cand --sarif 'Write the result as SARIF, for code scanning'
            cand --unused 'End with 4 when a statement, action or resource of the policy was not used'
            cand --allow-undecided 'Let what depends on condition keys that are not known pass'
            cand --json 'Print the result as JSON'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;prune'= {
            cand --policy 'The policy to cut down'
            cand -o 'Write the policy to this file, which may be the same [default: standard output]'
            cand --output-file 'Write the policy to this file, which may be the same [default: standard output]'
            cand --context 'A condition key of the requests, with a value (repeatable); without `=`, they do not have it'
            cand --keep-resources 'Leave resource patterns as wide as they are; only those that nothing used go'
            cand -q 'Do not list what went'
            cand --quiet 'Do not list what went'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;diff'= {
            cand --json 'Print the result as JSON'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;ca'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand rotate 'Make a new one in place of the old, which is to be trusted no more'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;ca;rotate'= {
            cand --intercept 'Further hosts that it may vouch for (repeatable)'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;ca;help'= {
            cand rotate 'Make a new one in place of the old, which is to be trusted no more'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'leastwise;ca;help;rotate'= {
        }
        &'leastwise;ca;help;help'= {
        }
        &'leastwise;demo'= {
            cand -o 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --output-file 'Write the policy to this file; a recording keeps it current meanwhile [default: standard output, at the end]'
            cand --format 'Format of the policy'
            cand --fit 'Make the policy fit IAM''s limits at the end: one that is too large is minimized, and split into managed policies'
            cand --record 'Append each call to this recording (JSON lines)'
            cand --possible 'Actions that a call may need, where the request itself cannot be seen'
            cand --account-id 'Account id for resources (12 digits) [default: what the calls tell]'
            cand --sid 'Name each statement: the service and what is done (`S3Read`)'
            cand --sort-alphabetical 'Sort statements, actions and resources instead of keeping the order of first sight'
            cand --minimize 'Shorten the policy: wildcards that stand for the listed actions and nothing else that AWS has today, and one statement for those that differ in the values of one condition'
            cand --fails-only 'Let only calls that failed into the policy'
            cand -q 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand --quiet 'Print nothing but the policy, errors, and warnings that it may be incomplete'
            cand -v 'Say more; twice: each call'
            cand --verbose 'Say more; twice: each call'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;man'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'leastwise;help'= {
            cand run 'Run a command, hear its AWS calls and write its policy'
            cand listen 'Hear the AWS calls of programs in other shells'
            cand policy 'Rebuild a policy from recordings, and merge them'
            cand check 'Say whether a policy allows what was recorded, and what of it nothing used'
            cand prune 'Cut a policy down to what was used'
            cand diff 'Say what two policies allow differently'
            cand ca 'Show or renew the certificate authority that `listen` intercepts with'
            cand demo 'Show it at work: a small deploy is played, without AWS and without an account'
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
        &'leastwise;help;check'= {
        }
        &'leastwise;help;prune'= {
        }
        &'leastwise;help;diff'= {
        }
        &'leastwise;help;ca'= {
            cand rotate 'Make a new one in place of the old, which is to be trusted no more'
        }
        &'leastwise;help;ca;rotate'= {
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
