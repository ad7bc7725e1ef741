"""What a word is: tokens, one spelling for many, case forms, transliterations, typos, languages."""
