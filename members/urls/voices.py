from django.urls import path

from members.views import voices as views

urlpatterns = [
    path("<slug:cpts>/idees/", views.suggestion_list, name="suggestion_list"),
    path("<slug:cpts>/idees/<int:idea>/", views.suggestion_answer, name="suggestion_answer"),
    path("<slug:cpts>/questionnaires/", views.survey_list, name="survey_list"),
    path("<slug:cpts>/questionnaires/nouveau/", views.survey_new, name="survey_new"),
    path("<slug:cpts>/questionnaires/<int:poll>/", views.survey_answer, name="survey_answer"),
    path("<slug:cpts>/questionnaires/<int:poll>/modifier/", views.survey_edit, name="survey_edit"),
    path("<slug:cpts>/questionnaires/<int:poll>/ouvrir/", views.survey_open, name="survey_open"),
    path("<slug:cpts>/questionnaires/<int:poll>/clore/", views.survey_close, name="survey_close"),
    path(
        "<slug:cpts>/questionnaires/<int:poll>/publier/",
        views.survey_publish,
        name="survey_publish",
    ),
]
