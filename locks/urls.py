from __future__ import annotations

from django.urls import path

from locks import views

urlpatterns = [
    path("locks/new/", views.create_device, name="device-create"),
    path("properties/<uuid:public_id>/doors/new/", views.create_door, name="door-create"),
    path("doors/<uuid:public_id>/edit/", views.edit_door, name="door-edit"),
    path("doors/<uuid:public_id>/remove/", views.delete_door, name="door-remove"),
]
