from django.urls import path

from cpts_portal.board.views import menu, minutes, today

app_name = "board"

urlpatterns = [
    path("<slug:cpts>/mes-3-minutes/", minutes.minutes, name="minutes"),
    path("<slug:cpts>/menu/", menu.menu, name="menu"),
    path("<slug:cpts>/", today.today, name="today"),
]
