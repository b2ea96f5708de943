import { get } from "./api.js";
import { el } from "./dom.js";
import { ago, count, day, duration, exact, keepUpdated, now, relativeTime, shortMinute } from "./time.js";

export function readToken(id, entry) {
	const left = entry.jwt_token_remaining_life ?? entry.jwt_token_life_remaining;
	const createdAt = Date.parse(entry.created_at);
	return {
		id,
		description: entry.jwt_token_description,
		lifetime: entry.jwt_token_life,
		expiresAt: left > 0 ? now() + left * 1000 : createdAt + entry.jwt_token_life * 1000,
		endpoints: entry.endpoints ?? null,
		limits: entry,
		isPaused: entry.enabled === false,
		replacedBy: entry.replaced_by ?? null,
		username: entry.username,
		createdAt,
		usedAt: entry.last_used_at ? Date.parse(entry.last_used_at) : 0,
		usedFrom: entry.last_used_from,
		uses: entry.use_count,
	};
}

/** @param username the owner if it is another user */
export const fetchToken = async (id, username) => ({ ...readToken(id, await get(`/token/${encodeURIComponent(id)}?include=usage`)), username });

/** The id of the token that this one replaces, while that still works. */
export async function findPredecessor(id, username) {
	const { jwt_tokens } = await get(`/token/${username ? `?user=${encodeURIComponent(username)}` : ""}`).catch(() => ({ jwt_tokens: {} }));
	return Object.entries(jwt_tokens).find(([, entry]) => entry.replaced_by === id)?.[0];
}

export const STATES = { active: "Active", soon: "Expiring soon", paused: "Paused", expired: "Expired" };

/** "soon" is the last week, or the last fifth of a shorter lifetime. A replaced token needs no renewal. */
export function stateOf({ expiresAt, lifetime, isPaused, replacedBy }) {
	const left = (expiresAt - now()) / 1000;
	return left <= 0 ? "expired" : isPaused ? "paused" : !replacedBy && left < Math.min(7 * 86400, lifetime / 5) ? "soon" : "active";
}

export function expirationNode(token) {
	const state = el("span.state");
	const bar = el("progress", { max: token.lifetime, "aria-hidden": "true" });
	const node = el("div", el("p.moment", state, " ", el("small", `(${(Math.abs(token.expiresAt - now()) < 2 * 864e5 ? shortMinute : day)(token.expiresAt)}) · created ${day(token.createdAt)}`), el("span.exact", exact(token.expiresAt))), bar);
	return keepUpdated(node, () => {
		node.dataset.state = stateOf(token);
		bar.value = Math.max(0, (token.expiresAt - now()) / 1000);
		const left = bar.value && duration(bar.value);
		state.textContent = !left ? `Expired ${ago(token.expiresAt)}` : token.replacedBy ? `Replaced, works for ${left} more` : `${token.isPaused ? "Paused · expires" : "Expires"} in ${left}`;
	});
}

export const usageNode = ({ usedAt, usedFrom }) =>
	usedAt ? el("div", el("p", relativeTime(usedAt, "Last used ")), usedFrom && el("p.faint", `from ${usedFrom}`)) : el("div", el("p.faint", "Never used"));

export const usageText = ({ usedAt, usedFrom }) => (usedAt ? `last used ${ago(usedAt)} (${exact(usedAt)})${usedFrom ? ` from ${usedFrom}` : ""}` : "never used");

export const grantsNode = (endpoints, most = 64) =>
	endpoints
		? el("p.grants", endpoints.slice(0, most).map((grant) => el("code", grant)), endpoints.length > most && el("span.faint", `and ${count(endpoints.length - most, "more grant")}`))
		: el("p.faint", "Full access (everything its owner can do)");

export const userPath = (name) => `/users/${encodeURIComponent(name)}`;

/** The path of a token’s page: below its owner if that is another user. */
export const tokenPath = ({ username, id }) => `${username ? userPath(username) : ""}/tokens/${id}`;
