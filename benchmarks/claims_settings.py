"""The portal's own settings, with the yardstick of `claims_site` beside its pages."""

from cpts_portal.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.claims_site"
