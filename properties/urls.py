from __future__ import annotations

from django.urls import path

from properties.views import feed_removal, feeds, inbox, many_units, places, styleguide, team, workspaces

urlpatterns = [
    path("workspace/", workspaces.switch_workspace, name="workspace-switch"),
    path("properties/new/", places.create_property, name="property-create"),
    path("properties/<uuid:public_id>/edit/", places.edit_property, name="property-edit"),
    path("properties/<uuid:public_id>/units/new/", places.create_unit, name="unit-create"),
    path("units/many/", many_units.change_many_units, name="unit-many"),
    path("units/<uuid:public_id>/edit/", places.edit_unit, name="unit-edit"),
    path("feeds/", feeds.list_feeds, name="feed-list"),
    path("feeds/new/", feeds.create_feed, name="feed-create"),
    path("feeds/events/decide/", inbox.decide_on_ticked, name="feed-events-decide"),
    path("feeds/events/<uuid:public_id>/decide/", inbox.decide_on_event, name="feed-event-decide"),
    path("feeds/<uuid:public_id>/", feeds.show_feed, name="feed-detail"),
    path("feeds/<uuid:public_id>/edit/", feeds.edit_feed, name="feed-edit"),
    path("feeds/<uuid:public_id>/remove/", feed_removal.delete_feed, name="feed-remove"),
    path("feeds/<uuid:public_id>/<slug:action>/", feeds.act_on_feed, name="feed-act"),
    path("settings/team/", team.list_team, name="team"),
    path("settings/team/invite/", team.invite_member, name="team-invite"),
    path("settings/team/<int:pk>/role/", team.set_role, name="team-role"),
    path("settings/team/<int:pk>/link/", team.renew_link, name="team-link"),
    path("settings/team/<int:pk>/remove/", team.remove, name="team-remove"),
    path("styleguide/", styleguide.show_styleguide, name="styleguide"),
    path("styleguide/guest/", styleguide.show_guest_styleguide, name="styleguide-guest"),
]
