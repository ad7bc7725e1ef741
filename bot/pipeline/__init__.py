"""The walk of an item, by stages that are cut where the scarce resource changes: network in, CPU, network out.

`collect`  asks the sources that are due, reads what changed, and keeps new items, the source's validators and its
           next poll time in one commit. The first poll of a source is a silent baseline.
`pages`    runs beside it: where a feed gave only a summary, the article's page is fetched later and becomes the
           item's text. No alert waits for it; a page that can't be had leaves the summary.
`analyse`  lets the rules read every item whose present text is unread (in a worker: `bot.judge`), joins or opens
           its story, decides for each subscriber (`telling`), and writes matches, story, verdicts, alerts and outbox
           rows in one commit. It reads again when a text changes: a rule that newly matches alerts once; a match that
           vanishes is recorded and sends nothing.
`deliver`  takes outbox rows, fairly over chats and inside Telegram's limits, and records what became of each attempt.
`digest`   enters at the subscriber's hour: all that was put down for it becomes outbox rows in one commit.
`cleanup`  ends what is past its time: texts first, identities last.

Between the stages lies the database, so a crash anywhere loses nothing: what was not finished is still due. Each stage
is an idempotent function of row ids; the ticker (`bot.schedule`) only asks "what is due?", and keeps nothing.
"""
