# A static binary, nobody's user, nothing else in the image. Redis runs beside it: set redis.url in settle.yaml, for there is no
# redis-server in here to supervise. Both listeners must be reached from outside the container: listen: 0.0.0.0:8080 and
# admin_listen: 0.0.0.0:9090. There is no shell: settle ready is the health check. docs/deploy.md has the rest.
#
#   docker build --build-arg VERSION=v1.2.3 -t settle:v1.2.3 .

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
# The same as `make binary`, which is how the flags are tried where no image can be built.
RUN CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags "-s -w -X main.released=${VERSION}" -o /settle .
RUN mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /settle /settle
# A volume that is new takes its owner from here. Only the ledger writes into it, and only where one is configured.
COPY --from=build --chown=65532:65532 /data /var/lib/settle
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["/settle"]
CMD ["serve", "--config", "/etc/settle/settle.yaml"]
