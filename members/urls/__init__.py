"""The members' pages, grouped by noun; French paths."""

from members.urls import (
    coming_in,
    delegations,
    directory,
    groups,
    invitations,
    meetings,
    missions,
    profiles,
    protections,
    voices,
)

app_name = "members"

urlpatterns = [
    *coming_in.urlpatterns,
    *voices.urlpatterns,
    *invitations.urlpatterns,
    *delegations.urlpatterns,
    *protections.urlpatterns,
    *directory.urlpatterns,
    *profiles.urlpatterns,
    *groups.urlpatterns,
    *meetings.urlpatterns,
    *missions.urlpatterns,
]
