from django.urls import path

from members.views import missions, statements

urlpatterns = [
    path("<slug:cpts>/reglages/missions/", missions.mission_list, name="mission_list"),
    path("<slug:cpts>/reglages/missions/nouvelle/", missions.mission_new, name="mission_new"),
    path(
        "<slug:cpts>/reglages/missions/<int:mission>/", missions.mission_edit, name="mission_edit"
    ),
    path("<slug:cpts>/indemnites/", statements.statement_show, name="statement_show"),
    path("<slug:cpts>/indemnites/releve.csv", statements.statement_csv, name="statement_csv"),
    path("<slug:cpts>/indemnites/releve.pdf", statements.statement_pdf, name="statement_pdf"),
    path("<slug:cpts>/indemnites/moi/", statements.statement_mine, name="statement_mine"),
    path(
        "<slug:cpts>/indemnites/<int:member>/attestation.pdf",
        statements.statement_certificate,
        name="statement_certificate",
    ),
]
