#!/bin/sh
# Makes golden.json: the bytes that protoc gives for every .txtpb file beside this script, as hex, by file name.
# protoc comes from Debian's package protobuf-compiler. Run it again after a change to proto/avatar.proto or to a
# .txtpb file; it overwrites golden.json and touches nothing else.
set -eu
cd "$(dirname "$0")"
proto=../../../proto
command -v protoc >/dev/null || { echo 'protoc is missing: apt-get install protobuf-compiler' >&2; exit 1; }
new=golden.json.new
trap 'rm -f "$new" message.bin' EXIT
separator='{'
for text in *.txtpb; do
  protoc --proto_path="$proto" --encode=message.Message "$proto/avatar.proto" <"$text" >message.bin
  hex=$(od -An -v -tx1 message.bin | tr -d ' \n')
  printf '%s\n  "%s": "%s"' "$separator" "${text%.txtpb}" "$hex" >>"$new"
  separator=','
done
printf '\n}\n' >>"$new"
mv "$new" golden.json
