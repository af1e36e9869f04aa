"""Scripts: which letters belong to a language, Uyghur in three of them by rule, Burmese in the old Zawgyi encoding."""

import re

RANGES = {
    "ug": "ؠ-ۿ", "dz": "ༀ-࿿", "kk": "Ѐ-ӿ", "zh": "一-鿿", "my": "က-႟", "km": "ក-៿", "mn": "Ѐ-ӿ",
}

# Letters of Uyghur: Arabic, Latin and Cyrillic (standard orthographies).
LETTERS = [
    ("ا", "a", "а"), ("ە", "e", "ә"), ("ب", "b", "б"), ("پ", "p", "п"), ("ت", "t", "т"), ("ج", "j", "җ"), ("چ", "ch", "ч"), ("خ", "x", "х"),
    ("د", "d", "д"), ("ر", "r", "р"), ("ز", "z", "з"), ("ژ", "zh", "ж"), ("س", "s", "с"), ("ش", "sh", "ш"), ("ف", "f", "ф"), ("غ", "gh", "ғ"),
    ("ڭ", "ng", "ң"), ("ل", "l", "л"), ("م", "m", "м"), ("ھ", "h", "һ"), ("و", "o", "о"), ("ۇ", "u", "у"), ("ۆ", "ö", "ө"), ("ۈ", "ü", "ү"),
    ("ۋ", "w", "в"), ("ې", "ë", "е"), ("ى", "i", "и"), ("ي", "y", "й"), ("ق", "q", "қ"), ("ك", "k", "к"), ("گ", "g", "г"), ("ن", "n", "н"),
]
VOWELS = set("اەوۇۆۈېى")
MARKS = {"،": ",", "؟": "?", "؛": ";"}
# Two letters that would be read as one: an apostrophe parts them.
PARTED = {("ن", "گ"), ("ن", "غ"), ("س", "ھ"), ("ز", "ھ"), ("گ", "ھ")}

# What a recognizer of Russian hears: letters that Russian has not fall together with those that it has.
HEARD = {
    "ە": ["э", "е", "а"], "ج": ["дж", "ж"], "غ": ["г"], "ڭ": ["нг", "н"], "ھ": ["х", "г"], "ۆ": ["о", "ё"], "ۈ": ["у", "ю"], "ق": ["к"],
    "ې": ["е", "э"], "ى": ["и", "ы"], "ۋ": ["в"], "ۇ": ["у"], "خ": ["х"], "ك": ["к"], "گ": ["г"],
}

_latin = {arabic: latin for arabic, latin, _ in LETTERS}
_cyrillic = {arabic: cyrillic for arabic, _, cyrillic in LETTERS}


def in_script(language: str, text: str) -> bool:
    """Whether most letters of the text are those of the language."""
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 0 and len(re.findall(f"[{RANGES[language]}]", text)) > 0.7 * len(letters)


def is_plain_uyghur(text: str) -> bool:
    """Whether every letter is one that the tables convert."""
    return all(c in _latin or c == "ئ" or not c.isalpha() for c in text)


def _convert(text: str, table: dict, parted: set) -> str:
    made, before = [], ""
    for c in text:
        if c == "ئ":
            # The carrier is silent at the beginning of a word and an apostrophe inside it.
            if before in table:
                made.append("'")
        elif c in table:
            if (before, c) in parted:
                made.append("'")
            made.append(table[c])
        else:
            made.append(MARKS.get(c, c))
        before = c
    return "".join(made)


def latin(text: str) -> str:
    """Uyghur in Latin letters (ULY)."""
    return _convert(text, _latin, PARTED)


def cyrillic(text: str) -> str:
    """Uyghur in Cyrillic letters (USY); the apostrophe is kept, so that nothing is lost."""
    return _convert(text, _cyrillic, set())


def heard(text: str, random) -> str:
    """Uyghur as a recognizer of Russian writes it: no letters of its own, no punctuation."""
    made = []
    for c in text:
        if c in HEARD:
            made.append(random.choice(HEARD[c]))
        elif c in _cyrillic:
            made.append(_cyrillic[c])
        elif c == " " or c.isdigit():
            made.append(c)
    return re.sub(" +", " ", "".join(made)).strip()


def zawgyi(text: str) -> str:
    """Burmese in the Zawgyi encoding, by the rules of ICU."""
    import icu  # PyICU, Debian's python3-icu; only where the corpus is made

    return icu.Transliterator.createInstance("my-Zawgyi").transliterate(text)
