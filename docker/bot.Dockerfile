# Tertulia itself in a container; compose.yaml puts a Docker engine of its own beside it.
#
# This project's tests have no image registry, but run the bot in a container; this was built by hand, on another
# base (docs/sandbox.md).
# The container holds no engine and no Docker socket: DOCKER_HOST says where its engine is.
FROM python:3.12-slim

WORKDIR /app
COPY pyproject.toml requirements.lock README.md LICENSE config.example.toml ./
RUN pip install --no-cache-dir uv \
    && uv pip install --system --no-cache --constraint requirements.lock --requirement pyproject.toml hatchling

COPY agents agents
COPY adapters adapters
COPY bots bots
RUN uv pip install --system --no-cache --no-deps --no-build-isolation . \
    && useradd --uid 10001 --create-home tertulia \
    && install --directory --owner tertulia --group tertulia /data

USER tertulia
WORKDIR /data
EXPOSE 8765
CMD ["tertulia", "run", "--config", "/config/config.toml"]
