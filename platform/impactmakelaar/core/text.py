"""Dutch words: how a text becomes the stems that are indexed, searched and highlighted.

One function for all three, or a word would be found and not shown. The steps: lower case, accents
off, Snowball's ``dutch_porter`` (named: plain ``dutch`` changed its algorithm in Snowball 3), final
v/f and z/s made equal, doubled vowels and a lost final -e evened out, and a short list of words for
which the algorithm is wrong. ``VERSION`` is stored with an index: another one means rebuild.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

import Stemmer

VERSION = "nl-4"
MAX_TEXT = 20_000
MAX_WORD = 60

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
HYPHENS = re.compile("[-‐‑–]")

STOP_WORDS = frozenset(
    """
    aan al alle alles als ander anders bij daar dan dat de den der deze die dit door dus een
    eens en er ge geen had heb hebben heeft het hier hij hoe hun ik in is ja je kan kunnen
    maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons onze
    ook op over reeds te tegen toch toen tot u uit uw van veel voor want waren was wat we
    wel werd wie wij wil worden wordt zal ze zei zelf zich zij zijn zo zonder zou
    """.split()  # noqa: SIM905  (readable as prose, not as a list)
)

EXCEPTIONS = {
    "gemeente": "gemeent",
    "gemeenten": "gemeent",
    "mening": "mening",
    "meningen": "mening",
    "gezond": "gezond",
    "gezonde": "gezond",
    "gezondheid": "gezondheid",
    "zon": "zon",
    "gezin": "gezin",
    "gezinnen": "gezin",
    "geld": "geld",
    "gelden": "geld",
    "gebouw": "gebouw",
    "gebouwen": "gebouw",
    "bouw": "bouw",
    "bouwen": "bouw",
    "bakkerij": "bakkerij",
    "bakker": "bakker",
    "bakkers": "bakker",
    "drukwerk": "drukwerk",
    "steden": "stad",
    "stad": "stad",
    "schepen": "schip",
    "kinderen": "kind",
    "eieren": "ei",
    "lift": "lift",
    "post": "post",
    "werk": "werk",
    "werken": "werk",
}
"""Words for which the algorithm joins what differs or splits what belongs together."""

PARTS = frozenset(
    """
    schoonmaak bedrijf groen onderhoud tuin park boom bomen glas was wasserij fiets koerier
    koeriers dienst diensten post pakket bezorging bezorg catering lunch kantine koffie thee
    brood bakkerij druk werk drukkerij vorm geving ontwerp hout meubel meubels bouw schilder
    schilders timmer dak zon zonne paneel panelen energie afval papier kleding textiel
    winkel keuken kantoor meubilair straat reiniging zwerf grof tuin aanleg natuur landschap
    water web site sites software computer data archief scan digitaal leer plek plekken baan
    banen werkplaats montage verpakking inpak vervoer taxi leerlingen auto deel lease opslag
    evenement evenementen vergader locatie zaal ruimte verhuur beveiliging toezicht training
    opleiding taal les lessen zorg dagbesteding jeugd ouderen wijk buurt huis huishoud hulp
    personeel uitzend bureau detachering jobcoach coach advies onderzoek communicatie foto
    film video kunst cultuur muziek theater sport speel goed tuinen plantsoen onkruid
    bestrijding maai snoei hovenier imker honing groente fruit vlees zuivel maaltijd
    maaltijden restaurant hotel horeca buffet borrel sociale sociaal inkoop maatschap
    maatschappelijk circulair duurzaam hergebruik reparatie herstel stoffeer wasstraat
    strijk bestrating riool isolatie installatie elektro loodgieter ramen wassen gevel
    gebouwen beheer balie receptie klant contact telefoon administratie boekhouding salaris
    ict helpdesk techniek metaal las constructie fietsen stalling garage onderdelen
    kringloop lucht vloer tapijt verf behang sloop grond weg wegen verkeer bord borden
    straatmeubilair
    """.split()  # noqa: SIM905  (readable as prose, not as a list)
)
"""Everyday parts of compounds; words of the index's own texts come on top of these."""

LINKS = ("", "s", "en", "e")

_stemmer = Stemmer.Stemmer("dutch_porter")


def fold(text: str) -> str:
    """Lower case, without accents: ``Coöperatie`` -> ``cooperatie``."""
    if text.isascii():
        return text[:MAX_TEXT].lower()
    text = unicodedata.normalize("NFKD", text[:MAX_TEXT]).lower()
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if unicodedata.category(c) != "Mn")


@lru_cache(maxsize=100_000)
def _folded_word(word: str) -> str:
    return fold(word).replace("'", "").replace("’", "")[:MAX_WORD]


def words(text: str) -> list[str]:
    """The folded words of a text, in order; hyphens and apostrophes separate or vanish.

    "re-integratie" gives re, integratie and reintegratie: whichever way it is typed, it is found.
    """
    return [word for word, _start, _end in spans(text)]


def spans(text: str) -> list[tuple[str, int, int]]:
    """(folded word, start, end) in the original text; a hyphenated word also as one."""
    text = text[:MAX_TEXT]
    found: list[tuple[str, int, int]] = []
    for match in WORD.finditer(text):
        word = _folded_word(match.group())
        if word:
            found.append((word, *match.span()))
    if not HYPHENS.search(text):
        return found
    joined = []
    for (a, start, mid), (b, begin, end) in pairwise(found):
        if begin == mid + 1 and HYPHENS.match(text[mid]):
            joined.append((a + b, start, end))
    return sorted(found + joined, key=lambda span: (span[1], span[2]))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word; equal for the forms of one word."""
    if word in EXCEPTIONS:
        return EXCEPTIONS[word]
    if len(word) <= 3 or word.isdigit():
        return word
    # "fiets" is no plural of "fiet": words in -ts are taken through their own plural.
    form = word + "en" if word.endswith("ts") else word
    # Plurals on -s after a silent e (routes, machines, lunches); adres and proces are none.
    if form.endswith(("ies", "ees", "fes", "ges", "tes", "nes", "ches")) and len(form) > 4:
        form = form[:-1]
    short = str(_stemmer.stemWord(form))
    if len(short) < 3:
        return word
    if len(short) > 4 and short.endswith("e"):
        short = short[:-1]
    if short[-1] == "v":
        short = short[:-1] + "f"
    elif short[-1] == "z":
        short = short[:-1] + "s"
    # sociaal/sociale, groen/groene, school/scholen: long vowels are written once or twice.
    short = re.sub(r"([aeou])\1(?=[^aeiou]$)", r"\1", short)
    return re.sub(r"([bdfgklmnprst])\1$", r"\1", short)


@lru_cache(maxsize=100_000)
def parts(word: str) -> tuple[str, ...]:
    """The parts of a compound when all of it is known parts: schoonmaakbedrijf -> two; else ()."""
    if len(word) < 7 or word in PARTS:
        return ()
    return tuple(_split(word, 0) or ())


def head(word: str) -> str | None:
    """The everyday word that a compound ends in: in Dutch that says what kind of thing it is."""
    found = [part for part in PARTS if len(part) > 3 and word.endswith(part) and part != word]
    return max(found, key=len, default=None)


def _split(word: str, depth: int) -> list[str] | None:
    if depth > 3:
        return None
    for end in range(len(word) - 3, 2, -1):
        head = word[:end]
        base = next((head.removesuffix(link) for link in LINKS if _known(head, link)), None)
        if base is None:
            continue
        tail = word[end:]
        if tail in PARTS or (len(tail) > 3 and stem(tail) in _part_stems()):
            return [base, tail]
        rest = _split(tail, depth + 1)
        if rest:
            return [base, *rest]
    return None


def _known(head: str, link: str) -> bool:
    return head.endswith(link) and head[: len(head) - len(link)] in PARTS


@lru_cache(maxsize=1)
def _part_stems() -> frozenset[str]:
    return frozenset(stem(part) for part in PARTS if len(part) > 3)


def index_terms(text: str) -> list[str]:
    """Every term under which a text is found: stems of its words and of their parts."""
    return [term for word in words(text) for term in terms_of_word(word)]


@lru_cache(maxsize=100_000)
def terms_of_word(word: str) -> tuple[str, ...]:
    """The terms under which a folded word is found; none for a stop word."""
    if word in STOP_WORDS:
        return ()
    return (stem(word), *(stem(part) for part in parts(word)))


def query_words(text: str) -> tuple[list[str], bool]:
    """(words to find, whether there were only stop words) of what somebody typed.

    A hyphenated or spaced compound ("re-integratie", "re integratie") stays findable: the short
    first half joins what follows.
    """
    found = (_folded_word(match.group()) for match in WORD.finditer(text[:MAX_TEXT]))
    plain = [word for word in found if word]
    joined: list[str] = []
    for word in plain:
        if joined and joined[-1] in ("re", "co", "bio", "eco", "ex", "web"):
            joined[-1] += word
        else:
            joined.append(word)
    kept = list(dict.fromkeys(word for word in joined if word not in STOP_WORDS))
    return kept[:24], bool(joined) and not kept


def _hits(text: str, stems: frozenset[str]) -> list[tuple[int, int]]:
    """(start, end) of the words with one of these stems."""
    if HYPHENS.search(text):
        return [
            (start, end)
            for word, start, end in spans(text)
            if not stems.isdisjoint(terms_of_word(word))
        ]
    # Most texts have no hit and no hyphen: one look at each word, and no list of them all.
    return [
        match.span()
        for match in WORD.finditer(text)
        if not stems.isdisjoint(_terms_as_written(match.group()))
    ]


@lru_cache(maxsize=100_000)
def _terms_as_written(word: str) -> tuple[str, ...]:
    return terms_of_word(_folded_word(word))


def highlight(text: str, stems: frozenset[str], around: int = 160) -> list[tuple[str, bool]]:
    """A piece of the text round the first hit, as (piece, is a hit); empty when nothing matches."""
    hits = _hits(text[:MAX_TEXT], stems)
    if not hits:
        return []
    begin = max(0, hits[0][0] - around // 3)
    begin = text.rfind(" ", 0, begin) + 1 if begin else 0
    stop = min(len(text), begin + around)
    stop = len(text) if stop == len(text) else text.rfind(" ", begin, stop) or stop
    stop = max(stop, hits[0][1])
    pieces: list[tuple[str, bool]] = [("… ", False)] if begin else []
    at = begin
    for start, end in hits:
        if start < at or end > stop:
            continue
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:stop], False))
    if stop < len(text):
        pieces.append((" …", False))
    return [piece for piece in pieces if piece[0]]
