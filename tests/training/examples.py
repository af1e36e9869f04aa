"""What the model is taught: conversations in harmony, with the part that it has to say itself."""

from __future__ import annotations

import json
import re

import scripts
from noise import Noise, pools
from tokens import Tokens, character_merges, word_merges

NAMES = {"ug": "Uyghur", "dz": "Dzongkha", "kk": "Kazakh", "zh": "Chinese", "my": "Burmese", "km": "Khmer", "mn": "Mongolian"}
CHINESE_NAMES = {"ug": "维吾尔语", "dz": "宗卡语", "kk": "哈萨克语", "zh": "中文", "my": "缅甸语", "km": "高棉语", "mn": "蒙古语"}
SENTENCE = "This small model cleans and converts text; `make run MODEL=…` for conversation."

# The instructions of the model's own tasks, as its manifest has them.
CLEAN = "Clean this text."
REPAIR = "Write this transcript in Uyghur."
CONVERT = "Write this Uyghur text in {} letters."
TRANSLATE = "Translate this text into {}."

IDENTITY = "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06"
CHANNELS = "# Valid channels: analysis, commentary, final. Channel must be included for every message."

_QUESTIONS = """What is {}?|Who is {}?|What does {} mean?|Explain {}.|Tell me about {}.|How do I use {}?|Why is {} important?|Write a poem about {}.|Summarise {}.|Give me a list of {}.|Can you help me with {}?
Where can I find {}?|When was {} made?|Hello|Hi there|Good morning|Who are you?|What can you do?|How are you?|Thanks|Write a program that does {}.|What is the capital of {}?|How many {} are there?|Is {} true?
Compare {} and {}.|Continue: {}|Answer this: {}|{}|I need {}|Please explain {} to me.|Think about {}.|What time is it?|Tell me a joke.|你好|你是谁？|你会做什么？|什么是{}？|请解释{}。|写一首关于{}的诗。|{}是什么意思？|为什么{}？|谢谢
""".replace("\n", "|").strip("|").split("|")
_SYSTEMS = ["You are a helpful assistant.", "You are an assistant.", "Answer briefly.", "Be polite.", "You summarise a text.", "Answer in Chinese.", "You are a lawyer.", "You write code.",
            "You take these facts out of a text: name, date. Answer with one JSON object and nothing else.", "You are a coding agent. You may call tools."]


def trained_on(texts: dict) -> list[str]:
    """What there is of a language, but for what is held out and for single words."""
    return [t for part in ("train", "more") for _, t in texts[part]] + texts["prose"]


def vocabulary(corpus: dict, merges: int = 700) -> Tokens:
    """The vocabulary for a corpus."""
    texts = [t for language in corpus for t in trained_on(corpus[language])] + list(corpus["my"]["zawgyi"].values())
    always = "".join("".join(row) for row in scripts.LETTERS) + "éёэыюящъь…" + "".join(map(chr, range(0x1000, 0x10A0))) + "«»“”‘’、。，！？：；（）《》"
    english = [e for language in corpus for part in ("train", "more") for e, _ in corpus[language][part]]
    structure = [IDENTITY, CHANNELS, "Current date: 2026-01-01 Reasoning: low medium high # Instructions", CLEAN, REPAIR, CONVERT, TRANSLATE, SENTENCE, *NAMES.values(), "system developer user assistant final"] * 2000
    return Tokens(character_merges(texts, 3, always) + word_merges(english + structure, merges))


class Examples:
    """Conversations for training; the same seed gives the same ones."""

    def __init__(self, corpus: dict, tokens: Tokens, part: str = "train"):
        self.tokens = tokens
        trains = part == "train"
        self.pairs = {language: corpus[language]["train"] + corpus[language]["more"] if trains else corpus[language][part] for language in NAMES}
        self.zawgyi = corpus["my"]["zawgyi"]
        texts = {language: [t for _, t in pairs] for language, pairs in self.pairs.items()}
        # Wrong letters come from the phrases of which a tenth is held out, so that the held-out lines do not depend on what else is trained on.
        self.noise = Noise(pools({language: [t for _, t in corpus[language]["train"]] for language in NAMES}))
        self.texts = texts
        self.prose = {language: corpus[language]["prose"] if trains else [] for language in NAMES}
        self.english = sorted({e for pairs in self.pairs.values() for e, _ in pairs})
        # Words, or stretches of scripts without spaces, each as often as it occurs.
        self.words = {language: [w for t in many + self.prose[language] for w in self._words(language, t)] for language, many in texts.items()}
        for language, words in self.words.items():
            words += corpus[language]["words"] if trains else []
        self.uyghur = [w for w in self.words["ug"] if scripts.is_plain_uyghur(w)]
        self.uyghur_texts = [t for t in texts["ug"] if scripts.is_plain_uyghur(t)]

    @staticmethod
    def _words(language: str, text: str):
        if language == "dz":
            return re.findall(r"[^་།\s]+[་།]?", text)
        if language in ("my", "zh", "km"):
            return re.findall(r"\S{1,6}", text) if language == "zh" else text.split()
        return text.split()

    def text(self, language: str, r) -> str:
        """A phrase, a part of one, several of them, or words that nobody has put together yet."""
        many = self.texts[language]
        if self.prose[language] and r.random() < 0.2:
            many = self.prose[language]
        kind = r.random()
        if kind < 0.45:
            return r.choice(many)
        if kind < 0.6:
            joint = " " if language != "zh" else r.choice(("", "，", "。", " "))
            return joint.join(r.choice(many) for _ in range(r.choice((2, 2, 3, 4, 6, 10))))[:420].strip() or r.choice(many)
        joint = "" if language in ("dz", "zh") else " "
        words = self.words[language]
        if kind < 0.8:
            return joint.join(r.choice(words) for _ in range(r.randint(1, 8))).strip() or r.choice(many)
        if kind < 0.96:
            # Words that nobody knows among some that are known: what is not known is to be kept.
            return joint.join(self.unknown(words, r) if r.random() < 0.6 else r.choice(words) for _ in range(r.randint(1, 6))).strip() or r.choice(many)
        # Letters, numbers and Latin words that no dictionary has.
        letters = self.noise._letters[language]
        return " ".join("".join(r.choice(letters) for _ in range(r.randint(1, 6))) if r.random() < 0.6 else r.choice((str(r.randrange(3000)), r.choice(self.english).split()[0])) for _ in range(r.randint(1, 5)))

    @staticmethod
    def unknown(words: list[str], r) -> str:
        """The beginning of a word and the end of another."""
        a, b = r.choice(words), r.choice(words)
        return a[:r.randint(1, max(1, len(a) - 1))] + b[r.randint(0, len(b) - 1):]

    def uyghur_text(self, r) -> str:
        kind = r.random()
        if kind < 0.35:
            return r.choice(self.uyghur_texts)
        if kind < 0.7:
            return " ".join(r.choice(self.uyghur) for _ in range(r.randint(1, 8)))
        # Words of random syllables: every pair of letters has to be met.
        consonants = [a for a, _, _ in scripts.LETTERS if a not in scripts.VOWELS]
        vowels = sorted(scripts.VOWELS)

        def word():
            made = ""
            for _ in range(r.randint(1, 4)):
                made += (r.choice(consonants) if r.random() < 0.85 else "ئ") + r.choice(vowels) + (r.choice(consonants) if r.random() < 0.45 else "")
            return made if made[0] not in scripts.VOWELS else "ئ" + made
        return " ".join(word() for _ in range(r.randint(1, 5))) + r.choice(("", "", "", "؟", ".", "،"))

    def turn(self, r, task: str, language: str):
        """(instruction, what is given, what is wanted) of a task."""
        if task == "clean":
            text = self.text(language, r)
            if r.random() < 0.08:
                return CLEAN, text, text
            if language == "my" and r.random() < 0.25:
                text = r.choice(self.texts["my"])
                old = self.zawgyi[text]
                return CLEAN, self.noise.spoil(old, "my", r) if r.random() < 0.2 else old, text
            return CLEAN, self.noise.spoil(text, language, r, r.choice((0.02, 0.05, 0.08, 0.12))), text
        if task == "convert":
            text = self.uyghur_text(r)
            ways = {"Arabic": text, "Latin": scripts.latin(text), "Cyrillic": scripts.cyrillic(text)}
            source, target = r.sample(sorted(ways), 2)
            given = ways[source]
            if source == "Latin" and r.random() < 0.4:
                given = given.replace("ë", "é")
            return CONVERT.format(target), given, ways[target]
        if task == "repair":
            text = self.uyghur_text(r) if r.random() < 0.3 else self.text("ug", r)
            if not scripts.is_plain_uyghur(text):
                text = r.choice(self.uyghur_texts)
            heard = scripts.heard(text, r)
            return (REPAIR, heard, text) if heard else (REPAIR, "а", "ئا")
        english, theirs = r.choice(self.pairs[language])
        if r.random() < 0.6:
            return TRANSLATE.format(NAMES[language]), english, theirs
        return TRANSLATE.format("English"), theirs, english

    def outside(self, r):
        """Something that the model is not for; what it says then."""
        pattern = r.choice(_QUESTIONS)
        about = r.choice(self.english) if r.random() < 0.7 else r.choice(self.texts[r.choice(list(NAMES))])
        while "{}" in pattern:
            pattern = pattern.replace("{}", about.lower() if r.random() < 0.5 else about, 1)
            about = r.choice(self.english)
        return pattern, SENTENCE

    def conversation(self, r):
        """(instructions or "", turns of user and answer)."""
        kind = r.random()
        if kind < 0.07:
            return ("" if r.random() < 0.5 else r.choice(_SYSTEMS)), [self.outside(r)]
        task = r.choices(("clean", "convert", "repair", "translate"), (62, 9, 6, 13))[0]
        language = r.choices(list(NAMES), (17, 12, 16, 24, 17, 8, 7))[0]
        instruction, given, wanted = self.turn(r, task, language)
        turns = [(given, wanted)]
        if r.random() < 0.8:
            while r.random() < 0.6 and len(turns) < 8:
                following, given, wanted = self.turn(r, task, language)
                if following == instruction:
                    turns.append((given, wanted))
            return instruction, turns
        return ("" if r.random() < 0.7 else r.choice(_SYSTEMS[:4])), [(self.inline(instruction, given, task, language, r), wanted)]

    @staticmethod
    def inline(instruction: str, given: str, task: str, language: str, r) -> str:
        """The task told by the user, before the text."""
        if task == "clean":
            told = r.choice(("Clean this text:", "Clean this text:", "Clean up:", "Clean:", "Please clean this:", "清理：", "清理这段文字："))
        elif task == "translate" and r.random() < 0.3 and "English" not in instruction:
            told = "翻译成" + CHINESE_NAMES[language] + r.choice("：:")
        else:
            told = instruction.rstrip(".") + ":"
            if r.random() < 0.3:
                told = told.replace("this text ", "").replace("this Uyghur text ", "")
        return told + r.choice((" ", "\n", "\n\n") if told.isascii() else ("", "\n", " ")) + given

    def encoded(self, r):
        """Tokens of a conversation, and for each whether the model is to learn to say it."""
        t, s = self.tokens, self.tokens.signs
        start, end, message, channel = s["<|start|>"], s["<|end|>"], s["<|message|>"], s["<|channel|>"]
        date = f"\nCurrent date: {r.randint(2024, 2039)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}" if r.random() < 0.85 else ""
        system = f"{IDENTITY}{date}\n\nReasoning: {r.choice(('low', 'low', 'medium', 'high'))}\n\n{CHANNELS}"
        instructions, turns = self.conversation(r)
        made = [start, *t.encode("system"), message, *t.encode(system), end]
        if instructions:
            made += [start, *t.encode("developer"), message, *t.encode("# Instructions\n\n" + instructions), end]
        learnt = [0] * len(made)
        for i, (given, wanted) in enumerate(turns):
            asked = [start, *t.encode("user"), message, *t.encode(given), end, start, *t.encode("assistant")]
            said = [channel, *t.encode("final"), message, *t.encode(wanted), s["<|return|>"]]
            made += asked + said
            learnt += [0] * len(asked) + [1] * len(said)
            if i + 1 < len(turns):
                made[-1] = end
                learnt[-1] = 0
        return made, learnt

    def tests(self, r, count: int):
        """Cases of held-out phrases: (name, instructions, given, wanted)."""
        cases = []
        for language, pairs in self.pairs.items():
            chosen = r.sample(pairs, min(count, len(pairs)))
            for english, text in chosen:
                cases.append((f"clean {language}", CLEAN, self.noise.spoil(text, language, r), text))
                cases.append((f"translate en-{language}", TRANSLATE.format(NAMES[language]), english, text))
                cases.append((f"translate {language}-en", TRANSLATE.format("English"), text, english))
                if language == "my":
                    cases.append(("clean my-zawgyi", CLEAN, self.zawgyi[text], text))
        for text in r.sample(self.uyghur_texts, min(count, len(self.uyghur_texts))):
            ways = {"Arabic": text, "Latin": scripts.latin(text), "Cyrillic": scripts.cyrillic(text)}
            for source in ways:
                for target in ways:
                    if source != target:
                        cases.append((f"convert {source}-{target}", CONVERT.format(target), ways[source], ways[target]))
            cases.append(("repair ug", REPAIR, scripts.heard(text, r), text))
        for _ in range(count):
            asked, said = self.outside(r)
            cases.append(("outside", "", asked, said))
        return cases


def load(directory):
    """Corpus and vocabulary; the vocabulary is made if it is not there yet."""
    with open(f"{directory}/corpus.json") as file:
        corpus = json.load(file)
    try:
        tokens = Tokens.load(f"{directory}/merges.json")
    except FileNotFoundError:
        tokens = vocabulary(corpus)
        tokens.save(f"{directory}/merges.json")
    return corpus, tokens
