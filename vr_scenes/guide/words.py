"""What a question is about and what it asks for: its content words, and aspects such as a height, a name, a material or a reason.

The rule kept here: words that only ask (what, how, 什么, 请问) say nothing about the subject and are left out before texts are
compared. An aspect is a pair of forms: how one asks for it, and what a sentence must have that could give it. They are broad on purpose;
what a missing one weighs is fitted.
"""

from __future__ import annotations

import re

from knowledge_graph.words import fold, terms

__all__ = ["ASPECTS", "content", "gives", "wants"]

_ASKING = re.compile(
    r"请问|请教|告诉我|能不能|可不可以|是不是|有没有|为什么|为啥|什么样|什么|怎么样|怎样|怎么|如何|多少|哪里|哪儿|哪些|哪一|哪个|哪|"
    r"啥|谁|几|吗|呢|吧|啊|呀|了|的|地|得|是|有|在|和|与|把|被|多(?=[高宽长大深远重厚])|这里|那里|这个|那个|这些|那些|这|那|它们|它|他|她|"
    r"我们|我|你|您|一下|可以|能|会|要|到底|究竟|就|也|都|还|很|最"
)
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_SILENT = frozenset(
    """a an and are as at be been being by can could did do does for from had has have here how i if in into is it its just
    many me much my of on or our please say should so some tell than that the their them there these they this those to us was we
    were what when where which who whom whose why will with would you your about any anything something get got make made name mean
    called s t d ll ve re""".split()  # noqa: SIM905
)
_NUMBER = (
    r"\d|[一二三四五六七八九十百千万半两几](?:[个根块层座段米步度条面种朵只级点厘分成等字次件扇])|百分"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|dozen|twice|hundred)\b"
)
ASPECTS = {
    "price": (r"\bcosts?\b|price|ticket|\bfee|how much (?:money|did)|多少钱|多少银子|票价|门票|价钱|价格", r"\bcosts?\b|price|银|价|\bfee"),
    "count": (r"how many|几[个根块层座段步条面种朵只级次等片扇]|多少[个根块层片种次棵人条]|一共|总共", _NUMBER),
    "height": (
        r"how (?:high|tall)|height|higher|\brise|多高|高多少|高出|几米高|高度|几层|离地|距地",
        r"\bhigh|height|\btall|above|\brise|storey|高|层|离地",
    ),
    "width": (r"how wide|width|across|多宽|多粗|最粗|直径|宽度", r"\bwide|width|across|diameter|宽|径|粗"),
    "thickness": (r"how thick|多厚|厚度", r"thick|厚"),
    "length": (
        r"how far|length|distance|how long (?:is|are|was)|多长|多远|长度|几米|多少米",
        r"\blong\b|length|met(?:re|er)s?\b|\bcm\b|distance|长|米|公里|距离",
    ),
    "depth": (r"how deep|depth|多深|最深|深度", r"\bdeep|depth|深"),
    "weight": (r"weigh|how heavy|\btons?\b|多重|几吨|多少斤", r"\bweighs?\b|\btons?\b|kilo|吨|公斤"),
    "size": (
        r"\barea\b|square|how (?:big|large)|percent|share|多大|面积|平米|平方|百分之|占",
        r"\barea|square|per ?cent|proportion|平方|面积|见方|百分|\d",
    ),
    "time": (
        r"\bwhen (?:did|was|were|is|do|does)|what year|how old|which (?:year|dynasty|century)|how (?:long|often) |"
        r"哪年|哪一年|什么时候|何时|什么季节|"
        r"哪个朝代|多少年|几点|几天|多久|以前|最早",
        r"\b1\d{3}\b|\b20\d\d\b|century|dynasty|summer|autumn|spring|winter|season|year|年|朝代|明代|宋|唐|清代|世纪|夏|秋|春|冬|古",
    ),
    "person": (
        r"\bwho\b|whose|by whom|author|emperor|carpenter who|谁|哪位|什么人|主人|作者|师傅|皇帝",
        r"Mi Fu|Ji Cheng|scholar|owner|official|painter|mason|builder|craft|carpenter|people|家|人|匠|夫|者|米芾|计成",
    ),
    "name": (
        r"\bname\b|\bcalled?\b|what do .* call|term for|名字|叫什么|叫啥|叫做|管.*叫|姓",
        r"\bcall|known as|\bname|叫|称|名|谓|曰",
    ),
    "material": (
        r"made (?:of|from|out)|built (?:of|out|from)|material|what (?:wood|timber|stone|kind of)|filled with|"
        r"什么材料|啥材料|什么做|什么铺|什么东西|"
        r"拿(?:什么|啥)|用(?:什么|啥)|什么砖|什么木|楠木|杉木",
        r"wood|timber|stone|brick|tile|lime|plaster|pebble|potsherd|mortar|rock|石|砖|木|瓦|灰|卵|陶|瓷",
    ),
    "colour": (r"colou?r|颜色|什么色|粉的|漆", r"white|gr[ea]y|black|\bred\b|green|blue|pink|colou?r|白|灰|黑|红|绿|粉|青|色"),
    "reason": (
        r"\bwhy\b|how come|the point|purpose|reason|\bfor\?|what .* for\b|为什么|为啥|干嘛|有什么用|图什么|作用|用处",
        r"because|so that|\bso\b|\bkeep|\blet|\bfor\b|in order|为了|因|所以|于是|使|让|免|便|就|才",
    ),
    "origin": (r"where (?:do|does|did|are|is) .*(?:come|from)|come from|origin|"
        r"哪里产|从哪|哪来|来自|哪座山|产地", r"\bfrom\b|origin|出自|产|来自|采"),
    "whether": (r"allowed|\bmay i\b|\bcan i\b|可以.*吗|能.*吗|让不让|允许", r"\bmay\b|\bcan\b|allow|可以|能"),
    "way": (r"\bhow (?:do|did|does|could|can|is|are|was|were)\b|怎么|如何|怎样", r"."),
}  # fmt: skip
_ASPECTS = {name: (re.compile(asked, re.I), re.compile(given, re.I)) for name, (asked, given) in ASPECTS.items()}


def content(text: str) -> list[str]:
    """The words that say what a text is about, each once: English without plural s, Chinese as jieba cuts it.

    >>> content("How wide is the bridge?"), content("请问这座桥的桥面有多长？")
    (['wide', 'bridge'], ['座', '桥', '桥面', '长'])
    """
    found: list[str] = []
    for run in _RUN.findall(_ASKING.sub(" ", fold(text))):
        found += _cut(run) if run[0] >= "\u3400" else [term.text for term in terms(run)]
    return [word for word in dict.fromkeys(found) if word not in _SILENT]


def _cut(run: str) -> list[str]:
    import logging

    import jieba

    jieba.setLogLevel(logging.ERROR)
    return list(jieba.cut(run))


def wants(question: str) -> frozenset[str]:
    """Which of ASPECTS the question asks for."""
    return frozenset(name for name, (asked, _) in _ASPECTS.items() if asked.search(question))


def gives(text: str) -> frozenset[str]:
    """Which of ASPECTS a text could give."""
    return frozenset(name for name, (_, given) in _ASPECTS.items() if given.search(text))
