"""Small rows in the shapes the museums publish, made for these tests: the columns are theirs, the objects are nobody's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from knowledge_graph.culture.record import CultureRecord, Image, Maker
from knowledge_graph.culture.rights import CC0, Open, Rights

__all__ = ["CARNEGIE", "CLEVELAND", "MET", "MET_HEADER", "RECORD", "carnegie_lines", "csv_file"]

MET_HEADER = """
Object Number,Is Highlight,Is Timeline Work,Is Public Domain,Object ID,Gallery Number,Department,AccessionYear,Object Name,Title,Culture,
Period,Dynasty,Reign,Portfolio,Constituent ID,Artist Role,Artist Prefix,Artist Display Name,Artist Display Bio,Artist Suffix,
Artist Alpha Sort,Artist Nationality,Artist Begin Date,Artist End Date,Artist Gender,Artist ULAN URL,Artist Wikidata URL,Object Date,
Object Begin Date,Object End Date,Medium,Dimensions,Credit Line,Geography Type,City,State,County,Country,Region,Subregion,Locale,Locus,
Excavation,River,Classification,Rights and Reproduction,Link Resource,Object Wikidata URL,Metadata Date,Repository,Tags,Tags AAT URL,
Tags Wikidata URL
""".replace("\n", "").split(",")
MET: dict[str, Any] = dict.fromkeys(MET_HEADER, "") | {
    "Object Number": "2026.1", "Is Public Domain": "True", "Object ID": "900001", "Department": "Asian Art", "Object Name": "Jar",
    "Title": "Jar with two handles", "Culture": "China", "Dynasty": "Ming dynasty (1368–1644)", "Constituent ID": "1|2",
    "Artist Role": "Potter|Painter", "Artist Display Name": "First Maker|Second Maker", "Artist Nationality": "Chinese|",
    "Artist Begin Date": "1500|1510", "Artist End Date": "1560|9999", "Object Date": "16th century", "Object Begin Date": "1500",
    "Object End Date": "1599", "Medium": "Porcelain painted in underglaze blue", "City": "Jingdezhen", "Country": "China",
    "Classification": "Ceramics", "Link Resource": "http://www.metmuseum.org/art/collection/search/900001",
}  # fmt: skip
CLEVELAND: dict[str, Any] = {
    "id": 900002, "accession_number": "2026.2", "share_license_status": "CC0", "title": "Autumn Hills",
    "title_in_original_language": "秋山圖",
    "creation_date": "1600s", "creation_date_earliest": 1600, "creation_date_latest": 1650, "culture": ["China, Ming dynasty (1368-1644)"],
    "technique": "hanging scroll, ink on silk", "department": "Chinese Art", "type": "Painting", "measurements": "100 x 40 cm",
    "creditline": "Gift of nobody", "copyright": None, "url": "https://clevelandart.org/art/2026.2", "isli": "000001-ABC123-4",
    "creators": [{"id": 7, "description": "A Painter (Chinese, 1590-1660)", "role": "artist", "birth_year": "1590", "death_year": "1660"}],
    "images": {"web": {"url": "https://openaccess-cdn.clevelandart.org/2026.2/2026.2_web.jpg", "width": "900", "height": "1200"}},
    "alternate_images": [{"web": {"url": "https://openaccess-cdn.clevelandart.org/2026.2/2026.2_alt1_web.jpg",
                                  "width": "800", "height": "600"}}],
    "external_resources": {"wikidata": ["https://www.wikidata.org/wiki/Q1"], "internet_archive": []},
}  # fmt: skip
CARNEGIE: dict[str, Any] = {
    "title": "Bowl", "creation_date": "Qianlong period (1736-1795)", "creation_date_earliest": "1736-01-01",
    "creation_date_latest": "1795-01-01", "medium": "porcelain", "accession_number": "26.3", "id": "cmoa:things/0001",
    "credit_line": "Gift of nobody", "department": "Decorative Arts and Design", "item_width": 0.0, "item_height": 3.25,
    "item_depth": 0.0, "item_diameter": 6.0, "web_url": "http://collection.cmoa.org/CollectionDetail.aspx?item=1",
    "classification": "Ceramics", "images": [{"image_url": "http://collection.cmoa.org/CollectionImage.aspx?irn=1&size=Medium"}],
    "creator": [{"artist_id": "cmoa:parties/1", "party_type": "Person", "full_name": "unknown Chinese", "role": None,
                 "nationality": "Chinese", "birth_date": None, "death_date": None, "birth_place": None}],
    "metadata_rights": "CC0-1.0", "image_rights": "images are NOT CC0",
}  # fmt: skip
RECORD = CultureRecord(
    source="cleveland", name="1", source_id="1", accession="=1+1", museum="The Cleveland Museum of Art", url="https://clevelandart.org/art/1",
    title={"en": "</script><script>alert(1)</script>", "zh-CN": "“引号”，逗号\t与制表"}, title_language="zh-CN", kind="Painting",
    makers=(Maker("Ma Yuan", "artist", "Chinese", "1160", "1225", "Qiantang", "person", "9"), Maker("unknown Chinese", "attributed to")),
    date="c. 1200", earliest=-206, latest=1225, period="Southern Song", dynasty="Song dynasty", culture="China",
    places=("Hangzhou", "China"),
    medium="hanging scroll, ink on silk", materials=("silk",), classification="Painting", department="Chinese Art",
    dimensions="'100 x 40 cm", credit="+Gift", rights=Rights(Open.yes, CC0, "CC0"), image_rights=Rights(Open.yes, CC0, "CC0"),
    identifiers=(("isli", "000001-ABC123-4"), ("wikidata", "https://www.wikidata.org/wiki/Q1")),
    images=(Image("https://openaccess-cdn.clevelandart.org/1/1_web.jpg"),), raw="0" * 64,
)  # fmt: skip


def carnegie_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The rows as JSON Lines."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def csv_file(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], mark: bool = True) -> bytes:
    """The rows as CSV, with the byte order mark that museums put in front."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8")
