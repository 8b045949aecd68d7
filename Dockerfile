# A static binary, nobody's user, nothing else in the image. Redis runs beside it: set redis.url in settle.yaml, for there is no
# redis-server in here to supervise.
#
#   docker build -t settle . && docker run -v "$PWD:/etc/settle:ro" -p 8080:8080 settle

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.released=${VERSION}" -o /settle .

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /settle /settle
EXPOSE 8080 9090
ENTRYPOINT ["/settle"]
CMD ["serve", "--config", "/etc/settle/settle.yaml"]
