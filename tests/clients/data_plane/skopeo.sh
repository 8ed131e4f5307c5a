#!/usr/bin/env bash
# skopeo and ECR: an image of one layer is pushed, looked at and pulled.
set -euo pipefail

mkdir -p image/blobs/sha256 empty
tar -cf layer.tar -C empty .
put() { # FILE; prints its digest
  local sum
  sum=$(sha256sum "$1" | cut -d ' ' -f 1)
  cp "$1" "image/blobs/sha256/$sum"
  echo "$sum"
}
layer=$(put layer.tar)
echo '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:'"$layer"'"]}}' >config.json
config=$(put config.json)
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%d},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%d}]}' \
  "$config" "$(wc -c <config.json)" "$layer" "$(wc -c <layer.tar)" >manifest.json
manifest=$(put manifest.json)
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%d,"annotations":{"org.opencontainers.image.ref.name":"1.0"}}]}' \
  "$manifest" "$(wc -c <manifest.json)" >image/index.json
echo '{"imageLayoutVersion":"1.0.0"}' >image/oci-layout

registry=docker://123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1.0
skopeo() { command skopeo --insecure-policy "$@" >/dev/null; }
skopeo copy --dest-creds AWS:a-registry-token oci:image:1.0 "$registry"
skopeo inspect --creds AWS:a-registry-token "$registry"
skopeo copy --src-creds AWS:a-registry-token "$registry" dir:pulled
