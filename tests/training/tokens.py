"""A byte-level vocabulary in which every character of the corpus is a token, as are common pieces of English words; bytes are the fallback."""

import json
from collections import Counter
from functools import lru_cache

import regex

# How llama.cpp cuts texts for vocabularies that say "gpt-4o" (src/llama-vocab.cpp of v0.5.0).
CUT = regex.compile(
    r"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?"
    r"|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SIGNS = ["<|startoftext|>", "<|endoftext|>", "<|return|>", "<|constrain|>", "<|channel|>", "<|start|>", "<|end|>", "<|message|>", "<|call|>"]


def byte_text(value: int) -> str:
    """The character that stands for a byte in GPT-2's vocabulary."""
    printable = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b]
    if value in printable:
        return chr(value)
    return chr(256 + sum(b not in printable for b in range(value)))


BYTE_TEXT = [byte_text(b) for b in range(256)]


def shown(data: bytes) -> str:
    return "".join(BYTE_TEXT[b] for b in data)


class Tokens:
    """Texts to tokens and back."""

    def __init__(self, merges: list[tuple[bytes, bytes]]):
        self.merges = merges
        # Two merges may make the same piece.
        self.pieces = list(dict.fromkeys([bytes([b]) for b in range(256)] + [a + b for a, b in merges]))
        self.ids = {piece: i for i, piece in enumerate(self.pieces)}
        self.ranks = {pair: i for i, pair in enumerate(merges)}
        self.signs = {sign: len(self.pieces) + i for i, sign in enumerate(SIGNS)}
        self.count = len(self.pieces) + len(SIGNS)
        self.word = lru_cache(1 << 17)(self._word)
        self.character = lru_cache(1 << 15)(self._word)

    def _word(self, text: str) -> tuple[int, ...]:
        parts = [bytes([b]) for b in text.encode()]
        while len(parts) > 1:
            rank, at = min((self.ranks.get((a, b), 1 << 30), i) for i, (a, b) in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return tuple(self.ids[p] for p in parts)

    def encode(self, text: str) -> list[int]:
        """Tokens of a plain text. Merges join letters of ASCII, or bytes of one character: what is not ASCII is looked up character by character."""
        made: list[int] = []
        for match in CUT.finditer(text):
            piece = match.group()
            if piece.isascii():
                made += self.word(piece)
                continue
            for run in regex.findall(r"[\x00-\x7f]+|[^\x00-\x7f]", piece):
                made += self.word(run) if run.isascii() else self.character(run)
        return made

    def decode(self, tokens) -> str:
        return b"".join(self.pieces[t] for t in tokens if t < len(self.pieces)).decode("utf-8", "replace")

    def save(self, path) -> None:
        with open(path, "w") as file:
            json.dump([[a.hex(), b.hex()] for a, b in self.merges], file)

    @staticmethod
    def load(path) -> "Tokens":
        with open(path) as file:
            return Tokens([(bytes.fromhex(a), bytes.fromhex(b)) for a, b in json.load(file)])


def character_merges(texts, least: int, always: str) -> list[tuple[bytes, bytes]]:
    """Merges that make a token of each character that occurs often enough."""
    counts = Counter(c for text in texts for c in text if ord(c) > 127)
    wanted = sorted({c for c, n in counts.items() if n >= least} | {c for c in always if ord(c) > 127})
    merges: dict[tuple[bytes, bytes], None] = {}
    for c in wanted:
        data = c.encode()
        for end in range(2, len(data) + 1):
            merges.setdefault((data[:end - 1], data[end - 1:end]))
    return list(merges)


def word_merges(texts, count: int) -> list[tuple[bytes, bytes]]:
    """Byte pair merges of English words."""
    words = Counter(match.group() for text in texts for match in CUT.finditer(text) if regex.fullmatch(r" ?[A-Za-z]+", match.group()))
    parts = {word: [bytes([b]) for b in word.encode()] for word in words}
    merges = []
    for _ in range(count):
        pairs: Counter = Counter()
        for word, n in words.items():
            for pair in zip(parts[word], parts[word][1:]):
                pairs[pair] += n
        if not pairs:
            break
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        for word, old in parts.items():
            new, i = [], 0
            while i < len(old):
                if i + 1 < len(old) and (old[i], old[i + 1]) == best:
                    new.append(old[i] + old[i + 1])
                    i += 2
                else:
                    new.append(old[i])
                    i += 1
            parts[word] = new
    return merges
