from django.urls import path

from patients.views import filing, inbox, intakes, private, referrals, triage

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
    path("<slug:cpts>/demandes/", inbox.request_list, name="request_list"),
    path("<slug:cpts>/demandes/chercher/", inbox.request_search, name="request_search"),
    path("<slug:cpts>/demandes/nouvelle/", inbox.request_new, name="request_new"),
    path("<slug:cpts>/demandes/<slug:reference>/", triage.request_detail, name="request_detail"),
    path(
        "<slug:cpts>/demandes/<slug:reference>/attribuer/",
        triage.request_assign,
        name="request_assign",
    ),
    path("<slug:cpts>/demandes/<slug:reference>/note/", triage.note_add, name="note_add"),
    path(
        "<slug:cpts>/demandes/<slug:reference>/tentative/", triage.attempt_add, name="attempt_add"
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/rappel/",
        triage.call_back_plan,
        name="call_back_plan",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/rappel/annuler/",
        triage.call_back_cancel,
        name="call_back_cancel",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/priorite/",
        triage.priority_override,
        name="priority_override",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/complement/", triage.request_ask, name="request_ask"
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/qualifier/",
        triage.request_qualify,
        name="request_qualify",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/proposer/",
        triage.request_refer,
        name="request_refer",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/reprendre/",
        triage.referral_take_back,
        name="referral_take_back",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/rendez-vous/",
        triage.first_visit_set,
        name="first_visit_set",
    ),
    path(
        "<slug:cpts>/demandes/<slug:reference>/declarer/",
        triage.request_declare,
        name="request_declare",
    ),
    path("<slug:cpts>/demandes/<slug:reference>/clore/", triage.request_end, name="request_end"),
    path(
        "<slug:cpts>/demandes/<slug:reference>/rouvrir/",
        triage.request_reopen,
        name="request_reopen",
    ),
    path("<slug:cpts>/orientations/", referrals.referral_list, name="referral_list"),
    path("<slug:cpts>/orientations/<int:pk>/", referrals.referral_detail, name="referral_detail"),
    path(
        "<slug:cpts>/orientations/<int:pk>/reserver/",
        referrals.referral_reserve,
        name="referral_reserve",
    ),
    path(
        "<slug:cpts>/orientations/<int:pk>/accepter/",
        referrals.referral_accept,
        name="referral_accept",
    ),
    path(
        "<slug:cpts>/orientations/<int:pk>/decliner/",
        referrals.referral_decline,
        name="referral_decline",
    ),
    path(
        "<slug:cpts>/orientations/<int:pk>/rendez-vous/",
        referrals.referral_visit,
        name="referral_visit",
    ),
    path("<slug:cpts>/ma-capacite/", intakes.intake_edit, name="intake_edit"),
]
