"""Writes cases of phrases that were never trained on, one JSON object a line: group, task, parameters, given, wanted.

Usage: held_out.py CORPUS_DIRECTORY FILE COUNT [SEED]
COUNT cases of each group (see Examples.tests), fewer where there are fewer phrases.
"""

import json
import random
import re
import sys

from examples import CLEAN, CONVERT, REPAIR, TRANSLATE, Examples, load


def told(instructions: str):
    """The task of the model's manifest, and its parameters, that give these instructions."""
    for task, pattern, parameter in (("clean", CLEAN, ""), ("repair", REPAIR, ""), ("convert", CONVERT, "script"), ("translate", TRANSLATE, "language")):
        if match := re.fullmatch(re.escape(pattern).replace(r"\{\}", "(.*)"), instructions):
            return task, {parameter: match[1]} if parameter else {}
    return "", {}


def main() -> None:
    directory, file, count = sys.argv[1:4]
    corpus, tokens = load(directory)
    with open(file, "w") as out:
        for group, instructions, given, wanted in Examples(corpus, tokens, "test").tests(random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 11), int(count)):
            task, parameters = told(instructions)
            case = {"group": group, "task": task, "parameters": parameters, "given": given, "wanted": wanted}
            out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
