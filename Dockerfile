# pose without a compiler: docker build -t pose . && docker run --rm -v "$PWD":/work pose predict photo.jpg --detector whole --output out
#
# Both images are of the same release of Debian, as the names of the system's libraries differ between releases.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    make pkg-config ca-certificates zlib1g-dev libjpeg-dev libpng-dev libwebp-dev libcairo2-dev libsimdjson-dev \
    libflatbuffers-dev libcurl4-openssl-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN make dist && mkdir /archive && tar -xzf dist/*.tar.gz -C /archive --strip-components=1

FROM debian:bookworm-slim
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    ca-certificates libcairo2 libcurl4 libgcc-s1 libjpeg62-turbo libpng16-16 libsimdjson14 libssl3 libstdc++6 libwebp7 \
    zlib1g \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /archive/bin /usr/local/bin
COPY --from=build /archive/share /usr/local/share
COPY --from=build /archive/README.md /archive/LICENSE /archive/NOTICE /usr/local/share/doc/swift-pose/
COPY --from=build /archive/LICENSES /usr/local/share/doc/swift-pose/LICENSES
WORKDIR /work
ENTRYPOINT ["pose"]
CMD ["--help"]
