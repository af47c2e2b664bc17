"""The Celery application: a doorbell for the job engine, whose runner starts with each worker."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["portal.jobs"])
app.conf.beat_schedule = {
    "tick": {"task": "portal.jobs.tasks.tick", "schedule": 5.0, "options": {"expires": 10}}
}
app.steps["worker"].add("portal.jobs.bootstep:RunnerStep")
