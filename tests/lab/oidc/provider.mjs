// SPDX-License-Identifier: Apache-2.0
// An OpenID Connect provider for the tests: the certified npm package oidc-provider, over TLS.
// Usage: node provider.mjs SETTINGS, a JSON file of tests/lab/oidc_provider.py.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { isIP } from "node:net";

const settings = JSON.parse(readFileSync(process.argv[2]));
const { default: Provider, errors } = await import(`${settings.modules}/oidc-provider/lib/index.js`);

// Who calls kerbgate finds it at the gateway's address, whatever the host.
const lookup = (host, options, done) => {
  const address = isIP(host) ? host : settings.gateway;
  return options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
};

// What access tokens are for (RFC 8707): those of these are JSON Web Tokens (RFC 9068).
const resource = (_, indicator) => {
  const known = settings.resources?.[indicator];
  if (!known) throw new errors.InvalidTarget();
  return { audience: indicator, accessTokenFormat: "jwt", accessTokenTTL: 600, ...known };
};

const provider = new Provider(settings.issuer, {
  clients: settings.clients,
  jwks: settings.jwks,
  cookies: { keys: [settings.cookie_key] },
  // Whose claims are null has been disabled.
  findAccount: (_, id) => settings.people[id] === null ? undefined : {
    accountId: id,
    claims: () => ({ sub: id, ...settings.people[id] }),
  },
  rotateRefreshToken: true,
  claims: { openid: ["sub", ...settings.claims], acr: null, auth_time: null },
  extraTokenClaims: (_, token) => settings.people[token.accountId],
  conformIdTokenClaims: !settings.in_id_token,
  pkce: { methods: ["S256"], required: () => true },
  acrValues: ["urn:test:plain", "urn:test:strong"],
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: resource,
      useGrantedResource: () => true,
    },
    mTLS: { enabled: true, tlsClientAuth: true, getCertificate: () => undefined },
  },
  httpOptions: () => ({ dnsLookup: lookup, signal: AbortSignal.timeout(5000) }),
  ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600,
    RefreshToken: 600 },
});
provider.on("server_error", (_, error) => console.error(error));
provider.on("backchannel.error", (_, error) => console.error(error));

provider.on("grant.success", (ctx) => console.error(`granted ${ctx.oidc.params.grant_type}`));
process.on("SIGHUP", () => {
  settings.people = JSON.parse(readFileSync(process.argv[2])).people;
  console.log("people read");
});

const tls = { cert: readFileSync(settings.certificate), key: readFileSync(settings.key) };
createServer(tls, provider.callback()).listen(settings.port, settings.address, () => {
  console.log("ready");
});
