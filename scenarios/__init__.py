"""What a run means: frozen, validated models with units, ranges and sources."""
