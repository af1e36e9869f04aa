"""Writes what the training framework makes of some prompts, so that the engine can be held against it.

Usage: reference.py WEIGHTS_DIRECTORY CORPUS_DIRECTORY FILE
Each prompt: its text, its tokens (signs as they are in the text), and the ten largest logits behind its last token.
"""

import json
import random
import re
import sys
from pathlib import Path

import torch

from examples import Examples, load
from tokens import SIGNS, Tokens
from train import read


def spelt(tokens: Tokens, numbers) -> str:
    data, texts = b"", []
    for n in numbers:
        if n < len(tokens.pieces):
            data += tokens.pieces[n]
        else:
            texts += [data.decode(), SIGNS[n - len(tokens.pieces)]]
            data = b""
    return "".join([*texts, data.decode()])


def main() -> None:
    weights, directory, file = map(Path, sys.argv[1:])
    model, tokens = read(weights), Tokens.load(weights / "merges.json")
    corpus, _ = load(directory)
    examples, r, cases = Examples(corpus, tokens, "test"), random.Random(7), []
    with torch.no_grad():
        while len(cases) < 24:
            made, learnt = examples.encoded(r)
            made = made[:learnt.index(1) + r.randrange(3, 40)]
            try:
                text = spelt(tokens, made)
            except UnicodeDecodeError:
                continue
            again = [n for part in re.split("(" + "|".join(map(re.escape, SIGNS)) + ")", text) if part for n in ([tokens.signs[part]] if part in tokens.signs else tokens.encode(part))]
            if again != made:
                continue
            given = torch.tensor([made])
            logits, _ = model(given, torch.arange(len(made))[None], torch.zeros_like(given), torch.tensor([len(made) - 1]))
            best = logits[0].topk(10)
            cases.append({"text": text, "tokens": made, "top": [[int(i), round(float(v), 4)] for v, i in zip(*best)]})
    with file.open("w") as out:
        json.dump(cases, out, ensure_ascii=False, separators=(",", ":"))
        out.write("\n")


if __name__ == "__main__":
    main()
