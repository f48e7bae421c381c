from __future__ import annotations

from django.urls import path

from locks.drivers.virtual import views

urlpatterns = [
    path("locks/<uuid:public_id>/keypad/", views.press_keypad, name="device-keypad"),
    path("locks/<uuid:public_id>/moods/", views.change_moods, name="device-moods"),
    path("locks/<uuid:public_id>/mood/", views.set_one_mood, name="device-mood"),
    path("locks/<uuid:public_id>/parts/", views.change_parts, name="device-parts"),
    path("locks/<uuid:public_id>/hands/", views.use_hands, name="device-hands"),
]
