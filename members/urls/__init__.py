"""The members' pages, grouped by noun; French paths."""

from members.urls import coming_in, delegations, directory, invitations, profiles

app_name = "members"

urlpatterns = [
    *coming_in.urlpatterns,
    *invitations.urlpatterns,
    *delegations.urlpatterns,
    *directory.urlpatterns,
    *profiles.urlpatterns,
]
