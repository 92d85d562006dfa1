// Starts oidc-provider, an OpenID provider that the OpenID Foundation has
// certified, on loopback. Prints one line of JSON when it listens, and ends when
// its standard input does.
//
//   node provider.mjs CERTIFICATE.pem KEY.pem
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const [cert, key] = process.argv.slice(2).map((file) => readFileSync(file));
const server = createServer({ cert, key });
server.listen(0, "127.0.0.1", () => {
  const issuer = `https://127.0.0.1:${server.address().port}`;
  server.on("request", provider(issuer).callback());
  console.log(JSON.stringify({ issuer }));
});
process.stdin.resume().on("end", () => process.exit(0));

function provider(issuer) {
  return new Provider(issuer, {
    clients: [client("RS256"), client("ES256"), client("EdDSA")],
    responseTypes: ["id_token", "id_token token"],
    jwks: { keys: [signingKey("rsa", { modulusLength: 2048 }), signingKey("ec", { namedCurve: "P-256" }), signingKey("ed25519")] },
    cookies: { keys: ["of no use outside this test"], long: { sameSite: "none" }, short: { sameSite: "none" } },
    enableHttpPostMethods: true, // authorize by POST, which arrives from another site
  });
}

// client is named after the algorithm of its ID tokens.
function client(algorithm) {
  return {
    client_id: algorithm,
    id_token_signed_response_alg: algorithm,
    application_type: "native", // which may register loopback without a port (RFC 8252)
    redirect_uris: ["http://127.0.0.1/callback"],
    response_types: ["id_token", "id_token token"],
    grant_types: ["implicit"],
    token_endpoint_auth_method: "none",
  };
}

function signingKey(type, options) {
  return generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
}
