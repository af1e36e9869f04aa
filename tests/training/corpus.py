"""Gathers phrases of interface translations from Debian packages and splits them: a tenth is never trained on.

Usage: corpus.py DIRECTORY
The packages are fetched into DIRECTORY with apt-get, unpacked there, and corpus.json is written beside them. Nothing of it is committed.
"""

import gettext
import hashlib
import html
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
FIRST = [*OFFICE, *MOZILLA, *(p for many in MOZILLA.values() for p in many), *OTHERS]
# What follows is only trained on: held-out lines come from the packages above. GPL-2+, GPL-3+ or LGPL all, with the handbook also under CC-BY-SA-3.0 and the Kazakh words under MPL-1.1.
MORE = """wordpress-l10n pidgin-data synaptic phpmyadmin aptitude-common filezilla-common lxpanel-data lxsession-data krita-l10n digikam-data kdenlive-data kmymoney-common skrooge-common
    plasma-workspace-data plasma-desktop-data plasma-discover-common kate5-data okular konsole kio dolphin ark gwenview ktorrent-data k3b-i18n step systemsettings kinfocenter kde-spectacle
    umbrello krusader kdeconnect juk kmail kaddressbook korganizer akregator kdepim-runtime libkf5kdelibs4support-data libkf5xmlgui-data libkf5widgetsaddons-data libkf5configwidgets-data
    libkf5wallet-data libkf5newstuff-data deluge-common transmission-common geany-common claws-mail-i18n wesnoth-1.16-data gcompris-qt-data homebank-data gramps scribus-data freeciv-data
    system-config-printer-common xfburn xfce4-session xfwm4 xfce4-power-manager-data xfce4-taskmanager parole orage catfish""".split()
WIKI = {"ug": ["ug-arab"], "dz": ["dz", "bo"], "kk": ["kk-cyrl"], "zh": ["zh-hans"], "my": ["my"], "km": ["km"], "mn": ["mn"]}
# Names of a language in other programs' catalogues, beside its own.
ALSO = {"ug": ["ug_CN"], "my": ["my_MM"], "dz": ["bo"]}
PROSE = {"zh": ["libreoffice-help-zh-cn", "debian-handbook", "debian-reference-zh-cn"], "dz": ["libreoffice-help-dz"], "km": ["libreoffice-help-km"]}
WORDS = {"kk": "hunspell-kk/usr/share/hunspell/kk_KZ.dic"}

SHORTEST, LONGEST, LONGEST_PROSE = 2, 64, 160


def unpack(directory: Path) -> None:
    """Fetches what is not there yet."""
    wanted = [*FIRST, *MORE, "mediawiki", *(p for many in PROSE.values() for p in many), *(path.split("/")[0] for path in WORDS.values())]
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


def wiki(packages: Path, names: list[str]):
    """English and translation of MediaWiki's messages."""
    for name in names:
        for path in sorted((packages / "mediawiki").rglob(name + ".json")):
            english = path.with_name("en.json")
            if english.exists():
                theirs, ours = json.loads(path.read_text()), json.loads(english.read_text())
                yield from ((ours[key], text) for key, text in theirs.items() if isinstance(text, str) and isinstance(ours.get(key), str))


def prose(directory: Path, language: str):
    """Sentences of a package's HTML pages."""
    for path in sorted(directory.rglob("*.html")):
        page = re.sub(r"<(script|style|pre)\b.*?</\1>", "", path.read_text("utf-8", "replace"), flags=re.S)
        for block in re.findall(r"<(?:p|h\d|li|td|dt|dd)\b[^>]*>(.*?)</(?:p|h\d|li|td|dt|dd)>", page, flags=re.S):
            text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", block)))
            for sentence in re.split(r"(?<=[。！？；།។])", text):
                sentence = tidy(sentence, LONGEST_PROSE)
                if len(sentence) > 3 and in_script(language, sentence):
                    yield sentence


def holds(barred: set, least: int):
    """Tells whether a text holds a barred phrase of so many letters."""
    beginnings: dict = {}
    for phrase in barred:
        if len(phrase) >= least:
            beginnings.setdefault(phrase[:least], []).append(phrase)

    def test(text: str) -> bool:
        return any(text.startswith(phrase, i) for i in range(len(text) - least + 1) for phrase in beginnings.get(text[i:i + least], ()))
    return test


def tidy(text: str, longest: int = LONGEST) -> str:
    """A phrase as a reader sees it; empty if it is none: place holders, mark-up, several lines."""
    text = unicodedata.normalize("NFC", text.replace("…", "...").replace("\u200b", "").replace("\u00a0", " ").strip())
    text = re.sub(r"\((?:_|&)?[A-Za-z]\)", "", text)  # access keys in languages without Latin letters
    text = re.sub(r"(?<!\w)[_~&](?=\w)|(?<=\w)[~&](?=\w)|~|_(?=\w)", "", text)
    text = re.sub(r" +", " ", text).strip()
    if re.search(r"[%${}<>\\|#@\n\t\[\]=^*]|https?:|\w\.\w|--", text) or not SHORTEST <= len(text) <= longest:
        return ""
    return text


def norm(text: str) -> str:
    """What two phrases have in common that are the same but for case, spaces and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(c)[0] in "LMN")


def held_out(english: str) -> bool:
    """A tenth of all phrases, by the hash of the English, so that a phrase is held out in every language or in none."""
    return hashlib.sha256(norm(english).encode()).digest()[0] < 26


def pairs(packages: Path) -> dict:
    """English and translation of the packages of which a tenth is held out, for each language."""
    found = {language: [] for language in LANGUAGES}
    for language, locale in LANGUAGES.items():
        for path in sorted(p for package in FIRST for p in (packages / package).rglob("*.mo")):
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


def more_pairs(packages: Path, language: str):
    """English and translation of the packages that are only trained on."""
    names = {language, LANGUAGES[language], *ALSO.get(language, ())}
    for path in sorted(p for package in MORE for p in (packages / package).rglob("*.mo")):
        named = path.parts[-3] in names if path.parts[-2] == "LC_MESSAGES" else path.stem.split("-")[-1] in names
        # Names of countries are what the model will be measured with.
        if named and not path.stem.startswith("continents-cities"):
            yield from catalogue(path)
    yield from wiki(packages, WIKI[language])


def accepted(language: str, found, seen: set) -> list:
    """Tidy pairs that have not been seen."""
    kept = []
    for english, translation in found:
        english, translation = tidy(english), tidy(translation)
        if not english or not translation or norm(english) == norm(translation) or not english.isascii() or not in_script(language, translation):
            continue
        key = (norm(english), norm(translation))
        if all(key) and key not in seen:
            seen.add(key)
            kept.append((english, translation))
    return kept


def main() -> None:
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    unpack(directory)
    corpus, packages = {}, directory / "packages"
    for language, found in pairs(packages).items():
        seen: set = set()
        first = accepted(language, found, seen)
        test = [pair for pair in first if held_out(pair[0])]
        # What reads the same as a held-out translation is not trained on either, whatever its English is.
        barred = {norm(translation) for _, translation in test}

        def trained(some: list) -> list:
            return [pair for pair in some if not held_out(pair[0]) and norm(pair[1]) not in barred]
        more = trained(accepted(language, more_pairs(packages, language), seen))
        # Nor is a sentence that quotes one.
        quotes = holds(barred, 4 if language == "zh" else 8)
        sentences = {s: None for package in PROSE.get(language, ()) for s in prose(packages / package, language)}
        sentences = [s for s in sentences if norm(s) not in barred and not quotes(norm(s))]
        corpus[language] = {"train": trained(first), "more": more, "prose": sentences, "test": test, "words": []}
        if language in WORDS:
            lines = (packages / WORDS[language]).read_text("utf-8-sig").splitlines()[1:]
            corpus[language]["words"] = [w for w in (line.split("/")[0] for line in lines) if norm(w) not in barred and in_script(language, w)]
        if language == "my":
            corpus[language]["zawgyi"] = {text: zawgyi(text) for _, text in first + more}
        print(language, {key: len(value) for key, value in corpus[language].items()}, sum(map(len, sentences)), more[len(more) // 2])
    with (directory / "corpus.json").open("w") as file:
        json.dump(corpus, file, ensure_ascii=False)


if __name__ == "__main__":
    main()
