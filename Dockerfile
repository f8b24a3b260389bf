# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/portal
RUN python -m venv /srv/venv
ENV PATH=/srv/venv/bin:$PATH
COPY requirements/base.lock requirements/base.lock
RUN pip install --require-hashes -r requirements/base.lock
COPY . .
# The settings refuse to load without their secrets; these serve this one line and stay in no layer.
RUN python -m cpts_portal.catalogue \
    && SECRET_KEY=build-only FIELD_ENCRYPTION_KEYS=build-only FIELD_HASH_KEY=build-only \
       DATABASE_URL=postgresql://build/only REDIS_URL=redis://build/0 \
       PUBLIC_URL=https://build.only STATIC_ROOT=/srv/static \
       python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q cpts_portal members patients unscheduled_care prevention

FROM python:3.12-slim
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=cpts_portal.settings STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin portal
WORKDIR /srv/portal
COPY --from=build /srv/venv /srv/venv
COPY --from=build /srv/static /srv/static
COPY --from=build /srv/portal /srv/portal
USER portal
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "deploy/probe.py", "http://127.0.0.1:8000/healthz"]
CMD ["granian", "--interface", "wsgi", "--http", "1", "--no-ws", \
     "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--respawn-failed-workers", "--workers-kill-timeout", "30", "cpts_portal.wsgi:application"]
