"""How every form looks: one template for a field, one for a form (settings.FORM_RENDERER)."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class KeyturnRenderer(TemplatesSetting):
    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
