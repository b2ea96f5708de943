import { el } from "./dom.js";
import { head } from "./router.js";

const code = (text) => el("code", text);
const topic = (title, ...lines) => [el("h2", title), ...lines.map((line) => el("p", line))];

/** Shown beside the form for a new token. */
export const tips = () => [
	topic("Use a token", ["Programs send it as ", code("Authorization: Bearer <token>"), " or as the password of the user ", code("token"), "."]),
	topic("Expiration", ["Write ", code("6 minutes"), ", ", code("1h30m"), ", ", code("3 months"), " or ", code("P3M"), ". ", code("3M"), " is 3 minutes."]),
	topic("Access", [code("GET /v1/wallets/*"), " allows GET for one segment after ", code("/v1/wallets/"), "; ", code("/v1/**"), " allows any method for everything below."]),
];

export const helpPage = () =>
	el("section.narrow", head("Help"), tips().flat(),
		topic("Leaked token", ["Paste it into the search (", code("/"), ") of the token list to find and revoke it. It is neither sent nor kept."]),
		topic("More", ["The manual pages ", code("man warder"), " and ", code("man warder.toml"), " are installed with the server, and ", el("a", { href: "openapi.json" }, "openapi.json"), " describes its API."]));
