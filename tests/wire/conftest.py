"""Deterministic: the same payloads on every run, so that a red run stays red."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "wire",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("wire")
