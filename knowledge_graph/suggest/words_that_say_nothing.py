"""The stop words of suggestions. Data, as text that diffs well."""

from __future__ import annotations

__all__ = ["chinese_stop_words", "english_stop_words"]

ENGLISH = """
solve initial careful relax explore challenge assignment aside adding defining installation hold dig deeper rules
a about above across actually after again against all almost also although always am among an and another
answer answers any anyone anything appendix are around as ask asks at away back bad be became because become
becomes been before began begin behind being below best better between beyond big bit both but by call called
calls came can cannot case cases certain chapter check choose come comes common consider contain contains
content contents could course create created creates current day days deal did different discussion do does
doing done down during each easy either else end enough especially etc even ever every everything exactly
example examples except exercise exercises fact far few figure final finally find first five follow following
follows for found four from full further gave general get gets give given gives go goes going good got great
had half hand happen happens hard has have having he help here high him his how however idea ideas if
important in indeed information inside instead interesting into introduction is it its itself just keep kind
kinds know known last later learn learned least left less let lets like likely line lines little long look
looking looks lot made main make makes making many may maybe me means might more most much must my name need
needed needs never new next no none nor not note notes nothing notice now of off often ok old on once one ones
only onto open or order other others our out over overview own page part particular particularly parts people
perhaps place point points possible practice prefer previous probably problem put question questions quick
quickly quite rather read reading real really reason recall references remember result results right run said
same saw say says second section see seem seems seen sets several shall she should show showed shown shows
side similar similarly simple simply since single small so solution solutions some something sometimes soon
specific start started still step steps such summary sure take taken takes takeaway task tasks tell text than
that the their them then there therefore these they thing things think third this those though three through
thus time times title to today together told too took toward true try turn two types under understand unless
until up upon us use used useful user users uses using usual usually value various very via want wants was way
ways we well went were what whatever when where whether which while who whole whose why will wish with within
without word words work working works would write writing written yes yet you your yourself available able
happy welcome please thanks author license licence copyright website book chapters notebook notebooks
resources count goodbye group highest lowest empty share catch sorting catching measuring six seven eight nine
ten zero north south east west lower upper twice century year month hour minute simpler larger smaller bigger
doesn don isn didn won can't doesn't don't isn't it's let's that's there's we'll we're we've you'll you're
you've i'll i'm implement compute define suppose returns return print
"""
CHINESE = """
小结 总结 练习 例子 问题 答案 目标 学习 内容 单元 课程 步骤 参考 说明 注意 提示 思考 结果 方法 时候
东西 地方 部分 意思 名字 大家 同学 老师 作业 下一步 前言 引言 目录 附录 图 表 格子 代码格 一项 一行
一列 一张 一个 两个 问题是 人们 时间 情况 方面 可能 需要 开始 结束 这里 那里 自己 别人 今天 现在 以后
以前 中间 上面 下面 里面 外面 左边 右边 事情 办法 原因 关系 作用 特点 题目 句子 文章 页 课 字 行 列
世纪 年份 数字
"""


def english_stop_words() -> frozenset[str]:
    """English words that name no concept alone."""
    return frozenset(ENGLISH.split())


def chinese_stop_words() -> frozenset[str]:
    """Chinese words that name no concept alone."""
    return frozenset(CHINESE.split())
