"""Gathers phrases of interface translations from Debian packages and splits them: a tenth is never trained on.

Usage: corpus.py DIRECTORY
The packages are fetched into DIRECTORY with apt-get, unpacked there, and corpus.json is written beside them. Nothing of it is committed.
"""

import gettext
import hashlib
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

from scripts import in_script, zawgyi

# Free licences all: MPL-2.0 (LibreOffice, Firefox, Thunderbird), GPL-2+ (VLC, apt, dpkg, Xfce, Inkscape, qBittorrent), GPL-2+ or GPL-3 (Audacity).
LANGUAGES = {"ug": "ug", "dz": "dz", "kk": "kk", "zh": "zh_CN", "my": "my", "km": "km", "mn": "mn"}
OFFICE = ["libreoffice-l10n-" + name for name in ("ug", "dz", "kk", "zh-cn", "km", "mn")]
MOZILLA = {
    "firefox-esr": ["firefox-esr-l10n-my", "firefox-esr-l10n-kk", "firefox-esr-l10n-zh-cn", "firefox-esr-l10n-km"],
    "thunderbird": ["thunderbird-l10n-kk", "thunderbird-l10n-zh-cn"],
}
OTHERS = ["vlc-l10n", "apt", "dpkg", "thunar-data", "xfce4-panel", "xfce4-settings", "xfce4-terminal", "xfdesktop4-data", "mousepad", "ristretto", "inkscape", "audacity-data"]

SHORTEST, LONGEST = 2, 64


def unpack(directory: Path) -> None:
    """Fetches what is not there yet."""
    wanted = [*OFFICE, *MOZILLA, *(p for many in MOZILLA.values() for p in many), *OTHERS]
    for package in wanted:
        into = directory / "packages" / package
        if into.exists():
            continue
        subprocess.run(["apt-get", "download", "-qq", package], cwd=directory, check=True)
        file = next(directory.glob(package + "_*.deb"))
        subprocess.run(["dpkg", "-x", file.name, str(into)], cwd=directory, check=True)
        file.unlink()


def catalogue(path: Path):
    """Pairs of a .mo file, without contexts and plurals."""
    try:
        with path.open("rb") as file:
            entries = gettext.GNUTranslations(file)._catalog
    except (OSError, UnicodeDecodeError, ValueError):
        return
    for key, value in entries.items():
        if isinstance(key, str) and key:
            yield key.split("\x04")[-1], value


def fluent(text: str):
    """Plain one-line messages and attributes of a Fluent file, by name."""
    name = ""
    for line in text.splitlines():
        if match := re.match(r"^([a-zA-Z][\w-]*) =\s*(.*)$", line):
            name = match[1]
            if match[2]:
                yield name, match[2]
        elif match := re.match(r"^\s+\.([a-zA-Z][\w-]*) =\s*(.+)$", line):
            yield name + "." + match[1], match[2]


def properties(text: str):
    """Messages of a .properties file, by name."""
    for line in text.splitlines():
        if match := re.match(r"^([\w.-]+)\s*=\s*(.+)$", line):
            yield match[1], match[2]


def mozilla(paths: list[Path], locale: str) -> dict:
    """Messages of Mozilla archives by file and name."""
    messages = {}
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                kind = fluent if entry.endswith(".ftl") else properties if entry.endswith(".properties") else None
                if kind and ("/" + locale + "/") in "/" + entry:
                    file = entry.split("/" + locale + "/", 1)[-1]
                    for name, value in kind(archive.read(entry).decode("utf-8", "replace")):
                        messages[file, name] = value
    return messages


def tidy(text: str) -> str:
    """A phrase as a reader sees it; empty if it is none: place holders, mark-up, several lines."""
    text = unicodedata.normalize("NFC", text.replace("…", "...").replace("\u200b", "").replace("\u00a0", " ").strip())
    text = re.sub(r"\((?:_|&)?[A-Za-z]\)", "", text)  # access keys in languages without Latin letters
    text = re.sub(r"(?<!\w)[_~&](?=\w)|(?<=\w)[~&](?=\w)|~|_(?=\w)", "", text)
    text = re.sub(r" +", " ", text).strip()
    if re.search(r"[%${}<>\\|#@\n\t\[\]=^*]|https?:|\w\.\w|--", text) or not SHORTEST <= len(text) <= LONGEST:
        return ""
    return text


def norm(text: str) -> str:
    """What two phrases have in common that are the same but for case, spaces and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(c)[0] in "LMN")


def held_out(english: str) -> bool:
    """A tenth of all phrases, by the hash of the English, so that a phrase is held out in every language or in none."""
    return hashlib.sha256(norm(english).encode()).digest()[0] < 26


def pairs(directory: Path) -> dict:
    """English and translation, for each language."""
    found = {language: [] for language in LANGUAGES}
    packages = directory / "packages"
    for language, locale in LANGUAGES.items():
        for path in sorted(packages.rglob("*.mo")):
            if path.parts[-3] == locale:
                found[language] += catalogue(path)
        for program, translations in MOZILLA.items():
            names = [p for p in translations if p.endswith("-" + locale.lower().replace("_", "-"))]
            if names:
                inside = packages / program / "usr/lib" / program
                english = mozilla([p for p in (inside / "omni.ja", inside / "browser/omni.ja") if p.exists()], "en-US")
                tag = locale.replace("_", "-")
                theirs = mozilla(sorted((packages / names[0]).rglob("*.xpi")), tag)
                found[language] += [(english[key], theirs[key]) for key in sorted(english.keys() & theirs.keys())]
    return found


def main() -> None:
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    unpack(directory)
    corpus = {}
    for language, found in pairs(directory).items():
        kept, seen = [], set()
        for english, translation in found:
            english, translation = tidy(english), tidy(translation)
            if not english or not translation or norm(english) == norm(translation) or not english.isascii() or not in_script(language, translation):
                continue
            key = (norm(english), norm(translation))
            if all(key) and key not in seen:
                seen.add(key)
                kept.append((english, translation))
        test = [pair for pair in kept if held_out(pair[0])]
        # What reads the same as a held-out translation is not trained on either, whatever its English is.
        barred = {norm(translation) for _, translation in test}
        train = [pair for pair in kept if not held_out(pair[0]) and norm(pair[1]) not in barred]
        corpus[language] = {"train": train, "test": test}
        if language == "my":
            corpus[language]["zawgyi"] = {text: zawgyi(text) for _, text in kept}
        print(language, len(train), len(test), Counter(len(t) // 16 for _, t in train), train[len(train) // 2])
    with (directory / "corpus.json").open("w") as file:
        json.dump(corpus, file, ensure_ascii=False)


if __name__ == "__main__":
    main()
