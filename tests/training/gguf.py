"""Writes a trained model as GGUF.

Usage: gguf.py WEIGHTS_DIRECTORY FILE [--type q8_0|f16|f32]
WEIGHTS_DIRECTORY is what train.py wrote. Layout and keys: the GGUF specification, version 3; tensors of llama.cpp's gpt-oss (src/models/openai-moe.cpp of v0.5.0).
"""

import argparse
import struct
from pathlib import Path

import numpy

from tokens import SIGNS, Tokens, shown
from train import read

U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
TYPES = {"f32": 0, "f16": 1, "q8_0": 8}
ALIGNMENT = 32


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, kind: int, value) -> bytes:
    head = text(key) + struct.pack("<I", kind)
    if kind == STRING:
        return head + text(value)
    if kind == ARRAY:
        of, items = value
        body = b"".join(map(text, items)) if of == STRING else struct.pack(f"<{len(items)}i", *items)
        return head + struct.pack("<IQ", of, len(items)) + body
    return head + struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], value)


def packed(array: numpy.ndarray, kind: str) -> bytes:
    """Q8_0: blocks of 32 numbers, each a float16 scale and 32 bytes (ggml/src/ggml-quants.c)."""
    if kind == "f32":
        return array.astype("<f4").tobytes()
    if kind == "f16":
        return array.astype("<f2").tobytes()
    blocks = array.astype(numpy.float32).reshape(-1, 32)
    scale = numpy.abs(blocks).max(1, keepdims=True) / 127
    whole = numpy.round(blocks / numpy.where(scale == 0, 1, scale)).astype(numpy.int8)
    return numpy.concatenate([scale.astype("<f2").view(numpy.uint8), whole.view(numpy.uint8)], 1).tobytes()


def tensors(model):
    """Names, numbers, and whether they are quantised."""
    state = {name: t.numpy() for name, t in model.state_dict().items()}
    yield "token_embd.weight", state["embedding.weight"], True
    for i in range(model.s.layers):
        here, there = f"blocks.{i}.", f"blk.{i}."
        yield there + "attn_norm.weight", state[here + "attention_norm.weight"], False
        for ours, theirs in (("q", "q"), ("k", "k"), ("v", "v"), ("out", "output")):
            yield f"{there}attn_{theirs}.weight", state[f"{here}attention.{ours}.weight"], True
            yield f"{there}attn_{theirs}.bias", state[f"{here}attention.{ours}.bias"], False
        yield there + "attn_sinks.weight", state[here + "attention.sinks"], False
        yield there + "post_attention_norm.weight", state[here + "experts_norm.weight"], False
        yield there + "ffn_gate_inp.weight", state[here + "experts.router.weight"], False
        yield there + "ffn_gate_inp.bias", state[here + "experts.router.bias"], False
        for name in ("gate", "up", "down"):
            yield f"{there}ffn_{name}_exps.weight", state[f"{here}experts.{name}"], True
            yield f"{there}ffn_{name}_exps.bias", state[f"{here}experts.{name}_bias"], False
    yield "output_norm.weight", state["norm.weight"], False
    yield "output.weight", state["output.weight"], True


def write(model, tokens: Tokens, path: Path, kind: str, name: str) -> None:
    s, arch = model.s, "gpt-oss."
    keys = [
        pair("general.architecture", STRING, "gpt-oss"),
        pair("general.name", STRING, name),
        pair("general.license", STRING, "see the model card"),
        pair("general.file_type", U32, {"f32": 0, "f16": 1, "q8_0": 7}[kind]),
        pair(arch + "context_length", U32, s.context),
        pair(arch + "embedding_length", U32, s.width),
        pair(arch + "block_count", U32, s.layers),
        pair(arch + "feed_forward_length", U32, s.hidden),
        pair(arch + "expert_feed_forward_length", U32, s.hidden),
        pair(arch + "expert_count", U32, s.experts),
        pair(arch + "expert_used_count", U32, s.used),
        pair(arch + "attention.head_count", U32, s.heads),
        pair(arch + "attention.head_count_kv", U32, s.kv_heads),
        pair(arch + "attention.key_length", U32, s.head),
        pair(arch + "attention.value_length", U32, s.head),
        pair(arch + "attention.layer_norm_rms_epsilon", F32, s.epsilon),
        pair(arch + "attention.sliding_window", U32, s.window),
        pair(arch + "rope.freq_base", F32, s.rope_base),
        pair("tokenizer.ggml.model", STRING, "gpt2"),
        pair("tokenizer.ggml.pre", STRING, "gpt-4o"),
        pair("tokenizer.ggml.tokens", ARRAY, (STRING, [*map(shown, tokens.pieces), *SIGNS])),
        pair("tokenizer.ggml.merges", ARRAY, (STRING, [f"{shown(a)} {shown(b)}" for a, b in tokens.merges])),
        pair("tokenizer.ggml.token_type", ARRAY, (I32, [1] * len(tokens.pieces) + [3] * len(SIGNS))),
        pair("tokenizer.ggml.bos_token_id", U32, tokens.signs["<|startoftext|>"]),
        pair("tokenizer.ggml.eos_token_id", U32, tokens.signs["<|return|>"]),
        pair("tokenizer.ggml.padding_token_id", U32, tokens.signs["<|endoftext|>"]),
        pair("tokenizer.ggml.add_bos_token", BOOL, False),
    ]
    infos, data, count = b"", b"", 0
    for tensor, array, quantised in tensors(model):
        of = kind if quantised else "f32"
        body = packed(array, of)
        infos += text(tensor) + struct.pack("<I", array.ndim) + struct.pack(f"<{array.ndim}Q", *reversed(array.shape)) + struct.pack("<IQ", TYPES[of], len(data))
        data += body + bytes(-len(body) % ALIGNMENT)
        count += 1
    head = b"GGUF" + struct.pack("<IQQ", 3, count, len(keys)) + b"".join(keys) + infos
    path.write_bytes(head + bytes(-len(head) % ALIGNMENT) + data)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--type", choices=TYPES, default="q8_0")
    parser.add_argument("--name", default="edgebox-mini")
    a = parser.parse_args()
    write(read(a.weights), Tokens.load(a.weights / "merges.json"), a.file, a.type, a.name)


if __name__ == "__main__":
    main()
