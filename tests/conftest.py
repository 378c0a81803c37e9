"""Generated cases are the same on every machine and in every run, so a failure can be repeated."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "engagesim",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("engagesim")
