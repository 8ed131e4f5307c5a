#!/usr/bin/env bash
# Builds go_refused.go into FOLDER/go-refused, with the SDK that GOPATH has (Debian's golang-github-aws-aws-sdk-go-v2-dev). What it
# compiles stays in FOLDER, and the second time takes a moment. The SDK is not optimised: ec2 alone is work enough for a compiler. Go's own
# library is, as it is installed.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")"
# Its compiler collects what it no longer needs after less often: a fifth of its time, for a gigabyte more.
export GOGC=${GOGC:-300}
export GO111MODULE=off GOPATH=${GOPATH:-/usr/share/gocode} GOFLAGS= GOCACHE=$folder/cache
exec go build -gcflags='github.com/...=-N -l -dwarf=false' -ldflags='-s -w' -o "$folder/go-refused" go_refused.go
