"""`mediawatch rules …`: trying rules on texts and on the archive, and changing them. Matching runs in workers."""

from __future__ import annotations

import typer

from bot.cli.rules import check, drafting, effect, forms, history, match, publishing, score, trial

app = typer.Typer(no_args_is_help=True)
app.command("check")(check.check)
app.command("test")(trial.try_text)
app.command("forms")(forms.forms)
app.command("match")(match.match)
app.command("score")(score.score)
app.command("diff")(effect.diff)
app.command("draft")(drafting.draft)
app.command("edit")(drafting.edit)
app.command("publish")(publishing.publish)
app.command("rollback")(publishing.rollback)
app.command("history")(history.history)
app.command("export")(history.export)
