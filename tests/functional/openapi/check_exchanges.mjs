// SPDX-License-Identifier: MIT
// Usage: node check_exchanges.mjs DOCUMENT FILE... Checks recorded responses, one JSON object per line, against an OpenAPI
// document: {"method", "path", "status", "headers": [[name, value], ...], "body": text, "test"}. The body is null
// if only the head was received. Prints each that the document does not describe, and finally a line with their counts.
// Exits with 1 if there is one.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const MAX_SHOWN = 20;
/** Headers of the connection and the body, which OpenAPI leaves to HTTP. */
const OF_HTTP = new Set(["date", "content-type", "content-length", "transfer-encoding", "connection"]);

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true }));
ajv.addSchema(document, "document");

const compiled = new Map();

/** Returns a function that validates values against the schema at a place in the document. */
function schemaAt(place) {
  if (!compiled.has(place)) compiled.set(place, ajv.compile({ $ref: `document#${place}` }));
  return compiled.get(place);
}

const escape = (key) => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** Follows a reference. Returns the place and the object there. */
function resolve(place, object) {
  while (object.$ref !== undefined) {
    place = object.$ref.slice(1);
    object = place.slice(1).split("/").reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  }
  return [place, object];
}

const withoutSlash = (path) => (path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);

const paths = Object.entries(document.paths).map(([path, item]) => {
  const servers = (item.servers ?? document.servers).map((server) => server.url.replace(/\/$/, ""));
  const pattern = withoutSlash(path).replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+");
  return { place: `/paths/${escape(path)}`, item, expression: new RegExp(`^(${servers.join("|")})${pattern}$`) };
});

/** Returns the responses of the operation, and their place. All methods that a path does not have share its 405. */
function findResponses(method, path) {
  const found = paths.find(({ expression }) => expression.test(withoutSlash(path)));
  if (found === undefined) return null;
  const wanted = (method === "HEAD" ? "GET" : method).toLowerCase();
  const known = method === method.toUpperCase() && found.item[wanted] !== undefined;
  const name = known ? wanted : ["get", "post", "put", "patch", "delete"].find((one) => found.item[one] !== undefined);
  return { place: `${found.place}/${name}/responses`, responses: found.item[name].responses };
}

function problemsOfHeaders(declared, place, headers) {
  const problems = [];
  const values = new Map();
  for (const [name, value] of headers) values.set(name.toLowerCase(), [...(values.get(name.toLowerCase()) ?? []), value]);
  for (const [name, reference] of Object.entries(declared)) {
    const [at, header] = resolve(`${place}/headers/${escape(name)}`, reference);
    const found = values.get(name.toLowerCase());
    values.delete(name.toLowerCase());
    if (found === undefined && header.required) problems.push(`the header ${name} is missing`);
    const validate = schemaAt(`${at}/schema`);
    for (const text of found ?? [])
      if (!validate(header.schema.type === "integer" ? Number(text) : text)) problems.push(`${name}: ${text}: ${ajv.errorsText(validate.errors)}`);
  }
  for (const name of values.keys()) if (!OF_HTTP.has(name)) problems.push(`the header ${name} is not in the document`);
  return problems;
}

function problemsOf({ method, path, status, headers, body }) {
  const operation = findResponses(method, path);
  if (operation === null) return ["the path is not in the document"];
  if (method === "OPTIONS" && status === 204) return [];
  const reference = operation.responses[status];
  if (reference === undefined) return [`the status ${status} is not in the document`];
  const [place, response] = resolve(`${operation.place}/${status}`, reference);
  const problems = problemsOfHeaders(response.headers ?? {}, place, headers);
  if (method === "HEAD" || body === null) return problems;
  let value;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return [...problems, `the body is not JSON: ${error.message}`];
  }
  const validate = schemaAt(`${place}/content/application~1json/schema`);
  if (!validate(value)) problems.push(ajv.errorsText(validate.errors, { dataVar: "body" }));
  return problems;
}

let count = 0;
let bad = 0;
for (const file of process.argv.slice(3)) {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const exchange = JSON.parse(line);
    const problems = problemsOf(exchange);
    count += 1;
    if (problems.length === 0) continue;
    bad += 1;
    if (bad > MAX_SHOWN) continue;
    console.log(`${exchange.test}: ${exchange.method} ${exchange.path} -> ${exchange.status} ${exchange.body?.slice(0, 300)}`);
    for (const problem of problems) console.log(`    ${problem}`);
  }
}
console.log(`${count} different responses checked against /openapi.json, ${bad} are not described by it`);
process.exitCode = bad === 0 ? 0 : 1;
