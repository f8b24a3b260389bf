"""The members' pages, grouped by noun; French paths."""

from members.urls import (
    ads,
    applications,
    coming_in,
    delegations,
    directory,
    documents,
    groups,
    imports,
    invitations,
    leaving,
    meetings,
    memberships,
    missions,
    newcomers,
    profiles,
    protections,
    settings,
    subscriptions,
    voices,
)

app_name = "members"

urlpatterns = [
    *coming_in.urlpatterns,
    *newcomers.public_urlpatterns,
    *applications.urlpatterns,
    *documents.urlpatterns,
    *voices.urlpatterns,
    *ads.urlpatterns,
    *newcomers.urlpatterns,
    *invitations.urlpatterns,
    *delegations.urlpatterns,
    *protections.urlpatterns,
    *leaving.urlpatterns,
    *directory.urlpatterns,
    *profiles.urlpatterns,
    *groups.urlpatterns,
    *meetings.urlpatterns,
    *missions.urlpatterns,
    *imports.urlpatterns,
    *memberships.urlpatterns,
    *subscriptions.urlpatterns,
    *settings.urlpatterns,
]
