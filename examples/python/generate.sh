#!/bin/sh
# Generates the Python stubs into examples/python/stubs/.
# Needs Debian's protobuf-compiler, protobuf-compiler-grpc and libprotobuf-dev (google/protobuf/*.proto).
# inference.proto needs only roles.proto beside it, so that the stubs are these two and the refusal's.
set -eu
cd "$(dirname "$0")"
mkdir -p stubs
protoc -I ../../proto -I .. -I /usr/include \
    --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" \
    --python_out=stubs --grpc_python_out=stubs \
    edgebox/v1/inference.proto edgebox/v1/roles.proto refusal.proto
