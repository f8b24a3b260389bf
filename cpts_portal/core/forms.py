"""How forms are drawn."""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Django's form templates, looked up in templates/ first."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
