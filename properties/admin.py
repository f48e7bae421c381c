"""People and tenants, places, stays and feeds in the admin; the people who sign in are managed here.

Stays are read-only: properties.booking is their only door. Of a feed the address is never shown (`masked_url` is).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group

from properties.admin_base import ReadMostlyAdmin, ReadOnlyAdmin
from properties.models import (
    CalendarFeed,
    FeedEvent,
    FeedFetch,
    Guest,
    Membership,
    Property,
    Stay,
    StayChange,
    Unit,
    User,
    Workspace,
    WorkspaceChange,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    _UserAdmin = UserAdmin[User]
    _Inline = admin.StackedInline[Any, Any]
    _UserCreationForm = AdminUserCreationForm[User]
    _UserChangeForm = UserChangeForm[User]
else:
    _UserAdmin = UserAdmin
    _Inline = admin.StackedInline
    _UserCreationForm = AdminUserCreationForm
    _UserChangeForm = UserChangeForm

# Superusers see everything and nobody else comes in, so groups would be a promise that nothing keeps.
admin.site.unregister(Group)
# Its own page shows the seed of a second factor.
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """A lost second factor is deleted here, so that its owner can set up a new one."""

    can_delete = True
    hidden = ("data",)
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)


class MembershipInline(_Inline):
    model = Membership
    extra = 0
    raw_id_fields = ("user", "workspace")


class NewUserForm(_UserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class ChangedUserForm(_UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class PersonAdmin(_UserAdmin):
    form = ChangedUserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    inlines: ClassVar = [MembershipInline]
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # History names people; who leaves is made inactive.
        return False


@admin.register(Workspace)
class WorkspaceAdmin(ReadMostlyAdmin):
    editable = ("name", "is_sandbox")
    hidden = ("members",)
    can_add = True
    list_display = ("name", "is_sandbox", "created_at")
    list_filter = ("is_sandbox",)
    search_fields = ("name", "public_id")
    inlines: ClassVar = [MembershipInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # A sandbox stays one: its locks are not real.
        locked = [] if obj is None else ["is_sandbox"]
        return [*super().get_readonly_fields(request, obj), *locked]


@admin.register(Membership)
class MembershipAdmin(ReadMostlyAdmin):
    editable = ("workspace", "user", "role")
    can_add = can_delete = True
    raw_id_fields = ("workspace", "user")
    list_display = ("user", "workspace", "role")
    list_filter = ("role",)
    list_select_related = ("user", "workspace")
    search_fields = ("user__email", "workspace__name")


@admin.register(Property)
class PropertyAdmin(ReadMostlyAdmin):
    """Zone, times and buffers move the windows of stays: properties.booking.change_property_rules changes them."""

    editable = ("name", "address")
    list_display = ("name", "workspace", "time_zone", "check_in_time", "check_out_time")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("name", "address", "public_id")


@admin.register(Unit)
class UnitAdmin(ReadMostlyAdmin):
    editable = ("name",)
    list_display = ("name", "property", "workspace")
    list_filter = ("property__workspace",)
    list_select_related = ("property__workspace",)
    search_fields = ("name", "property__name", "public_id")

    @admin.display(ordering="property__workspace__name")
    def workspace(self, unit: Unit) -> Workspace:
        return unit.property.workspace


@admin.register(Guest)
class GuestAdmin(ReadOnlyAdmin):
    list_display = ("name", "workspace", "email", "phone_last4", "created_at")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("name", "email", "public_id")


@admin.register(Stay)
class StayAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "unit",
        "workspace",
        "kind",
        "status",
        "source",
        "starts_at",
        "ends_at",
        "revision",
    )
    list_filter = ("status", "kind", "channel", "workspace")
    list_select_related = ("workspace", "unit", "guest")
    search_fields = ("external_id", "source", "reference", "guest__name", "public_id")
    date_hierarchy = "arrival_date"


@admin.register(StayChange)
class StayChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "stay", "action", "actor", "revision")
    list_filter = ("action",)
    list_select_related = ("stay__guest",)
    search_fields = ("actor", "stay__external_id")


@admin.register(WorkspaceChange)
class WorkspaceChangeAdmin(ReadOnlyAdmin):
    list_display = ("at", "workspace", "actor", "what", "detail")
    list_select_related = ("workspace",)
    date_hierarchy = "at"


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadMostlyAdmin):
    editable = ("name",)
    computed = ("address",)
    list_display = ("__str__", "unit", "address", "channel", "is_active", "last_good_at", "failures")
    list_filter = ("is_active", "channel", "ambiguous_policy", "unit__property__workspace")
    list_select_related = ("unit__property",)
    search_fields = ("name", "unit__name", "public_id")

    @admin.display(description="address (masked)")
    def address(self, feed: CalendarFeed) -> str:
        return feed.masked_url


@admin.register(FeedFetch)
class FeedFetchAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "feed", "outcome", "http_status", "events", "size")
    list_filter = ("outcome",)
    list_select_related = ("feed__unit",)
    search_fields = ("feed__name", "feed__unit__name")


@admin.register(FeedEvent)
class FeedEventAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "feed", "classified", "decision", "arrival_date", "departure_date", "missed")
    list_filter = ("classified", "decision")
    list_select_related = ("feed__unit",)
    search_fields = ("uid", "summary", "feed__name")
