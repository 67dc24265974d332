# Builds with BuildKit and with the classic builder.
#
#   docker build --target runtime -t dirbridge .        hub, agent and the client commands
#   docker build --target tour -t dirbridge-tour .      the same with a private slapd: dirbridge demo --check
#
# BASE is Debian 12 or an image made from it; the package names below are those of that release.
ARG BASE=debian:bookworm-slim

# ------------------------------------------------------------------------------------------------------------ build
FROM ${BASE} AS build
WORKDIR /src
# `run` knows every package by name and reason; a change of the sources does not install them again.
COPY run ./
RUN ./run deps && rm -rf /var/lib/apt/lists/*
COPY . .
# Without debug information: the image is for running. 0 jobs: as many as there are processors.
ARG JOBS=0
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O2 \
 && if [ "$JOBS" -gt 0 ]; then cmake --build /build --target dirbridge --parallel "$JOBS"; \
    else cmake --build /build --target dirbridge; fi \
 && strip /build/app/dirbridge

# ---------------------------------------------------------------------------------------------------------- runtime
FROM ${BASE} AS runtime
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates libcjose0 libfmt9 libgssapi-krb5-2 libkrb5-3 libldap-2.5-0 libspdlog1.10 libsqlite3-0 libssl3 libstdc++6 libutf8proc2 \
 && rm -rf /var/lib/apt/lists/*
# One fixed number, so that files in shared volumes belong to the same user in every image of ours.
RUN groupadd --gid 10001 dirbridge \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/dirbridge --no-create-home --shell /usr/sbin/nologin dirbridge \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/dirbridge /var/lib/dirbridge/hub /var/lib/dirbridge/agent \
 && install -d -o 10001 -g 10001 -m 0700 /srv/enrolment /srv/directory
COPY --from=build /build/app/dirbridge /usr/local/bin/dirbridge
COPY packaging/health.sh /usr/local/bin/dirbridge-health
COPY packaging/setup.sh /usr/local/bin/dirbridge-setup
USER 10001:10001
WORKDIR /var/lib/dirbridge
EXPOSE 8080 8443
# The program handles both signals itself: the first asks it to finish what it holds, the second ends it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["dirbridge-health"]
ENTRYPOINT ["dirbridge"]
CMD ["hub", "--data-dir", "/var/lib/dirbridge/hub", "--listen", "0.0.0.0:8080", "--listen-tls", "0.0.0.0:8443"]

# ------------------------------------------------------------------------------------------------------------- tour
FROM runtime AS tour
USER root
# The package must not try to configure or start a server of the system's: the tour runs a private one.
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slapd ldap-utils \
 && rm -rf /var/lib/apt/lists/*
USER 10001:10001
HEALTHCHECK NONE
CMD ["demo", "--check"]

# Without --target: what runs in production.
FROM runtime
