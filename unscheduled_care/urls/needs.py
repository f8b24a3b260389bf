from django.urls import path

from unscheduled_care.views import needs

urlpatterns = [
    path("<slug:cpts>/besoins/", needs.need_list, name="need_list"),
    path("<slug:cpts>/besoins/nouveau/", needs.need_new, name="need_new"),
    path("<slug:cpts>/besoins/<int:need>/", needs.need_show, name="need_show"),
    path("<slug:cpts>/besoins/<int:need>/prendre/", needs.need_take, name="need_take"),
    path("<slug:cpts>/besoins/<int:need>/retirer/", needs.need_withdraw, name="need_withdraw"),
]
