#!/usr/bin/env bash
# Git and CodeCommit, with Git credentials of a user.
set -euo pipefail
export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=ann GIT_AUTHOR_EMAIL=ann@example.com
export GIT_COMMITTER_NAME=ann GIT_COMMITTER_EMAIL=ann@example.com

git clone --quiet "https://ann-at-123456789012:a-git-password@git-codecommit.eu-west-1.amazonaws.com/v1/repos/orders" orders
cd orders
echo hello >greeting
git add greeting
git commit --quiet -m greeting
git push --quiet origin HEAD:main
git fetch --quiet
