"""`make i18n`: bring each add-on's i18n/ up to date with its texts, and print what nobody translated yet.

Odoo's own exporter finds the texts, in a database with the add-ons and without demo data; those of
bridges in one with the applications that they are for. `<add-on>.pot`
becomes what it found; in each `.po` translations stay, new texts come untranslated, and what is gone goes.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

from tests.lib import database
from tests.lib import environment as env

# What a translation must repeat: %s, %(name)s, {name}, {{name}}, <b>, </b>, &amp;
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdif%]|\{+\w+\}+|</?[a-zA-Z][^>]*>|&\w+;")
_SAID_IN_A_TAG = re.compile(r' (title|alt|aria-label|placeholder)="[^"]*"')
_OPTIONS = ("addons-path", "data-dir", "db_host", "db_port", "db_user")


def with_texts():
    """The add-ons that have texts. Bridges that have some have a folder for them."""
    return env.addons() + [name for name in env.bridges() if (env.ROOT / name / "i18n").is_dir()]


def translations():
    """Path of each add-on's `.po` of each of our languages, there yet or not: {add-on: [paths]}"""
    languages = sorted({path.name for path in env.ROOT.glob("omnichannel_*/i18n/*.po")})
    return {name: [env.ROOT / name / "i18n" / language for language in languages] for name in with_texts()}


def read(path):
    """A `.po`; an empty one where there is none yet."""
    if path.exists():
        return polib.pofile(str(path), wrapwidth=0)
    empty = polib.POFile(wrapwidth=0)
    empty.metadata = {"Language": path.stem}
    return empty


def template_path(addon):
    """Where the texts of an add-on are kept."""
    return env.ROOT / addon / "i18n" / f"{addon}.pot"


def exported():
    """The add-ons' texts as Odoo's exporter finds them now: {add-on: polib.POFile}"""
    bridges = [name for name in with_texts() if name in env.bridges()]
    found = _export_from(database.plain_addons_template(), env.addons())
    if bridges:
        found |= _export_from(database.bridges_template(), bridges)
    return found


def _export_from(template, addons):
    """The texts of add-ons that are installed in a template: {add-on: polib.POFile}"""
    copy = database.create(template)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return {name: _export(copy, name, Path(folder)) for name in addons}
    finally:
        database.drop(copy)


def _export(name, addon, folder):
    """The texts of one add-on, without the times that would make each export another one."""
    target = folder / f"{addon}.pot"
    arguments = [
        "i18n",
        "export",
        "-c",
        str(_config(folder)),
        "-d",
        name,
        "-l",
        "pot",
        "-o",
        str(target),
        addon,
    ]
    command = [sys.executable, str(env.ROOT / "tools/odoo-bin"), *arguments]
    done = subprocess.run(
        command,
        env=env.odoo_command()[1],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode or not target.exists():
        raise SystemExit(f"error: Odoo could not export the texts of {addon}:\n{done.stderr[-3000:]}")
    found = polib.pofile(str(target), wrapwidth=0)
    for key in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Plural-Forms"):
        found.metadata.pop(key, None)
    return found


def _config(folder):
    """The options of `odoo_command` as a file: Odoo's command for translations takes them no other way."""
    path = folder / "odoo.conf"
    given = dict(
        argument.removeprefix("--").split("=", 1)
        for argument in env.odoo_command()[0]
        if argument.startswith("--")
    )
    lines = [f"{name.replace('-', '_')} = {value}" for name, value in given.items() if name in _OPTIONS]
    path.write_text("\n".join(["[options]", *lines, ""]))
    return path


def merge(texts, old):
    """`texts` with the translations that `old` has for them; a doubtful one counts as none."""
    known = {entry.msgid: entry.msgstr for entry in old if not entry.obsolete and not entry.fuzzy}
    new = polib.POFile(wrapwidth=0)
    new.header, new.metadata = (
        texts.header,
        dict(texts.metadata) | {"Language": old.metadata.get("Language", "")},
    )
    for text in texts:
        new.append(
            polib.POEntry(
                msgid=text.msgid,
                msgstr=known.get(text.msgid, ""),
                comment=text.comment,
                occurrences=text.occurrences,
            )
        )
    return new


def problems(texts, translation):
    """In words what a translation lacks of `texts`."""
    wanted = {entry.msgid for entry in texts}
    there = {entry.msgid: entry for entry in translation if not entry.obsolete}
    found = [f"missing: {msgid!r}" for msgid in sorted(wanted - there.keys())]
    found += [f"no longer a text: {msgid!r}" for msgid in sorted(there.keys() - wanted)]
    found += [f"obsolete: {entry.msgid!r}" for entry in translation.obsolete_entries()]
    for msgid, entry in there.items():
        if entry.fuzzy:
            found.append(f"doubtful (fuzzy): {msgid!r}")
        if not entry.msgstr.strip():
            found.append(f"untranslated: {msgid!r}")
        elif placeholders(msgid) != placeholders(entry.msgstr):
            found.append(f"other placeholders: {msgid!r} → {entry.msgstr!r}")
        elif _edges(msgid) != _edges(entry.msgstr):
            found.append(f"other spaces at its ends: {msgid!r} → {entry.msgstr!r}")
    return found


def placeholders(text):
    """What is filled in or marked up in a text, in any order: languages differ in theirs."""
    return sorted(_PLACEHOLDER.findall(_SAID_IN_A_TAG.sub(r" \1", text)))


def _edges(text):
    return text[:1].isspace(), text[-1:].isspace()


def main():
    """Write the files anew; 1 if a text has no translation."""
    untranslated = 0
    texts = exported()
    for addon, paths in translations().items():
        template_path(addon).parent.mkdir(exist_ok=True)
        texts[addon].save(str(template_path(addon)))
        for path in paths:
            new = merge(texts[addon], read(path))
            new.save(str(path))
            lacking = problems(texts[addon], new)
            untranslated += len(lacking)
            print(f"{path.relative_to(env.ROOT)}: {len(new)} texts, {len(lacking)} not in order")
            for problem in lacking:
                print(f"    {problem}")
    return 1 if untranslated else 0


if __name__ == "__main__":
    sys.exit(main())
