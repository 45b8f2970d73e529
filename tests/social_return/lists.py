"""Price lists of five shapes, as regions publish them, entered as data.

The amounts are those of DOMAIN's table of published lists; they are here to test shapes with.
"""

from decimal import Decimal

from impactmakelaar.social_return.rules import Effort
from impactmakelaar.social_return.rules_prices import Bonus, Price, PriceList, Unit, Weight


def euros(amount: int) -> int:
    return amount * 100


def row(code: str, label: str, amount: int, unit: Unit = Unit.YEAR, **fields: object) -> Price:
    effort = fields.pop("effort", Effort.PLACEMENT)
    return Price(code, label, effort, unit, euros(amount), **fields)  # type: ignore[arg-type]


HAAGLANDEN = PriceList(
    Decimal(36),
    prices=(
        row("nug", "Niet-uitkeringsgerechtigd", 5_000, cap_months=12),
        row("jong", "Jongere zonder startkwalificatie", 10_000, cap_months=12),
        row("bbl12", "Bbl", 25_000, level="tot en met niveau 2", effort=Effort.LEARNING),
        row("bbl34", "Bbl", 15_000, level="vanaf niveau 3", effort=Effort.LEARNING),
        row("vso", "Stage vso of praktijkonderwijs", 7_500, cap_months=24, effort=Effort.LEARNING),
        row("ww", "WW", 20_000, cap_months=12),
        row("wia", "WIA of WAO", 30_000, cap_months=24),
        row("pw", "Participatiewet", 40_000, cap_months=24),
        row("banenafspraak", "Banenafspraak", 50_000),
        Price("opleiding", "Opleiding", Effort.TRAINING, Unit.INVOICE, 10_000),
    ),
    bonuses=(
        Bonus("55plus", "55 jaar of ouder", euros(10_000)),
        Bonus("beperking", "Arbeidsbeperking", euros(10_000)),
        Bonus("dienst", "In dienst na de stage", euros(25_000), True, frozenset({"vso"})),
    ),
    weights=(
        Weight("haaglanden", "Erkende sociale onderneming", 10_000, frozenset({"Erkend"})),
        Weight("haaglanden", "Aspirant", 5_000, frozenset({"Aspirant"})),
        Weight("badge", "SROI-badge", 10_000),
    ),
)
"""Levels, caps in months, a bonus paid once, real cost for training."""

LEIDEN = PriceList(
    Decimal(36),
    prices=(
        row("nug", "Niet-uitkeringsgerechtigd", 5_000),
        row("nug-b", "Niet-uitkeringsgerechtigd", 10_000, level="met arbeidsbeperking"),
        row("pw", "Participatiewet", 30_000),
        row("pw-b", "Participatiewet", 50_000, level="met arbeidsbeperking"),
        row("bol", "Stage bol", 10_000, effort=Effort.LEARNING),
        row("dag", "Maatschappelijke activiteit", 1_000, Unit.DAY, effort=Effort.KNOWLEDGE),
    ),
    bonuses=(Bonus("55plus", "55 jaar of ouder", euros(15_000)),),
    weights=(Weight("sheltered", "Sociale werkvoorziening", 10_000),),
)
"""Rows doubled by disability, an activity per day, only sheltered work is purchased at."""

UTRECHT_OLD = PriceList(
    Decimal(36),
    prices=(
        row("ww-kort", "WW", 15_000, level="korter dan een jaar"),
        row("ww-lang", "WW", 20_000, level="langer dan een jaar"),
        row("pw-kort", "Participatiewet", 30_000, level="korter dan twee jaar"),
        row("pw-lang", "Participatiewet", 40_000, level="langer dan twee jaar"),
        row("hulp", "Hulp aan een sociaal initiatief", 100, Unit.HOUR, effort=Effort.KNOWLEDGE),
    ),
    bonuses=(
        Bonus("50plus", "50 jaar of ouder", euros(5_000)),
        Bonus("vast", "Vast contract", euros(10_000), once=True),
    ),
)
"""Levels by the length of the benefit, hours of knowledge, a bonus per year beside one once."""

MONTHLY = PriceList(
    Decimal(40),
    prices=(
        row("plek", "Werkplek", 750, Unit.MONTH, by_hours=False, cap_months=12),
        row("plek-u", "Werkplek naar uren", 2_500, Unit.MONTH),
        row("gesprek", "Kennismakingsgesprek", 250, Unit.ONCE, effort=Effort.OTHER),
        Price("dag", "Teamdag", Effort.KNOWLEDGE, Unit.DAY, euros(1_000), at_most=euros(2_500)),
    ),
    bonuses=(
        Bonus("50plus", "50 jaar of ouder", euros(6_000), excludes=frozenset({"55plus"})),
        Bonus("55plus", "55 jaar of ouder", euros(9_000)),
        Bonus("taal", "Taalachterstand", euros(3_000)),
    ),
)
"""Amounts per month, some without regard to hours, a 40-hour week, bonuses that exclude."""

TWENTE = PriceList(
    Decimal(36),
    weights=(
        Weight("code_social", "Code Sociale Ondernemingen", 10_000, frozenset({"Geregistreerd"})),
        Weight("senl", "Lid van Social Enterprise NL", 5_000),
    ),
)
"""Nothing but weights of social purchasing."""

ALL = {
    "haaglanden": HAAGLANDEN,
    "leiden": LEIDEN,
    "utrecht-old": UTRECHT_OLD,
    "monthly": MONTHLY,
    "twente": TWENTE,
}
