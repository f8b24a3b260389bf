from __future__ import annotations

from typing import Any

from django.urls import path

from prevention.views import campaigns, pages

ALL = "<slug:cpts>/prevention/"
CAMPAIGNS = f"{ALL}campagnes/"
ONE = f"{CAMPAIGNS}<int:campaign>/"
PAGE = f"{ALL}pages/<int:campaign_page>/"
PICTURE = f"{ALL}images/<int:picture>/"

urlpatterns: list[Any] = [
    path(ALL, campaigns.campaign_list, name="campaign_list"),
    path(f"{CAMPAIGNS}nouvelle/", campaigns.campaign_new, name="campaign_new"),
    path(ONE, campaigns.campaign_show, name="campaign_show"),
    path(f"{ONE}lire/", pages.campaign_read, name="campaign_read"),
    path(f"{ONE}modifier/", campaigns.campaign_edit, name="campaign_edit"),
    path(f"{ONE}publier/", campaigns.campaign_publish, name="campaign_publish"),
    path(f"{ONE}terminer/", campaigns.campaign_close, name="campaign_close"),
    path(f"{ONE}copier/", campaigns.campaign_copy, name="campaign_copy"),
    path(f"{ONE}partenaires/", pages.partner_add, name="partner_add"),
    path(
        f"{ALL}partenaires/<int:campaign_partner>/retirer/",
        pages.partner_remove,
        name="partner_remove",
    ),
    path(f"{ONE}pages/nouvelle/", pages.campaign_page_new, name="campaign_page_new"),
    path(PAGE, pages.campaign_page_edit, name="campaign_page_edit"),
    path(f"{PAGE}supprimer/", pages.campaign_page_remove, name="campaign_page_remove"),
    path(f"{PAGE}monter/", pages.campaign_page_move, name="campaign_page_move"),
    path(f"{PAGE}images/", pages.picture_add, name="picture_add"),
    path(PICTURE, pages.picture_file, name="picture_file"),
    path(f"{PICTURE}decrire/", pages.picture_edit, name="picture_edit"),
    path(f"{PICTURE}retirer/", pages.picture_remove, name="picture_remove"),
]
