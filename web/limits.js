// The fields for where and how often a token may be used. Only the server parses them.

import { field, input } from "./dom.js";

const limitField = (label, value, hint) => field(label, input({ class: "code", value, placeholder: "any" }), hint);

/**
 * @param token the token to change, if there is one
 * @returns the fields by their error codes, as form() takes them, and `changes()`: the keys of a request, null for a limit that is removed
 */
export function limitFields({ allowedFrom = null, rateLimit = null } = {}) {
	const networks = limitField("Allowed addresses", (allowedFrom ?? []).join(" "), "Addresses and networks, such as 192.0.2.7 10.0.0.0/8. Leave empty to allow any address.");
	const rate = limitField("Rate limit", rateLimit ?? "", "How many requests are allowed, such as 100/minute: per second, minute, hour or day. Leave empty for any number.");
	const { showError } = networks;
	networks.showError = (message) => showError(message.replace(' of "allowed_from"', ""));
	const changes = () => {
		const list = networks.value().split(/[\s,]+/).filter(Boolean);
		const [allowed_from, rate_limit] = [list.length ? list : null, rate.value().trim() || null];
		return {
			...(JSON.stringify(allowed_from) !== JSON.stringify(allowedFrom) && { allowed_from }),
			...(rate_limit !== rateLimit && { rate_limit }),
		};
	};
	return { nodes: [networks.node, rate.node], about: { bad_network: networks, bad_rate: rate }, changes };
}
