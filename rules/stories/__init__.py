"""What belongs together: exact keys of copies, sketches of items, and how alike two items are."""

from __future__ import annotations

from rules.stories.exact import canonical_url, nearly_same_title, story_keys, title_key

__all__ = ["canonical_url", "nearly_same_title", "story_keys", "title_key"]
