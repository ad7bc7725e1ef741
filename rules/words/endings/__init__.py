"""Case endings, one module a language: Russian by its dictionary, the others by their own tables.

Every module has `case_forms(word)`, which takes a lower-case word and returns its case forms, the word itself left out.
"""
