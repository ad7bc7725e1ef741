"""What an editor wrote: a rule's text taken in, with the place of each mistake."""
