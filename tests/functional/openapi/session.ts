// SPDX-License-Identifier: MIT
// A session with the client that openapi-typescript and openapi-fetch make from /openapi.json. Arguments: the server's URL, a
// user name, a password. Prints what it saw as JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

const [url, name, password] = process.argv.slice(2) as [string, string, string];
const api = createClient<paths>({ baseUrl: url, headers: { Authorization: `Basic ${btoa(`${name}:${password}`)}` } });

function demand<Data>(result: { data?: Data; error?: unknown }): Data {
  if (result.data === undefined) throw new Error(JSON.stringify(result.error));
  return result.data;
}

async function whoamiBy(token: string) {
  const tokens = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
  return await tokens.GET("/v1alpha/whoami");
}

const me: components["schemas"]["Whoami"] = demand(await api.GET("/v1alpha/whoami"));

const minted: components["schemas"]["MintedToken"] = demand(
  await api.POST("/v1alpha/token/", { body: { jwt_token_description: "generated", jwt_token_life: "6 minutes", endpoints: ["GET /reports/**"] } }),
);
const byToken = demand(await whoamiBy(minted.jwt_token));

const list = demand(await api.GET("/v1alpha/token/", { params: { query: { limit: 10, include: "usage" } } }));
const uses = list.jwt_tokens[minted.jwt_token_id]?.use_count;

const renewed = demand(await api.POST("/v1alpha/token/{id}/renew", { params: { path: { id: minted.jwt_token_id } }, body: { jwt_token_life: 60 } }));

const deleted: "Token deleted" = demand(await api.DELETE("/v1alpha/token/{id}", { params: { path: { id: renewed.jwt_token_id } } })).message;
const gone = await api.GET("/v1alpha/token/{id}", { params: { path: { id: renewed.jwt_token_id } } });
const revoked = await whoamiBy(renewed.jwt_token);

// Errors have types, too: a slug that the call can't have would not compile.
const isInvalid = revoked.error?.error === "invalid_token";
const isUnknown = gone.error?.error === "unknown_token";

console.log(
  JSON.stringify({
    username: me.username,
    endpoints: byToken.endpoints,
    uses,
    life: renewed.jwt_token_life,
    deleted,
    statuses: [gone.response.status, revoked.response.status],
    isInvalid,
    isUnknown,
  }),
);
