"""Sentences in sixteen languages: the messages that Django and Wagtail ship, as their translators wrote them."""

import gettext
import importlib.util
import pathlib
import re
import zlib

PACKAGES = "django", "wagtail"

LANGUAGES = {
    "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French", "hu": "Hungarian",
    "it": "Italian", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip

FOLDERS = {"pt": ("pt", "pt_PT", "pt_BR")}  # where they are not named after the language

# What is no language: placeholders, markup, addresses, dates' formats.
OTHER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{[^}]*\}|<[^>]*>|&\w+;|https?:\S+|\S*[_/\\@]\S*")


def plain(message):
    """The words of a message; nothing if there are too few to tell a language by."""
    words = OTHER.sub(" ", message).split()
    text = " ".join(words)
    return text if len(words) >= 3 and sum(c.isalpha() for c in text) >= 12 else ""


def catalogues(language):
    """The translations of a language: pairs of the English message and its own."""
    for root in map(directory, PACKAGES):
        for path in sorted(path for name in FOLDERS.get(language, (language,)) for path in root.glob(f"**/locale/{name}/LC_MESSAGES/*.mo")):
            with open(path, "rb") as file:
                catalogue = gettext.GNUTranslations(file)._catalog
            for key, message in sorted(catalogue.items(), key=str):
                english = key[0] if isinstance(key, tuple) else key  # of a message that counts something
                if english:
                    yield english.split("\x04")[-1], message


def directory(package):
    """Where a package is, which need not be importable."""
    return pathlib.Path(importlib.util.find_spec(package).origin).parent


def read():
    """Lists of (English message, language, text): to train with, and kept out. What an English message says is in one of them, in all languages."""
    lists, seen = ([], []), set()
    for language in LANGUAGES:
        for english, message in catalogues("de" if language == "en" else language):
            text = plain(english if language == "en" else message)
            if not text or (language, text) in seen or language != "en" and text == plain(english):
                continue
            seen.add((language, text))
            lists[kept_out(english)].append((english, language, text))
    return lists


def kept_out(english):
    """One in five, by a checksum."""
    return zlib.crc32(english.encode()) % 5 == 0


if __name__ == "__main__":
    train, test = read()
    for language in LANGUAGES:
        print(language, *(sum(l == language for _, l, _ in part) for part in (train, test)))
