//! The exit codes.

/// The exit codes, as `--help` shows them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0      all went well
  1      the policy, the recording, the result of a check or whatever is printed
         could not be written, or the policy does not fit (--fit), or it has an
         ERROR or a SECURITY_WARNING (--validate); `try` left something behind
  2      wrong usage, or something that must be fixed before it can begin;
         `prune` also when a recording is cut off
  3      the policy of `check`, or of `run --check`, lacks something, or a
         recording is cut off; the policies of `diff` differ; a call passed that
         those of --enforce do not allow (with --soft, or since only its answer
         told); `simulate` finds something that is not allowed; `nearest` finds
         nothing that allows all; AWS, asked by `check`, decides otherwise, does
         not allow something or finds new access; `validate` finds an ERROR or a
         SECURITY_WARNING; AWS refuses what the policy of `try` lacks, and the
         command went well all the same
  4      with --unused: something of that policy was not used
  126    the command of `run` exists but cannot be executed
  127    the command of `run` was not found
  128+n  the command of `run` was ended by signal n
  Any other code is that of the command of `run`.
  Its failure takes precedence over 1, 3 and 4.";
