"""The portal: wiring of settings, urls, Celery and the admin site."""
