"""Draws the losses of a training run: curve.py LOG SVG. LOG is the log.txt of train.py."""

import re
import sys

WIDTH, HEIGHT, LEFT, BOTTOM, SMOOTH = 720, 320, 48, 28, 9


def main() -> None:
    found = [(int(m[1]), float(m[2])) for m in re.finditer(r"step (\d+) time \S+ loss (\S+)", open(sys.argv[1]).read())]
    steps = [s for s, _ in found]
    losses = [sum(l for _, l in found[max(0, i - SMOOTH):i + 1]) / len(found[max(0, i - SMOOTH):i + 1]) for i in range(len(found))]
    top = 2.0
    at = " ".join(f"{LEFT + s / steps[-1] * (WIDTH - LEFT - 12):.1f},{HEIGHT - BOTTOM - min(l, top) / top * (HEIGHT - BOTTOM - 12):.1f}" for s, l in zip(steps, losses))
    marks = "".join(
        f'<text x="{LEFT - 6}" y="{HEIGHT - BOTTOM - v / top * (HEIGHT - BOTTOM - 12) + 4:.0f}" text-anchor="end">{v:g}</text>'
        f'<line x1="{LEFT}" x2="{WIDTH - 12}" y1="{HEIGHT - BOTTOM - v / top * (HEIGHT - BOTTOM - 12):.1f}" y2="{HEIGHT - BOTTOM - v / top * (HEIGHT - BOTTOM - 12):.1f}" stroke="#ddd"/>'
        for v in (0, 0.5, 1, 1.5, 2))
    marks += "".join(f'<text x="{LEFT + s / steps[-1] * (WIDTH - LEFT - 12):.0f}" y="{HEIGHT - 8}" text-anchor="middle">{s}</text>' for s in range(0, steps[-1], 2000))
    with open(sys.argv[2], "w") as out:
        out.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11" fill="#333">'
                  f'<rect width="100%" height="100%" fill="white"/>{marks}<polyline points="{at}" fill="none" stroke="#06c" stroke-width="1.5"/>'
                  f'<text x="{WIDTH - 12}" y="16" text-anchor="end">cross entropy of a token, by step</text></svg>\n')


if __name__ == "__main__":
    main()
