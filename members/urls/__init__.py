"""The members' pages, grouped by noun; French paths."""

from members.urls import (
    ads,
    applications,
    coming_in,
    delegations,
    directory,
    documents,
    groups,
    invitations,
    leaving,
    meetings,
    memberships,
    missions,
    profiles,
    protections,
    settings,
    subscriptions,
    voices,
)

app_name = "members"

urlpatterns = [
    *coming_in.urlpatterns,
    *applications.urlpatterns,
    *documents.urlpatterns,
    *voices.urlpatterns,
    *ads.urlpatterns,
    *invitations.urlpatterns,
    *delegations.urlpatterns,
    *protections.urlpatterns,
    *leaving.urlpatterns,
    *directory.urlpatterns,
    *profiles.urlpatterns,
    *groups.urlpatterns,
    *meetings.urlpatterns,
    *missions.urlpatterns,
    *memberships.urlpatterns,
    *subscriptions.urlpatterns,
    *settings.urlpatterns,
]
