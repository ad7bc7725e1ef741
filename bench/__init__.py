"""What a release is measured with, against named alternatives. BENCH.md holds the figures and how to rerun them."""
