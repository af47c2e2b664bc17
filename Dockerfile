# The server's image: no sandbox, no tests, no compiler; runs as a user without rights on a read-only file system.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/uv.txt requirements/base.txt /requirements/
RUN python -m venv /opt/portal \
 && pip install --require-hashes -r /requirements/uv.txt \
 && uv pip sync --python /opt/portal/bin/python --require-hashes --no-cache /requirements/base.txt
WORKDIR /srv/portal
COPY . .
# collectstatic reads the settings, not the services: these values reach no layer that runs
RUN SECRET_KEY=build DATABASE_URL=postgres://build@/build REDIS_URL=redis://build /opt/portal/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin portal
ENV PATH=/opt/portal/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=portal.settings
COPY --from=build /opt/portal /opt/portal
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# The worker: celery -A portal worker --pool threads. Migrations, as the owner role: python manage.py migrate
CMD ["granian", "portal.wsgi:application", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8"]
