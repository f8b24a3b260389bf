"""The members' pages, grouped by noun; French paths."""

from members.urls import coming_in, delegations, invitations

app_name = "members"

urlpatterns = [
    *coming_in.urlpatterns,
    *invitations.urlpatterns,
    *delegations.urlpatterns,
]
