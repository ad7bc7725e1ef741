"""kill -9, again and again, while messages go out: nothing is lost, and no copy is without a reason.

The kills are timed by the stand-in at its n-th request, not by sleeps. A copy has a reason where the stand-in dropped
an answer, or where a request was under way at a kill. `make chaos` does ten times as many, as slowly as Telegram is.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Call, Shown
from tests.walks.killing import Figures, Killer, account, kill_the_sender
from tests.walks.killing_service import kill_the_service

SENDER_KILLS = 10
SERVICE_KILLS = 20
ENDS_WITHIN_S = 10.0


async def test_killing_the_sender_again_and_again_loses_nothing(tmp_path: Path) -> None:
    rng = random.Random(20_261_123)
    figures = await kill_the_sender(tmp_path, SENDER_KILLS, rng, latency_s=lambda: rng.uniform(0.01, 0.04))
    assert_as_promised(figures, SENDER_KILLS)


async def test_killing_the_whole_service_while_feeds_publish_loses_nothing(tmp_path: Path) -> None:
    rng = random.Random(7)
    figures, ended_s = await kill_the_service(tmp_path, SERVICE_KILLS, rng, latency_s=lambda: rng.uniform(0.01, 0.04))
    assert_as_promised(figures, SERVICE_KILLS)
    assert ended_s <= ENDS_WITHIN_S


def assert_as_promised(figures: Figures, kills: int) -> None:
    assert figures.complaints == []
    assert figures.missing == []
    assert figures.unexplained == {}
    assert figures.kills == kills
    assert figures.in_request >= kills // 2
    assert figures.messages > kills


def test_the_account_notices_a_loss_and_a_copy_without_a_reason() -> None:
    telegram = FakeTelegram()
    for message_id in (1, 2):
        telegram.messages[5, message_id] = Shown(5, message_id, "told twice", "told twice", texts=["told twice"])
    killer = Killer(telegram, random.Random(1))
    figures = account(telegram, killer, ["told twice", "never told"])
    assert figures.missing == ["never told"]
    assert figures.unexplained == {"told twice": 2}
    killer.under_way.append(Call(1, "sendMessage", {"chat_id": "5", "text": "told twice"}, 0.0))
    assert account(telegram, killer, ["told twice"]).unexplained == {}
