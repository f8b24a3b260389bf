from django.urls import path

from members.views import directory as views
from members.views import public_directory as public

urlpatterns = [
    path("annuaire/", public.directory_public_choice, name="directory_public_choice"),
    path("annuaire/<slug:cpts>/", public.directory_public, name="directory_public"),
    path(
        "annuaire/<slug:cpts>/<int:person>/",
        public.directory_public_detail,
        name="directory_public_detail",
    ),
    path(
        "annuaire/<slug:cpts>/<int:person>/contact.vcf",
        public.directory_public_card,
        name="directory_public_card",
    ),
    path("<slug:cpts>/annuaire/", views.directory_list, name="directory_list"),
    path("<slug:cpts>/annuaire/annuaire.vcf", views.directory_cards, name="directory_cards"),
    path("<slug:cpts>/annuaire/annuaire.pdf", views.directory_pdf, name="directory_pdf"),
    path("<slug:cpts>/annuaire/<int:person>/", views.directory_detail, name="directory_detail"),
    path(
        "<slug:cpts>/annuaire/<int:person>/contact.vcf",
        views.directory_card,
        name="directory_card",
    ),
]
