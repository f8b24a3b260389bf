"""Prevention's pages, grouped by noun; French paths."""

from prevention.urls import (
    campaigns,
    door,
    events,
    figures,
    materials,
    publishing,
    recalls,
    registrations,
    reminders,
    rota,
    sessions,
    settings,
    unsubscribing,
)

app_name = "prevention"

urlpatterns = [
    *campaigns.urlpatterns,
    *materials.urlpatterns,
    *settings.urlpatterns,
    *sessions.urlpatterns,
    *rota.urlpatterns,
    *door.urlpatterns,
    *figures.urlpatterns,
    *recalls.urlpatterns,
    *registrations.urlpatterns,
    *reminders.urlpatterns,
    *unsubscribing.urlpatterns,
    *events.urlpatterns,
    *publishing.urlpatterns,
]
