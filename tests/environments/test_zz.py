from django.core.management import call_command
import io, pytest


@pytest.mark.django_db(databases="__all__")
def test_x():
    out = io.StringIO()
    try:
        call_command("makemigrations", "environments", dry_run=True, verbosity=3, stdout=out)
    finally:
        open("/tmp/mig.txt", "w").write(out.getvalue())
