"""Compare the Korean catalog with the texts of the source: list what it misses, take in translations, or check.

texts.py                 print as JSON what is missing: fill in the values, and give it to --fill
texts.py --fill FILE     take translations in from such a file (- is standard input), and drop stale ones
texts.py --check         write nothing; fail where a text is missing, stale, or its {places} differ
texts.py --where         print every text with the place where it stands
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from collect_texts import ROOT, Texts, collect

CATALOG = ROOT / "desktop/letspic_desktop/ui/translations/ko.json"
KINDS = ("texts", "sentences")
PLACE = re.compile(r"\{([^{}]*)\}")
Catalog = dict[str, dict[str, str]]


def read_catalog(file: Path = CATALOG) -> Catalog:
    """Return the catalog, an empty one where there is none yet."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {kind: {} for kind in KINDS}


def missing(found: Texts, catalog: Catalog) -> Catalog:
    """Return what has no translation yet."""
    return {kind: {text: "" for text in sorted(getattr(found, kind)) if not catalog[kind].get(text)} for kind in KINDS}


def problems(found: Texts, catalog: Catalog) -> list[str]:
    """Return one line for everything that is wrong."""
    lines = [f"{place}: tr() needs a text that is written out" for place in found.computed]
    for kind in KINDS:
        texts: dict[str, str] = getattr(found, kind)
        lines += [f"{texts[text]}: no Korean for {text!r}" for text in missing(found, catalog)[kind]]
        lines += [f"{CATALOG.name}: nobody says {text!r} any more" for text in catalog[kind] if text not in texts]
        lines += [
            f"{CATALOG.name}: other {{places}} than in {text!r}: {translation!r}"
            for text, translation in catalog[kind].items()
            if translation and set(PLACE.findall(text)) != set(PLACE.findall(translation))
        ]
    return lines


def fill(found: Texts, catalog: Catalog, filled: Catalog) -> Catalog:
    """Return the catalog with translations taken in, and without those of texts that are gone."""
    merged = {}
    for kind in KINDS:
        every = {**catalog[kind], **{text: said for text, said in filled.get(kind, {}).items() if said}}
        merged[kind] = {text: every[text] for text in sorted(every) if text in getattr(found, kind)}
    return merged


def main() -> int:
    """Do what is asked; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    parser.add_argument("--where", action="store_true", help="print every text with its place")
    parser.add_argument("--fill", metavar="FILE", help="take in translations from a JSON file, - for standard input")
    options = parser.parse_args()
    found, catalog = collect(), read_catalog()
    if options.where:
        for kind in KINDS:
            for text, place in sorted(getattr(found, kind).items(), key=lambda one: one[1]):
                print(f"{place}\t{kind}\t{text}")
    elif options.fill:
        text = sys.stdin.read() if options.fill == "-" else Path(options.fill).read_text(encoding="utf-8")
        merged = fill(found, catalog, json.loads(text))
        CATALOG.write_text(json.dumps(merged, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    elif options.check:
        lines = problems(found, catalog)
        print("\n".join(lines) or "The Korean catalog is complete.", file=sys.stderr if lines else sys.stdout)
        return bool(lines)
    else:
        print(json.dumps(missing(found, catalog), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
