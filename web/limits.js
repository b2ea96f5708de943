// Where and how often a token may be used. Only the server parses it.

import { el, field, input } from "./dom.js";
import { count } from "./time.js";

/** `code`: the error of an invalid value. */
const LIMITS = [
	{ key: "allowed_from", label: "Allowed addresses", hint: "Addresses and networks, such as 192.0.2.7 10.0.0.0/8.", code: "bad_network", isList: true, text: (list) => `From ${list.slice(0, 2).join(", ")}${list.length > 2 ? ` and ${count(list.length - 2, "more network")}` : ""}` },
	{ key: "rate_limit", label: "Rate limit", hint: "How many requests are allowed, such as 100/minute: per second, minute, hour or day.", code: "bad_rate", text: (rate) => `At most ${rate}` },
];

/** Returns the fields, by their error codes as form() takes them, and `changes()`: the keys of a request, null for a limit that is removed. */
export function limitFields(entry = {}) {
	const about = {};
	const changes = LIMITS.map(({ key, label, hint, code, isList }) => {
		const old = entry[key] ?? "";
		const { showError, ...self } = field(label, input({ class: "code", value: [old].flat().join(" "), placeholder: "any" }), `${hint} Leave empty for no limit.`);
		about[code] = { ...self, showError: (message) => showError(message.replace(` of "${key}"`, "")) };
		return () => {
			const text = self.value().trim();
			const value = isList ? text.split(/[\s,]+/).filter(Boolean) : text;
			return `${value}` !== `${old}` && { [key]: value.length ? value : null };
		};
	});
	return { nodes: Object.values(about).map(({ node }) => node), about, changes: () => Object.assign({}, ...changes.map((change) => change())) };
}

export function limitsNode(entry) {
	const texts = LIMITS.filter(({ key }) => entry[key]).map(({ key, text }) => text(entry[key]));
	return texts[0] && el("p.faint", texts.join(" · "));
}
