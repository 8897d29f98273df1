"""Which concepts of the graph a museum object shows, by the museum's own words for kind, material and time.

Rule: a word counts only where it stands as a whole word in the field it belongs to; years decide the dynasty only where
most of the object's span lies inside it. What no word maps is reported, and gets the one concept every object shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from knowledge_graph.culture.record import CultureRecord

__all__ = ["FALLBACK", "concepts_of", "is_mapped"]

AREA = "collections"
FALLBACK = "collections.museum-object"

# Concept ← words in medium, kind, classification or title. An asterisk: the word may go on.
WORDS: tuple[tuple[str, str], ...] = (
    ("porcelain", "porcelain|porcelaneous|porcellaneous|kaolinic"),
    ("stoneware", "stoneware"),
    ("earthenware", "earthenware|terracotta|redware|pottery"),
    ("celadon", "celadon|greenware|green-colored stoneware"),
    ("qingbai", "qingbai|ch'ing-pai|yingqing"),
    ("jian-ware", "temmoku|tenmoku|jian ware|kian|chi-chou ware"),
    ("cizhou-ware", "cizhou|tz'u-chou"),
    ("yixing-ware", "yixing|i-hsing"),
    ("blue-and-white", "underglaze blue|blue and white|blue-and-white|blue-painted hard paste porcelain"),
    ("overglaze-enamel", "overglaze|famille \\w+|"
     "porcelain with (?:\\w+, )?(?:polychrome )?(?:glazed )?enamel|porcelain, enamel|enameled porcelain|enamel and gilded"),
    ("export-porcelain", "export|coat of arms|cuddon crest|mancerina"),
    ("glaze", "glaze|glazed|glazes"),
    ("ceramics", "ceramic|ceramics"),
    ("tea-ware", "tea ?bowl|teapot|teacup|tea caddy|tea|coffeepot|chawan"),
    ("jade-carving", "jade|nephrite|jadeite"),
    ("jade-disc", "pi-disc|pi \\(disc\\)|bi disc|bi"),
    ("stone-carving", "stone|limestone|marble|soapstone|"
     "agate|amber|amethyst|lapis-lazuli|granite|sandstone|hardstone|crystal"),
    ("bronze", "bronze|copper alloy"),
    ("ritual-vessel", "ritual vessel|\\(ting\\)|\"ho\" type|ritual"),
    ("mirror", "mirror|mirrors"),
    ("belt-hook", "belthook|belt hook|garment hook"),
    ("gilding", "gilded|gilt|gilding|gilt-bronze|bronze dore"),
    ("silver-and-gold", "silver|gold|jewelry"),
    ("cloisonne", "cloisonne|cloisonné"),
    ("enamel-on-metal", "painted enamel|enameled bronze"),
    ("lacquer", "lacquer|lacquered"),
    ("ivory-and-horn", "ivory|horn|antler|tortoiseshell|netsuke"),
    ("wood-carving", "carved wood|wood|wooden|teakwood|boxwood"),
    ("glassware", "glass"),
    ("snuff-bottle", "snuff bottle|snuff bottles"),
    ("incense-burner", "incense burner|censer|hill jar"),
    ("scholars-objects", "brush jar|brush holder|brush pot|inkstand|"
     "inkstone|seal box|seal paste box|brick, ink|cup, palette|seal|pen holder"),
    ("lamp", "candlestick|lamp|lighting devices"),
    ("furniture", "furniture|table|chair|cabinet"),
    ("textile", "textile|textiles|silk|cotton|wool|linen|flax|satin|rug|tapestry|brocade|velvet"),
    ("silk-embroidery", "embroidered|embroidery|satin|silk gauze"),
    ("costume", "costume|costumes|fan|hair ornament|robe|garment|maniple|kimono|jewelry|buckle"),
    ("tomb-figure", "tomb figure|mingqi|model of a wellhead|zodiac figure|bactrian camel|falconer"),
    ("sculpture", "sculpture|statuette|figure|head of guanyin|standing female|standing warrior|two male figures"),
    ("buddhist-image", "buddha|buddhist|bodhisattva|guanyin|kuan-yin|kannon|guardian"),
    ("daoist-image", "taoist|daoist|god of the north"),
    ("brick-and-tile", "brick|tile relief|tile"),
    ("painting", "painting|paintings|acrylic on canvas|oil on canvas|watercolor|on silk"),
    ("ink-painting", "ink and colou?r|ink wash|ink on|ink and gold|ink"),
    ("hanging-scroll", "hanging scroll|scroll \\(vertical\\)|scroll painting \\(vertical\\)|scroll"),
    ("handscroll", "handscroll|hand scroll"),
    ("landscape-painting", "scroll, landscape|landscape"),
    ("bird-and-flower", "bird and flower|birds? and flowers?"),
    ("figure-painting", "portrait|fisherman"),
    ("wall-painting", "fresco|wall painting|mural"),
    ("rubbing", "rubbing"),
    ("drawing", "drawing|drawings|pencil|charcoal|pastel|chalk|architectural drawings|marker on trace"),
    ("print", "print|prints|stencil|screenprint|posters|poster"),
    ("woodblock-print", "woodblock|woodcut|woodcuts|wood engraving|printing blocks"),
    ("lithograph", "lithograph|lithography"),
    ("etching", "etching|engraving|aquatint|drypoint"),
    ("illustrated-book", "mustard seed garden|ten bamboo hall|illustrated book|books|album|bound woodcuts"),
    ("religious-text", "sutra|documents and information artifacts"),
    ("photograph", "photograph|photographs|photography|gelatin silver|chromogenic|albumen|fujiflex"),
    ("modern-art", "acrylic|installation|installations|video art|plexiglas|utopia station"),
    ("arms-and-armour", "arms and armou?r|weapons?|weapons and ammunition|sword|tsuba|helmet|armou?r"),
    ("games", "recreational artifacts|puzzles?|chess|toys?|games?"),
    ("museum-object", "containers|metals|tools and equipment"),
)  # fmt: skip

# Concept, first and last year (BCE negative), culture, words that name it.
TIMES: tuple[tuple[str, int, int, str, str], ...] = (
    ("collections.neolithic-china", -7000, -1900, "chin", "neolithic"),
    ("collections.shang-dynasty", -1600, -1046, "chin", "shang"),
    ("collections.zhou-dynasty", -1122, -221, "chin", "zhou|chou"),
    ("collections.han-dynasty", -206, 220, "chin", "han"),
    ("collections.six-dynasties", 220, 589, "chin", "wei|jin|northern and southern|six dynasties|northern zhou|northern qi"),
    ("collections.sui-dynasty", 581, 618, "chin", "sui"),
    ("collections.tang-dynasty", 618, 907, "chin", "tang|t'ang"),
    ("collections.liao-dynasty", 907, 960, "chin", "liao|five dynasties"),
    ("jiangnan.song-dynasty", 960, 1279, "chin", "song|sung"),
    ("collections.yuan-dynasty", 1271, 1368, "chin", "yuan"),
    ("jiangnan.ming-dynasty", 1368, 1644, "chin", "ming"),
    ("jiangnan.qing-dynasty", 1644, 1912, "chin", "qing|ch'ing"),
    ("collections.kangxi", 1662, 1722, "chin", "kangxi|k'ang-hsi"),
    ("collections.yongzheng", 1723, 1735, "chin", "yongzheng|yung cheng"),
    ("collections.qianlong", 1736, 1795, "chin", "qianlong|ch'ien-lung"),
    ("collections.modern-china", 1912, 2200, "chin", "republic of china"),
    ("collections.edo-period", 1603, 1868, "japan", "edo"),
    ("collections.meiji-period", 1868, 1912, "japan", "meiji"),
    ("collections.goryeo-dynasty", 918, 1392, "korea", "goryeo|koryo"),
    ("collections.joseon-dynasty", 1392, 1897, "korea", "joseon|choson"),
)  # fmt: skip
PRINTED = {"collections.print", "collections.woodblock-print", "collections.photograph"}
REIGNS = {"collections.kangxi", "collections.yongzheng", "collections.qianlong"}
# So much of an object's span of years must lie inside a dynasty, or inside one reign.
MOST, MOST_OF_A_REIGN = 0.6, 0.9
MODERN = 1912

# A general word says nothing beside a special one.
NARROWER = {
    "collections.print": {"collections.woodblock-print", "collections.lithograph", "collections.etching"},
    "collections.ceramics": {"collections.porcelain", "collections.stoneware", "collections.earthenware"},
    "collections.sculpture": {"collections.buddhist-image", "collections.daoist-image", "collections.tomb-figure"},
    "collections.textile": {"collections.silk-embroidery", "collections.painting"},
    "collections.museum-object": {name for name in (f"{AREA}.{concept}" for concept, _ in WORDS) if name != FALLBACK},
    "collections.glaze": {"collections.celadon", "collections.overglaze-enamel", "collections.qingbai", "collections.jian-ware"},
    "jiangnan.qing-dynasty": REIGNS,
}  # fmt: skip


def concepts_of(record: CultureRecord) -> tuple[str, ...]:
    """The concepts the object shows, the thing itself first, then its time; FALLBACK alone where no word is known."""
    found = _named_in(_said(record))
    if PRINTED & set(found):
        # What a print's title names is pictured in it, not what it is made of; and its paper and block are no painting
        # or carving.
        books = {f"{AREA}.illustrated-book"} & set(_named_in(record.title.get("en", "").lower()))
        found = [one for one in found if one.partition(".")[2] not in ("ink-painting", "painting", "wood-carving")]
        found += sorted(books)
    else:
        found = _named_in(f"{_said(record)} ; {record.title.get('en', '').lower()}")
    if _is_japanese(record) and f"{AREA}.woodblock-print" in found and "collections.edo-period" in _times(record):
        found.append("collections.ukiyo-e")
    found += _times(record)
    if f"{AREA}.modern-art" not in found and _is_picture(found) and (record.earliest or 0) >= MODERN:
        found.append(f"{AREA}.modern-art")
    kept = [one for one in dict.fromkeys(found) if not NARROWER.get(one, set()) & set(found)]
    return tuple(kept) or (FALLBACK,)


def is_mapped(concepts: Iterable[str]) -> bool:
    """Whether more than the general concept was found."""
    return any(one != FALLBACK for one in concepts)


def _said(record: CultureRecord) -> str:
    return " ; ".join((record.medium, *record.materials, record.classification, record.kind)).lower()


@lru_cache(maxsize=4096)
def _named(said: str) -> tuple[str, ...]:
    return tuple(f"{AREA}.{name}" for name, words in WORDS if _has(said, words))


def _named_in(said: str) -> list[str]:
    return list(_named(said))


def _has(said: str, words: str) -> bool:
    return _pattern(words).search(said) is not None


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def _is_picture(found: list[str]) -> bool:
    return bool({f"{AREA}.painting", f"{AREA}.print", f"{AREA}.photograph"} & set(found))


def _is_japanese(record: CultureRecord) -> bool:
    return "japan" in _where(record)


def _where(record: CultureRecord) -> str:
    return " ".join((record.culture, *record.places, *(maker.nationality for maker in record.makers))).lower()


def _times(record: CultureRecord) -> list[str]:
    where = _where(record)
    named = " ; ".join(
        (record.period, record.dynasty, record.culture, record.date, *(one.name for one in record.makers))
    )
    found = []
    for concept, first, last, culture, words in TIMES:
        if culture not in where:
            continue
        if (
            _has(f"{record.period} ; {record.dynasty}".lower(), words)
            or _has(named.lower(), rf"(?:{words}) (?:dynasty|dynasties|period)")
            or _share(record.earliest, record.latest, first, last) >= (MOST_OF_A_REIGN if concept in REIGNS else MOST)
        ):
            found.append(concept)
    return found


def _share(earliest: int | None, latest: int | None, first: int, last: int) -> float:
    """How much of the object's span lies between two years, 0..1; 0 where it is not dated."""
    if earliest is None or latest is None or earliest > latest:
        return 0.0
    span = latest - earliest + 1
    shared = min(latest, last) - max(earliest, first) + 1
    return shared / span
