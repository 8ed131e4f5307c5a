#!/usr/bin/env bash
# Builds go_refused.go into FOLDER/go-refused, with the SDK that GOPATH has (Debian's golang-github-aws-aws-sdk-go-v2-dev). What it
# compiles stays in FOLDER, and the second time takes a moment. Nothing is optimised: the compiler has enough to do with ec2 as it is.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")"
export GO111MODULE=off GOPATH=${GOPATH:-/usr/share/gocode} GOFLAGS=-trimpath GOCACHE=$folder/cache
exec go build -gcflags='all=-N -l -dwarf=false' -ldflags='-s -w' -o "$folder/go-refused" go_refused.go
