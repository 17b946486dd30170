# One image for all parts of Fupan's Airflow. Build arguments: an index to install from (PIP_INDEX_URL), if not the default.
FROM python:3.11-slim AS packages
ARG PIP_INDEX_URL
WORKDIR /build
COPY requirements.lock .
# Every package in the exact version and with the hash of the lock; a changed file on the index fails here.
RUN python -m venv /opt/fupan \
    && /opt/fupan/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim
# The user's number owns the volumes on the host: give your own with --build-arg.
ARG FUPAN_UID=50000
RUN useradd --uid ${FUPAN_UID} --create-home --shell /usr/sbin/nologin fupan \
    && install -d -o fupan -g fupan -m 750 /data
COPY --from=packages /opt/fupan /opt/fupan
COPY --chown=root:root . /app
ENV PATH=/opt/fupan/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FUPAN_HOME=/data \
    AIRFLOW_HOME=/data/airflow
WORKDIR /app
USER fupan
CMD ["airflow", "version"]
