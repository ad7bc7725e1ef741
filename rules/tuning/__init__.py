"""What a rule is worth: warnings, scores on labelled items, and what a change would do."""
