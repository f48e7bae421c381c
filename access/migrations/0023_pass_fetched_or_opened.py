"""What was called opened so far was a fetch, by whomever; opened is what people do."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import F, Min, OuterRef, Subquery


def tell_apart(apps: Any, schema_editor: Any) -> None:
    passes = apps.get_model("access", "GuestPass").objects.filter(first_opened_at__isnull=False)
    uses = apps.get_model("access", "PassUse").objects.filter(guest_pass=OuterRef("pk")).order_by()
    first_use = uses.values("guest_pass").annotate(first=Min("at")).values("first")
    passes.update(first_fetched_at=F("first_opened_at"), first_opened_at=Subquery(first_use))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0022_key_rates")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="guestpass",
            name="first_fetched_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(tell_apart, migrations.RunPython.noop),
    ]
