from django.urls import path

from patients.views import filing, private

app_name = "patients"

urlpatterns = [
    path("trouver-un-medecin/", filing.filing_start, name="filing_start"),
    path("trouver-un-medecin/verification/", filing.filing_check, name="filing_check"),
    path("trouver-un-medecin/code/", filing.filing_code, name="filing_code"),
    path("trouver-un-medecin/confirmation/", filing.filing_done, name="filing_done"),
    path("trouver-un-medecin/hors-territoire/", filing.filing_outside, name="filing_outside"),
    path("trouver-un-medecin/<slug:slug>/", filing.filing_step, name="filing_step"),
    path("ma-demande/", private.private_new_link, name="private_new_link"),
    path("ma-demande/envoye/", private.private_sent, name="private_sent"),
    path("ma-demande/<str:token>/", private.private_show, name="private_show"),
    path("ma-demande/<str:token>/coordonnees/", private.private_correct, name="private_correct"),
    path("ma-demande/<str:token>/situation/", private.private_situation, name="private_situation"),
    path("ma-demande/<str:token>/reponse/", private.private_complete, name="private_complete"),
    path("ma-demande/<str:token>/arret/", private.private_withdraw, name="private_withdraw"),
    path("ma-demande/<str:token>/liens/", private.private_revoke, name="private_revoke"),
]
