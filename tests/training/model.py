"""A small gpt-oss, as llama.cpp runs it (src/models/openai-moe.cpp of v0.5.0): experts, attention sinks, a sliding window in every other layer."""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Shape:
    """Extents of the model."""

    vocabulary: int
    layers: int = 8
    width: int = 384
    heads: int = 6
    kv_heads: int = 2
    head: int = 64
    experts: int = 8
    used: int = 2
    hidden: int = 256
    window: int = 128
    context: int = 1024
    rope_base: float = 150000.0
    epsilon: float = 1e-5
    dropout: float = 0.05

    def facts(self) -> dict:
        return asdict(self)


class Norm(nn.Module):
    """Root mean square norm, in float32."""

    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight).to(x.dtype)


def rotated(x, cos, sin):
    """Rotary positions, halves (NEOX)."""
    a, b = x.float().chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(x.dtype)


class Attention(nn.Module):
    """Grouped-query attention with a learnt sink for each head."""

    def __init__(self, s: Shape):
        super().__init__()
        self.s = s
        self.q = nn.Linear(s.width, s.heads * s.head)
        self.k = nn.Linear(s.width, s.kv_heads * s.head)
        self.v = nn.Linear(s.width, s.kv_heads * s.head)
        self.out = nn.Linear(s.heads * s.head, s.width)
        self.sinks = nn.Parameter(torch.zeros(s.heads))

    def forward(self, x, cos, sin, mask):
        s, (rows, length, _) = self.s, x.shape
        q = rotated(self.q(x).view(rows, length, s.heads, s.head).transpose(1, 2), cos, sin)
        k = rotated(self.k(x).view(rows, length, s.kv_heads, s.head).transpose(1, 2), cos, sin)
        v = self.v(x).view(rows, length, s.kv_heads, s.head).transpose(1, 2)
        k = k.repeat_interleave(s.heads // s.kv_heads, 1)
        v = v.repeat_interleave(s.heads // s.kv_heads, 1)
        scores = (q @ k.transpose(-1, -2)).float() * s.head ** -0.5
        scores = scores.masked_fill(~mask, float("-inf"))
        # The sink takes its share of the attention and gives nothing.
        sink = self.sinks.float().view(1, -1, 1, 1)
        most = torch.maximum(scores.amax(-1, keepdim=True), sink).detach()
        weights = torch.exp(scores - most)
        weights = weights / (weights.sum(-1, keepdim=True) + torch.exp(sink - most))
        return self.out((weights.to(v.dtype) @ v).transpose(1, 2).reshape(rows, length, -1))


class Experts(nn.Module):
    """A router and experts. All of them are computed, which on a GPU costs less than choosing; those that were not chosen weigh nothing."""

    def __init__(self, s: Shape):
        super().__init__()
        self.s = s
        self.router = nn.Linear(s.width, s.experts)
        self.gate = nn.Parameter(torch.randn(s.experts, s.hidden, s.width) * s.width ** -0.5)
        self.up = nn.Parameter(torch.randn(s.experts, s.hidden, s.width) * s.width ** -0.5)
        self.down = nn.Parameter(torch.randn(s.experts, s.width, s.hidden) * (s.hidden * s.layers) ** -0.5)
        self.gate_bias = nn.Parameter(torch.zeros(s.experts, s.hidden))
        self.up_bias = nn.Parameter(torch.zeros(s.experts, s.hidden))
        self.down_bias = nn.Parameter(torch.zeros(s.experts, s.width))

    def forward(self, x):
        s = self.s
        flat = x.reshape(-1, s.width)
        with torch.autocast(x.device.type, enabled=False):
            told = F.linear(flat.float(), self.router.weight.float(), self.router.bias.float())
        best, chosen = told.topk(s.used, -1)
        shares = torch.zeros_like(told).scatter(-1, chosen, best.softmax(-1))
        # Every expert is to be used as much as any other (Switch Transformer, equation 4).
        often = (shares > 0).float().mean(0) / s.used
        balance = s.experts * (often * told.softmax(-1).mean(0)).sum()
        gate = F.linear(flat, self.gate.flatten(0, 1), self.gate_bias.flatten())
        up = F.linear(flat, self.up.flatten(0, 1), self.up_bias.flatten())
        gate, up = gate.clamp(max=7.0), up.clamp(-7.0, 7.0)
        hidden = gate * torch.sigmoid(1.702 * gate) * (up + 1)
        weighed = hidden.view(-1, s.experts, s.hidden) * shares.to(hidden.dtype).unsqueeze(-1)
        down = self.down.permute(0, 2, 1).reshape(-1, s.width)
        made = weighed.flatten(1) @ down.to(weighed.dtype) + shares.to(weighed.dtype) @ self.down_bias.to(weighed.dtype)
        return made.view_as(x), balance


class Block(nn.Module):
    """One layer."""

    def __init__(self, s: Shape, slides: bool):
        super().__init__()
        self.slides = slides
        self.attention_norm = Norm(s.width, s.epsilon)
        self.attention = Attention(s)
        self.experts_norm = Norm(s.width, s.epsilon)
        self.experts = Experts(s)
        self.dropout = nn.Dropout(s.dropout)

    def forward(self, x, cos, sin, everything, window):
        x = x + self.dropout(self.attention(self.attention_norm(x), cos, sin, window if self.slides else everything))
        made, balance = self.experts(self.experts_norm(x))
        return x + self.dropout(made), balance


class Model(nn.Module):
    """The whole."""

    def __init__(self, s: Shape):
        super().__init__()
        self.s = s
        self.embedding = nn.Embedding(s.vocabulary, s.width)
        self.blocks = nn.ModuleList(Block(s, slides=i % 2 == 0) for i in range(s.layers))
        self.norm = Norm(s.width, s.epsilon)
        self.output = nn.Linear(s.width, s.vocabulary, bias=False)
        self.dropout = nn.Dropout(s.dropout)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2 and ".experts." not in name:
                scale = (s.width * 2 * s.layers) ** -0.5 if name.endswith("out.weight") else 1.0 if name == "embedding.weight" else s.width ** -0.5
                nn.init.normal_(parameter, std=scale)
        angles = torch.arange(s.context).float()[:, None] * s.rope_base ** (-torch.arange(0, s.head, 2).float() / s.head)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, tokens, places, documents, where=None):
        """
        tokens, places, documents: rows × length; places count from the beginning of each document of a row.
        where: numbers of the positions, counted through all rows, of which logits are wanted; all if None. Returns logits and the balance of the experts.
        """
        step = torch.arange(tokens.shape[1], device=tokens.device)
        behind = step[:, None] - step[None, :]
        same = (documents[:, :, None] == documents[:, None, :]) & (behind >= 0)
        window = (same & (behind < self.s.window)).unsqueeze(1)
        everything = same.unsqueeze(1)
        x = self.dropout(self.embedding(tokens))
        cos, sin = self.cos[places].unsqueeze(1), self.sin[places].unsqueeze(1)
        balance = 0.0
        for block in self.blocks:
            x, one = block(x, cos, sin, everything, window)
            balance = balance + one / self.s.layers
        x = self.norm(x).flatten(0, 1)
        if where is not None:
            x = x[where]
        return self.output(x).float(), balance
