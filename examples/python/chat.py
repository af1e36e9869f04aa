#!/usr/bin/python3
"""Asks an EdgeBox one question and prints the answer as it comes.

sh examples/python/generate.sh
python3 examples/python/chat.py https://HOST:8443 CREDENTIALS_DIR "PROMPT"

Needs Debian's python3-grpcio and python3-protobuf.
"""
import pathlib
import sys
import urllib.parse

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).parent / "stubs"))
try:
    import refusal_pb2
    from edgebox.v1 import inference_pb2, inference_pb2_grpc
except ModuleNotFoundError as missing:
    sys.exit(f"{missing}. Generate the stubs first: sh examples/python/generate.sh")


def channel(endpoint: str, directory: pathlib.Path) -> grpc.Channel:
    """The directory is what `edgeboxctl access issue NAME --role client --out DIR` wrote: NAME.crt, NAME.key and ca.crt."""
    certificate = next(f for f in directory.glob("*.crt") if f.name != "ca.crt")
    credentials = grpc.ssl_channel_credentials(
        root_certificates=(directory / "ca.crt").read_bytes(),
        private_key=certificate.with_suffix(".key").read_bytes(),
        certificate_chain=certificate.read_bytes(),
    )
    # The box is on this network; a proxy from the environment would not find it.
    return grpc.secure_channel(urllib.parse.urlsplit(endpoint).netloc, credentials, options=[("grpc.enable_http_proxy", 0)])


def reason(error: grpc.RpcError) -> str:
    """Every refusal carries a reason to branch on, words for people, and facts."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in refusal_pb2.Status.FromString(value).details:
                if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                    return refusal_pb2.ErrorInfo.FromString(detail.value).reason
    return error.code().name


def main() -> int:
    if len(sys.argv) != 4:
        print("usage: chat.py https://HOST:8443 CREDENTIALS_DIR PROMPT", file=sys.stderr)
        return 2
    endpoint, directory, prompt = sys.argv[1:]
    question = inference_pb2.ChatMessage(role=inference_pb2.CHAT_ROLE_USER, parts=[inference_pb2.ContentPart(text=prompt)])
    with channel(endpoint, pathlib.Path(directory)) as connection:
        # No model is named: the box takes the only one that is loaded. answer.cancel() would stop it and free the box for others.
        answer = inference_pb2_grpc.InferenceServiceStub(connection).Chat(inference_pb2.ChatRequest(messages=[question]))
        try:
            for response in answer:
                if response.WhichOneof("event") == "delta" and response.delta.channel != inference_pb2.CHANNEL_REASONING:
                    print(response.delta.text, end="", flush=True)
            print()
            return 0
        except grpc.RpcError as error:
            print(f"{reason(error)}: {error.details()}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
