from django.urls import path

from members.views import settings as views

urlpatterns = [
    path("<slug:cpts>/reglages/", views.settings_hub, name="settings_hub"),
    path("<slug:cpts>/reglages/cpts/", views.settings_cpts, name="settings_cpts"),
    path("<slug:cpts>/reglages/colleges/", views.college_list, name="college_list"),
    path("<slug:cpts>/reglages/colleges/nouveau/", views.college_new, name="college_new"),
    path("<slug:cpts>/reglages/colleges/<int:college>/", views.college_edit, name="college_edit"),
]
