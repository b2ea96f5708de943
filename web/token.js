import { get } from "./api.js";
import { el } from "./dom.js";
import { ago, alive, count, day, exact, moment, now, words } from "./time.js";

export function readToken(id, entry) {
	const left = entry.jwt_token_remaining_life ?? entry.jwt_token_life_remaining;
	const createdAt = Date.parse(entry.created_at);
	return {
		id,
		description: entry.jwt_token_description,
		life: entry.jwt_token_life,
		endsAt: left > 0 ? now() + left * 1000 : createdAt + entry.jwt_token_life * 1000,
		endpoints: entry.endpoints ?? null,
		username: entry.username,
		createdAt,
		usedAt: entry.last_used_at ? Date.parse(entry.last_used_at) : 0,
		usedFrom: entry.last_used_from,
		uses: entry.use_count,
	};
}

/** A token as it is now. @param username its owner's, where that is somebody else */
export const fetchToken = async (id, username) => ({ ...readToken(id, await get(`/token/${encodeURIComponent(id)}?include=usage`)), username });

export const STATES = { valid: "Valid", soon: "Expires soon", expired: "Expired" };

/** Soon is the last week, or the last fifth of a shorter life. */
export function stateOf({ endsAt, life }) {
	const left = (endsAt - now()) / 1000;
	return left <= 0 ? "expired" : left < Math.min(7 * 86400, life / 5) ? "soon" : "valid";
}

/** State and remaining life, in words and as a bar. */
export function lifeNode(token) {
	const state = el("span.state");
	const left = el("span");
	const bar = el("progress", { max: token.life, "aria-hidden": "true" });
	const node = el("div", el("p.moment", state, " ", left, el("span.exact", exact(token.endsAt))), bar, el("p.faint", `of ${words(token.life)}, created ${day(token.createdAt)}`));
	return alive(node, () => {
		node.dataset.state = stateOf(token);
		state.textContent = STATES[node.dataset.state];
		bar.value = Math.max(0, (token.endsAt - now()) / 1000);
		left.textContent = bar.value ? `${words(bar.value)} left` : ago(token.endsAt);
	});
}

export const usedNode = ({ usedAt, usedFrom }) =>
	usedAt ? el("div", el("p", moment(usedAt, "Used ")), usedFrom && el("p.faint", `from ${usedFrom}`)) : el("div", el("p.faint", "Never used"));

/** The same in a sentence, for a question. */
export const usedWords = ({ usedAt, usedFrom }) => (usedAt ? `last used ${ago(usedAt)} (${exact(usedAt)})${usedFrom ? ` from ${usedFrom}` : ""}` : "never used");

export const grantsNode = (endpoints, most = 64) =>
	endpoints
		? el("p.grants", endpoints.slice(0, most).map((grant) => el("code", grant)), endpoints.length > most && el("span.faint", `and ${count(endpoints.length - most, "more grant")}`))
		: el("p.faint", "Reaches everything its user may");

export const userPath = (name) => `/users/${encodeURIComponent(name)}`;

/** Where a token's page is: under its user for those that are somebody else's. */
export const tokenPath = ({ username, id }) => `${username ? userPath(username) : ""}/tokens/${id}`;
