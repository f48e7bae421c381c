from __future__ import annotations

from django.urls import path

from access.views import backups, board, codes, devices, foreign, keys, places, staff, stays

urlpatterns = [
    path("", board.show_board, name="board"),
    path("stays/", stays.list_stays, name="stay-list"),
    path("stays/new/", stays.create_stay, name="stay-create"),
    path("stays/<uuid:public_id>/", stays.show_stay, name="stay-detail"),
    path("stays/<uuid:public_id>/edit/", stays.edit_stay, name="stay-edit"),
    path("stays/<uuid:public_id>/times/", stays.change_times, name="stay-times"),
    path("stays/<uuid:public_id>/cancel/", stays.cancel, name="stay-cancel"),
    path("stays/<uuid:public_id>/reinstate/", stays.reinstate, name="stay-reinstate"),
    path("stays/<uuid:public_id>/reveal/", codes.reveal_code, name="stay-reveal"),
    path("stays/<uuid:public_id>/new-code/", codes.issue_code, name="stay-new-code"),
    path("locks/", devices.list_devices, name="device-list"),
    path("locks/<uuid:public_id>/", devices.show_device, name="device-detail"),
    path("locks/<uuid:public_id>/read/", devices.read_now, name="device-read"),
    path("locks/<uuid:public_id>/backups/", backups.switch_backups, name="device-backups"),
    path("codes/<uuid:public_id>/backup/", backups.give_backup, name="code-backup"),
    path("stays/<uuid:public_id>/code-fails/", backups.report_failing, name="stay-code-fails"),
    path("locks/<uuid:public_id>/unmanage/", foreign.unmanage, name="device-unmanage"),
    path("locks/<uuid:public_id>/manage/", foreign.manage, name="device-manage"),
    path("unmanaged-codes/<uuid:public_id>/manage/", foreign.convert, name="foreign-convert"),
    path("unmanaged-codes/<uuid:public_id>/delete/", foreign.delete, name="foreign-delete"),
    path("unmanaged-codes/<uuid:public_id>/reveal/", foreign.reveal, name="foreign-reveal"),
    path("people/", staff.list_staff, name="staff-list"),
    path("people/new/", staff.create_staff, name="staff-create"),
    path("people/<uuid:public_id>/", staff.show_staff, name="staff-detail"),
    path("people/<uuid:public_id>/edit/", staff.edit_staff, name="staff-edit"),
    path("people/<uuid:public_id>/end/", staff.end_staff, name="staff-end"),
    path("people/<uuid:public_id>/skip/", staff.skip_day, name="staff-skip"),
    path("people/<uuid:public_id>/reveal/", staff.reveal_staff, name="staff-reveal"),
    path("people/<uuid:public_id>/new-code/", staff.issue_code, name="staff-new-code"),
    path("properties/", places.list_properties, name="property-list"),
    path("properties/<uuid:public_id>/", places.show_property, name="property-detail"),
    path("settings/api-keys/", keys.list_keys, name="api-key-list"),
    path("settings/api-keys/<uuid:public_id>/revoke/", keys.revoke, name="api-key-revoke"),
]
