from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from cpts_portal.core import demo_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("vos-donnees/", views.privacy, name="privacy"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("accessibilite/texte/", views.text_size, name="text_size"),
    path("mentions-legales/", views.legal, name="legal"),
    path("langue/", login_not_required(set_language), name="set_language"),
    path("demo/messages/", demo_views.demo_messages, name="demo_messages"),
]
