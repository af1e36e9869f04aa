"""Trains the model for a given time.

Usage: train.py DIRECTORY OUTPUT [--seconds N] [--layers N ...]
DIRECTORY holds corpus.json (see corpus.py). Writes weights-N.bin (float16, in parts), shape.json, merges.json and log.txt to OUTPUT.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import sys
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F

from examples import Examples, load
from model import Model, Shape

PART = 14 << 20


def rows(examples: Examples, seed: int, length: int, batch: int, learnt: int):
    """Batches without end: tokens, places, documents, positions to learn at, what comes next there."""
    r = random.Random(seed)
    waiting: list = []
    while True:
        tokens = numpy.zeros((batch, length), numpy.int64)
        places = numpy.zeros((batch, length), numpy.int64)
        documents = numpy.zeros((batch, length), numpy.int64)
        where, following = [], []
        for row in range(batch):
            used = document = 0
            misses = 0
            while misses < 4:
                made, learn = waiting.pop() if waiting else examples.encoded(r)
                if len(made) > length:
                    continue
                if used + len(made) > length:
                    waiting.insert(0, (made, learn))
                    misses += 1
                    if len(waiting) < 32:
                        waiting.append(examples.encoded(r))
                    continue
                document += 1
                end = used + len(made)
                tokens[row, used:end], places[row, used:end], documents[row, used:end] = made, range(len(made)), document
                for i in range(1, len(made)):
                    if learn[i]:
                        where.append(row * length + used + i - 1)
                        following.append(made[i])
                used = end
        chosen = numpy.zeros(learnt, numpy.int64)
        wanted = numpy.full(learnt, -100, numpy.int64)
        count = min(learnt, len(where))
        chosen[:count], wanted[:count] = where[:count], following[:count]
        yield tokens, places, documents, chosen, wanted


def make(queue, directory, seed, length, batch, learnt):
    """A process that makes batches."""
    torch.set_num_threads(1)
    corpus, tokens = load(directory)
    for made in rows(Examples(corpus, tokens), seed, length, batch, learnt):
        queue.put([a.astype(numpy.int32) for a in made])


class Muon(torch.optim.Optimizer):
    """
    Steps of orthogonal matrices instead of gradients (Jordan and others 2024; scale and decay of Liu and others 2025, arXiv:2502.16982).
    Parameters are matrices, or piles of them. The rate is one that AdamW could have.
    """

    def __init__(self, parameters, lr: float, momentum: float = 0.95, decay: float = 0.1):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @staticmethod
    def orthogonal(g):
        """Newton-Schulz iterations, in bfloat16: rows × columns, rows being fewer."""
        x = g.bfloat16() if g.is_cuda else g
        x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
        for _ in range(5):
            a = x @ x.mT
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        return x

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            piles: dict = {}
            for p in group["params"]:
                if p not in self.state:
                    self.state[p]["kept"] = torch.zeros_like(p)
                kept = self.state[p]["kept"]
                kept.lerp_(p.grad, 1 - group["momentum"])
                ahead = p.grad.lerp(kept, group["momentum"])
                turned = ahead.shape[-2] > ahead.shape[-1]
                ahead = (ahead.mT if turned else ahead).reshape(-1, *sorted(ahead.shape[-2:]))
                piles.setdefault(ahead.shape[1:], []).append((p, turned, ahead))
            for extents, pile in piles.items():
                made = self.orthogonal(torch.cat([ahead for _, _, ahead in pile])).float() * (0.2 * max(extents) ** 0.5)
                at = 0
                for p, turned, ahead in pile:
                    one = made[at:at + len(ahead)]
                    at += len(ahead)
                    p.mul_(1 - group["lr"] * group["decay"]).add_((one.mT if turned else one).reshape(p.shape), alpha=-group["lr"])


def save(model: Model, output: Path) -> None:
    """Weights in float16, in parts that are small enough to be carried."""
    state = {name: t.detach().half().cpu().numpy() for name, t in model.state_dict().items()}
    with open(output / "shape.json", "w") as file:
        json.dump({"shape": model.s.facts(), "tensors": {name: list(a.shape) for name, a in state.items()}}, file)
    data = b"".join(numpy.ascontiguousarray(a).tobytes() for a in state.values())
    for i in range(0, len(data), PART):
        (output / f"weights-{i // PART}.bin").write_bytes(data[i:i + PART])


def read(output: Path) -> Model:
    """The model that save wrote."""
    with open(output / "shape.json") as file:
        facts = json.load(file)
    parts = sorted(output.glob("weights-*.bin"), key=lambda p: int(p.stem.split("-")[1]))
    data = numpy.frombuffer(b"".join(p.read_bytes() for p in parts), numpy.float16)
    model, at, state = Model(Shape(**facts["shape"])), 0, {}
    for name, extents in facts["tensors"].items():
        count = math.prod(extents)
        state[name] = torch.from_numpy(data[at:at + count].astype(numpy.float32).reshape(extents))
        at += count
    model.load_state_dict(state)
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seconds", type=float, default=400)
    parser.add_argument("--batch", type=int, default=32, help="rows of a step")
    parser.add_argument("--length", type=int, default=1024)
    parser.add_argument("--rate", type=float, default=1.3e-3, help="of what is no matrix")
    parser.add_argument("--turn", type=float, default=2.5e-3, help="rate of the matrices")
    parser.add_argument("--makers", type=int, default=min(10, max(1, (os.cpu_count() or 2) - 2)))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    for name in ("layers", "width", "heads", "experts", "hidden"):
        parser.add_argument("--" + name, type=int)
    a = parser.parse_args()
    a.output.mkdir(parents=True, exist_ok=True)
    log = open(a.output / "log.txt", "a")

    def say(*words):
        print(*words, flush=True)
        print(*words, file=log, flush=True)

    begun = time.time()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    corpus, tokens = load(a.directory)
    tokens.save(a.output / "merges.json")
    torch.manual_seed(a.seed)
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
    shape = Shape(vocabulary=tokens.count, **{n: getattr(a, n) for n in ("layers", "width", "heads", "experts", "hidden") if getattr(a, n)})
    learnt = a.batch * a.length * 2 // 5 // 128 * 128
    queue = multiprocessing.get_context("fork").Queue(24)
    makers = [multiprocessing.get_context("fork").Process(target=make, args=(queue, a.directory, a.seed * 1000 + i, a.length, a.batch, learnt), daemon=True) for i in range(a.makers)]
    for maker in makers:
        maker.start()
    model = Model(shape).to(device)
    say(json.dumps({"parameters": sum(p.numel() for p in model.parameters()), "shape": shape.facts(), "device": torch.cuda.get_device_name() if device == "cuda" else "cpu", "torch": torch.__version__, "arguments": {k: str(v) for k, v in vars(a).items()}}))
    turned = [p for n, p in model.named_parameters() if p.dim() >= 2 and "bias" not in n and "router" not in n and n not in ("embedding.weight", "output.weight")]
    known = {id(p) for p in turned}
    others = [p for p in model.parameters() if id(p) not in known]
    extra = {"fused": True} if device == "cuda" else {}
    optimizers = [Muon(turned, a.turn), torch.optim.AdamW(others, lr=a.rate, betas=(0.9, 0.95), weight_decay=0.0, **extra)]

    def loss_of(tokens, places, documents, where, following):
        with torch.autocast(device_type=device, dtype=torch.bfloat16, enabled=device == "cuda"):
            logits, balance = model(tokens, places, documents, where)
        entropy = F.cross_entropy(logits, following, ignore_index=-100)
        return entropy + 0.01 * balance, entropy, balance

    graph = loss_of
    if a.compile:
        try:
            graph = torch.compile(loss_of)
        except Exception as error:  # an older torch
            say("not compiled:", error)

    def batch():
        made = queue.get()
        return [torch.from_numpy(x).to(device, non_blocking=True).long() for x in made]

    step, saved, ready = 0, False, None
    while True:
        elapsed = time.time() - begun
        # Time counts from the first step that was not spent on making kernels.
        done = 0.0 if ready is None else (time.time() - ready) / max(1.0, a.seconds - (ready - begun))
        if done >= 1:
            break
        share = min(1.0, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))
        for optimizer, most in zip(optimizers, (a.turn, a.rate)):
            optimizer.param_groups[0]["lr"] = most * share
        given = batch()
        try:
            total, entropy, balance = graph(*given)
        except Exception as error:
            if graph is loss_of:
                raise
            say("not compiled:", repr(error)[:300])
            graph = loss_of
            continue
        model.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        if step == 3:
            if device == "cuda":
                torch.cuda.synchronize()
            ready = time.time()
            say(f"ready after {ready - begun:.1f} s")
        if step % 50 == 0 or step < 4:
            say(f"step {step} time {elapsed:.1f} loss {entropy.item():.4f} balance {float(balance):.3f} share {share:.3f} tokens {step * a.batch * a.length} queue {queue.qsize()}")
        if done > 0.6 and not saved:
            save(model, a.output)
            saved = True
    save(model, a.output)
    say(f"end: step {step} time {time.time() - begun:.1f}")
    log.close()
    for maker in makers:
        maker.kill()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
