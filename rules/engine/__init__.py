"""What an item is about: compiled rules, the index that all share, readings, positions, evidence."""
