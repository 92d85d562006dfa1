# The sandbox, for compose or a pipeline's services, reached as https://sandbox:8443;
# with other arguments any command. The newest patch of Go builds it.
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
EXPOSE 8443
HEALTHCHECK --interval=5s --start-period=5s CMD ["/usr/bin/implicit", "sandbox", "health", "https://127.0.0.1:8443"]
ENTRYPOINT ["/usr/bin/implicit"]
CMD ["sandbox", "--listen", "0.0.0.0:8443", "--public-url", "https://sandbox:8443"]
