# The sandbox, for compose or a pipeline's services; with other arguments any command.
# Pinned by the release workflow's machine: the newest patch of Go.
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=devel
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath \
    -ldflags "-s -w -X main.version=$VERSION" -o /implicit ./cmd/implicit
RUN go run ./internal/docs /release

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /implicit /usr/bin/implicit
COPY --from=build /release/THIRD-PARTY-NOTICES.txt /src/LICENSE /usr/share/doc/implicit/
USER 65532:65532
ENTRYPOINT ["/usr/bin/implicit"]
CMD ["sandbox"]
