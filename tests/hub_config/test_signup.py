"""What a sign-up form must say: every fault is named, all of them at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub_config.lockout import Lockout, address_of
from hub_config.signup import RESERVED, password_fault, read_sign_up

GOOD = {
    "username": "lin-xiaoyu",
    "name": "林小雨",
    "age_band": "adult",
    "password": "荷塘月色很美丽呀",
    "confirmation": "荷塘月色很美丽呀",
}


def read(**changes: str):  # type: ignore[no-untyped-def]
    return read_sign_up(
        {**GOOD, **changes}, is_taken=lambda name: name == "taken", is_common=lambda word: word == "password1"
    )


def test_a_full_form_makes_a_sign_up_with_a_chinese_name() -> None:
    sign_up, faults = read()
    assert sign_up is not None and not faults
    assert (sign_up.account, sign_up.name, sign_up.age_band, sign_up.guardian) == (
        "lin-xiaoyu",
        "林小雨",
        "adult",
        False,
    )
    assert "荷塘" not in repr(sign_up)


def test_an_empty_form_names_every_fault_at_once() -> None:
    sign_up, faults = read_sign_up({}, is_taken=lambda _: False, is_common=lambda _: False)
    assert sign_up is None
    assert set(faults) == {"username", "age_band", "password"}


@pytest.mark.parametrize(
    "account",
    ["li", "小雨", "1lin", "lin--yu", "lin-", "-lin", "lin/yu", "../lin", "lin yu", "l" * 33, "lin.yu", "lin%2f"],
)
def test_account_names_that_are_no_safe_address_are_refused(account: str) -> None:
    assert read(username=account)[1] == {"username": "hub.fault-account"}


@pytest.mark.parametrize("account", ["taken", *sorted(RESERVED)])
def test_taken_and_reserved_names_are_refused(account: str) -> None:
    assert read(username=account)[1] == {"username": "hub.fault-taken"}


def test_capitals_and_spaces_around_an_account_name_are_forgiven() -> None:
    sign_up, _ = read(username=" Lin-XiaoYu ")
    assert sign_up is not None and sign_up.account == "lin-xiaoyu"


def test_under_14_needs_the_guardians_yes_and_others_do_not_keep_one() -> None:
    assert read(age_band="under14")[1] == {"guardian": "hub.fault-guardian"}
    child, _ = read(age_band="under14", guardian="yes")
    grown, _ = read(age_band="adult", guardian="yes")
    assert child is not None and child.guardian
    assert grown is not None and not grown.guardian


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "short"),
        ("password1", "common"),
        ("lin-xiaoyu", "account"),
        ("Lin-Xiaoyulin-xiaoyu", "account"),
        (" " * 8, "blank"),
        ("\u3000" * 9, "blank"),
        ("aaaaaaaa", "same"),
        ("月月月月月月月月", "same"),
        ("月" * 25, "long"),
        ("a" * 73, "long"),
        ("good\0night", "long"),
    ],
)
def test_bad_passwords_are_refused_with_their_reason(password: str, fault: str) -> None:
    assert read(password=password, confirmation=password)[1] == {"password": f"hub.fault-password-{fault}"}


def test_an_account_name_repeated_is_no_password_but_may_be_part_of_one() -> None:
    def fault(password: str) -> str:
        return password_fault(password, "bob1", lambda _: False)

    assert {fault("bob1bob1"), fault("BOB1 bob1 bob1"), fault("bob1" * 4)} == {"password-account"}
    assert fault("bob1 rows the boat") == ""


def test_control_characters_and_endless_names_are_refused() -> None:
    assert read(name="lin\u202eyu")[1] == {"name": "hub.fault-name"}
    assert read(name="林" * 61)[1] == {"name": "hub.fault-name-long"}


def test_every_fault_has_words_in_both_languages() -> None:
    from commons.languages import load_messages

    said = load_messages().room("hub")
    source = Path("hub_config/signup.py").read_text() + Path("hub_config/handlers.py").read_text()
    for key in (
        "account",
        "taken",
        "name",
        "name-long",
        "age",
        "guardian",
        "confirmation",
        "old-password",
        "sign-in",
        "resting",
        *(f"password-{why}" for why in ("short", "long", "blank", "same", "account", "common")),
    ):
        assert key in source and f"hub.fault-{key}" in said, key


def test_no_hub_message_is_unused() -> None:
    keys = json.loads(Path("commons/messages/hub.json").read_text("utf-8"))
    files = [*Path("hub_config").rglob("*.py"), *Path("hub_config").rglob("*.html")]
    source = "\n".join(path.read_text("utf-8") for path in files)
    made = ("hub.fault-", "hub.error-", "hub.age-")
    assert [key for key in keys if key not in source and not key.startswith(made)] == []


def test_an_account_rests_after_failures_and_wakes_again() -> None:
    door = Lockout(failures=3, rest_s=60)
    for second in (0.0, 1.0, 2.0):
        assert door.seconds_left("lin", "a", now=second) == 0
        door.failed("lin", "a", now=second)
    assert door.seconds_left("lin", "a", now=3.0) == pytest.approx(59)
    assert door.seconds_left("mei", "a", now=3.0) == 0
    assert door.seconds_left("lin", "b", now=3.0) == 0, "nobody is locked out by another"
    assert door.seconds_left("lin", "a", now=62.5) == 0


def test_guesses_from_many_addresses_make_an_account_rest_for_everybody() -> None:
    door = Lockout(failures=8, most=100, rest_s=60)
    for number in range(100):
        assert door.seconds_left("lin", "home", now=1.0) == 0
        door.failed("lin", f"10.0.0.{number}", now=1.0)
    assert door.seconds_left("lin", "home", now=1.0) == pytest.approx(60)


def test_signing_in_forgets_the_own_failures_and_not_those_of_others() -> None:
    door = Lockout(failures=2, most=3, rest_s=60)
    door.failed("lin", "guesser", now=0.0)
    door.failed("lin", "home", now=1.0)
    door.succeeded("lin", "home")
    assert door._times == {("lin", "guesser"): [0.0], ("lin", ""): [0.0]}
    door.succeeded("lin", "guesser")
    assert door._times == {}


def test_old_failures_are_forgotten_so_that_names_do_not_pile_up() -> None:
    door = Lockout(failures=3, rest_s=60)
    for number in range(100):
        door.failed(f"guess-{number}", "a", now=float(number))
    door.failed("now", "a", now=1000.0)
    assert list(door._times) == [("now", "a"), ("now", "")]


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("made, up, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1,198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 127.0.0.1", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("198.51.100.7, unknown", "local"),
        ("::1", "local"),
        ("", "local"),
    ],
)
def test_an_address_is_what_our_own_proxy_saw(forwarded: str, address: str) -> None:
    assert address_of(forwarded) == address
