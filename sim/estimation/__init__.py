"""The estimator bench: what an analyst would estimate from the model's logs, beside the truth."""
