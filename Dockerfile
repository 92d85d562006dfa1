# The sandbox, for compose or a pipeline's services, reached as https://sandbox:8443;
# with other arguments any command. The newest patch of Go builds it; nothing of the
# image that it is built in stays but the CA certificates. That image is named by a
# tag: pin its digest before a release (docker buildx imagetools inspect).
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=devel
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH .ci/rootfs /rootfs "$VERSION"

FROM scratch
COPY --from=build /rootfs /
USER 65532:65532
ENV HOME=/home/nonroot
EXPOSE 8443
HEALTHCHECK --interval=5s --start-period=5s CMD ["/usr/bin/implicit", "sandbox", "health", "https://127.0.0.1:8443"]
ENTRYPOINT ["/usr/bin/implicit"]
CMD ["sandbox", "--listen", "0.0.0.0:8443", "--public-url", "https://sandbox:8443"]
