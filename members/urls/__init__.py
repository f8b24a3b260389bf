"""The members' pages, grouped by noun; French paths."""

from members.urls import (
    applications,
    coming_in,
    delegations,
    directory,
    documents,
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
    *applications.urlpatterns,
    *documents.urlpatterns,
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
