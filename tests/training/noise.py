"""Noise as it comes from the field: typing, scanning, bad fonts and careless copying. One function; every kind is as likely as any other that fits the text."""

import re

STRAY = ".,;:'\"-_*|·~`^!?()/"

# Letters that are taken for one another; both ways.
ALIKE = {
    "ug": ["ەھ", "ىي", "كک", "ەه", "ىی", "وۇ", "ۆو", "ۈۇ", "ۋو", "گك", "غع", "ېى", "ڭن", "چج", "خح", "ژز", "پب", "ھه"],
    "dz": ["ངད", "པབ", "པཔ", "ཅཙ", "ཆཚ", "ཇཛ", "་༌", "ིེ", "ིྀ", "ཏད", "གང", "བཔ", "ཁག", "ཨཡ", "ལའ", "ུྱ", "ཟཛ", "།༎"],
    "kk": ["әа", "қк", "ңн", "ғг", "өо", "ұу", "үу", "іi", "іи", "аa", "еe", "оo", "сc", "рp", "хx", "һх", "йи", "шщ"],
    "mn": ["өо", "үу", "аa", "еe", "оo", "сc", "рp", "хx", "ыи", "йи", "шщ", "өθ", "үv"],
    "zh": ["己已", "已巳", "未末", "日曰", "人入", "土士", "大太", "干千", "由甲", "甲申", "设没", "间问", "拔拨", "侯候", "折拆", "弦旋", "刺剌", "戍戌", "治冶", "木本", "令今", "天夫", "目自", "王玉", "力刀", "贝见",
           "白百", "的地", "在再", "做作", "象像", "帐账", "份分", "它他", "件仵", "选迭", "文交", "删册", "格恪", "按接", "项顶", "值直", "象向", "字子", "数教", "据剧", "列例", "框狂", "建健", "型形", "式试"],
    "my": ["ဝ၀", "ရ၇", "ုူ", "ိီ", "၊။", "့္", "်္", "ါာ", "ဉည", "ဒဓ", "ပဘ", "ခဂ", "ေော", "ွှ", "ျြ", "တထ", "နဏ"],
    "km": ["ិី", "ឹឺ", "ុូ", "េែ", "ែៃ", "ោៅ", "បប៉", "ដត", "ឌដ", "ណន", "ឡល", "ំះ", "្្", "់៉", "ទព"],
}
# Signs that go missing on the way: vowels, tshegs, carriers.
LOST = {"ug": "ئەىۇۆۈې", "dz": "་ིེོུྱྲླྭ", "kk": "ьъій", "mn": "ьъйэ", "zh": "的，。、", "my": "ါာိီုူေဲ့်္ျြွှ", "km": "ិីឹឺុូេែៃំះ់្"}


def pools(texts: dict) -> dict:
    """The letters that a wrong one is taken from, by how often they occur, for each language."""
    return {language: [c for text in many for c in text if c.isalnum() or ord(c) > 0x300] for language, many in texts.items()}


class Noise:
    """Makes errors."""

    def __init__(self, letters: dict):
        self._letters = letters
        self._alike = {}
        for language, sets in ALIKE.items():
            table = self._alike[language] = {}
            for pair in sets:
                a, b = pair[0], pair[1:]
                table.setdefault(a, []).append(b)
                if len(b) == 1:
                    table.setdefault(b, []).append(a)

    def spoil(self, text: str, language: str, random, rate: float = 0.06) -> str:
        """The text with one error at least."""
        count = 1 + sum(random.random() < rate for _ in text[1:])
        for _ in range(count):
            for _ in range(20):
                kind = random.choice(self.KINDS)
                made = kind(self, text, language, random)
                if made and made != text:
                    text = made
                    break
        return text

    def _dropped(self, t, language, r):
        i = r.randrange(len(t))
        return t[:i] + t[i + 1:] if len(t) > 2 else ""

    def _doubled(self, t, language, r):
        i = r.randrange(len(t))
        return t[:i] + t[i] + t[i:]

    def _swapped(self, t, language, r):
        if len(t) < 2:
            return ""
        i = r.randrange(len(t) - 1)
        return t[:i] + t[i + 1] + t[i] + t[i + 2:]

    def _wrong(self, t, language, r):
        i = r.randrange(len(t))
        return t[:i] + r.choice(self._letters[language]) + t[i + 1:] if t[i].isalpha() else ""

    def _alike_letter(self, t, language, r):
        table = self._alike[language]
        places = [i for i, c in enumerate(t) if c in table]
        if not places:
            return ""
        i = r.choice(places)
        return t[:i] + r.choice(table[t[i]]) + t[i + 1:]

    def _lost(self, t, language, r):
        places = [i for i, c in enumerate(t) if c in LOST[language]]
        if not places or len(t) < 3:
            return ""
        i = r.choice(places)
        return t[:i] + t[i + 1:]

    def _stray(self, t, language, r):
        i = r.randrange(len(t) + 1)
        return t[:i] + r.choice(STRAY) * r.choice((1, 1, 1, 2)) + t[i:]

    def _spaces(self, t, language, r):
        places = [m.start() for m in re.finditer(" ", t)]
        if places and r.random() < 0.5:
            i = r.choice(places)
            return t[:i] + r.choice(("", "  ")) + t[i + 1:]
        i = r.randrange(1, len(t)) if len(t) > 1 else 0
        return t[:i] + r.choice((" ", " ", "\n")) + t[i:] if i else ""

    KINDS = [_dropped, _doubled, _swapped, _wrong, _alike_letter, _lost, _stray, _spaces]
