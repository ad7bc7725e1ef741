"""Whether Telegram can be reached, and when to ask next. Pure: the clock is an argument.

A message whose answer was lost may be sent once more, never twice. So that this one try is not spent on a line that
is dead, nothing is sent after a failure until a harmless call (getMe) was answered.
"""

from __future__ import annotations

PROBE_FIRST_S = 1.0
PROBE_LAST_S = 30.0
TOKEN_PROBE_S = 60.0
DOUBTS_AT_MOST = 2
DOUBT_LAST_S = 60.0


class Reach:
    """What we know of the line. Times are seconds on one clock that never goes back."""

    def __init__(self) -> None:
        self.down = False
        self.reason = ""
        self._probe_at_s = 0.0
        self._wait_s = PROBE_FIRST_S
        self._probing = False
        self._lost_in_a_row = 0
        self._doubtful_until_s = 0.0

    def failed(self, now_s: float, reason: str, *, lost: bool = False, token: bool = False) -> None:
        """Note a request that failed on the way: nothing is sent until a probe was answered."""
        if lost:
            self._lost_in_a_row += 1
            if self._lost_in_a_row > DOUBTS_AT_MOST:
                pause_s = min(2.0 ** (self._lost_in_a_row - DOUBTS_AT_MOST), DOUBT_LAST_S)
                self._doubtful_until_s = now_s + pause_s
        if self.down:
            return
        self.down, self.reason = True, reason
        self._wait_s = TOKEN_PROBE_S if token else PROBE_FIRST_S
        self._probe_at_s = now_s + (TOKEN_PROBE_S if token else 0.0)

    def answered(self, *, sent: bool) -> None:
        """Note that an answer came: the line works. `sent`: a message itself was answered, not only a probe."""
        self.down, self.reason = False, ""
        self._probing = False
        if sent:
            self._lost_in_a_row, self._doubtful_until_s = 0, 0.0

    def probe_due(self, now_s: float) -> bool:
        """Say whether to probe now; a probe that this starts ends in `answered` or `probe_failed`."""
        if not self.down or self._probing or now_s < self._probe_at_s:
            return False
        self._probing = True
        return True

    def probe_failed(self, now_s: float, reason: str, *, token: bool = False) -> None:
        """Note a probe without an answer; the next one comes later each time, up to half a minute."""
        self.reason, self._probing = reason, False
        if token:
            self._wait_s = TOKEN_PROBE_S
        self._probe_at_s = now_s + self._wait_s
        self._wait_s = max(min(self._wait_s * 2, PROBE_LAST_S), TOKEN_PROBE_S if token else 0.0)

    def at_once(self, now_s: float, parallel: int) -> int:
        """Return how many requests may be under way: none while down; one at a time where probes are answered but
        messages are not, with longer and longer pauses, so that a queue is not spent on a line that swallows it."""
        if self.down or now_s < self._doubtful_until_s:
            return 0
        return 1 if self._lost_in_a_row >= DOUBTS_AT_MOST else parallel
