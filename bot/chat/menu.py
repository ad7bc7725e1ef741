"""The commands in Telegram's own menu: in each of our languages, and in a chat's own once it chose one."""

from __future__ import annotations

from telegram import Bot, BotCommand, BotCommandScopeChat

from bot.chat import aftermath, commands
from bot.chat.texts import plain
from bot.texts.phrases import LANGUAGES, reading_language

# Kazakhs read the Russian menu: without one of their own, Telegram would show them the English one.
SHOWN_FOR = (*LANGUAGES[1:], "kk")


async def show_all(bot: Bot) -> None:
    """Show our commands to everybody in their language (as far as Telegram lets us)."""
    await aftermath.attempt("menu", bot.set_my_commands(_menu("en")))
    for language in SHOWN_FOR:
        menu = _menu(reading_language(language))
        await aftermath.attempt("menu", bot.set_my_commands(menu, language_code=language))


async def show_in(bot: Bot, chat_id: int, language: str) -> None:
    """Show our commands in one chat in the language that it chose."""
    await aftermath.attempt("menu", bot.set_my_commands(_menu(language), scope=BotCommandScopeChat(chat_id)))


def _menu(language: str) -> list[BotCommand]:
    return [BotCommand(name, plain(f"menu {name}", language)) for name in commands.COMMANDS]
