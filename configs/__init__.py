"""What to run: Hydra configuration groups; data only."""
