# The production image: web, worker, beat and migrate are the same image with different commands (docker-compose.yml).
FROM python:3.13-slim-bookworm AS packages
COPY requirements-dev.txt requirements.txt /tmp/
RUN pip install --no-cache-dir "$(grep '^uv==' /tmp/requirements-dev.txt)" \
    && python -m venv /opt/venv \
    && uv pip sync --no-cache --python /opt/venv/bin/python --compile-bytecode /tmp/requirements.txt

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/hvacsched hvacsched
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
RUN python -m compileall -q . && python manage.py collectstatic --noinput
USER hvacsched
EXPOSE 8000
CMD ["gunicorn", "-c", "python:hvacsched.gunicorn", "--bind", "0.0.0.0:8000"]
