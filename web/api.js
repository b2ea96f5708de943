// Calls to the server. Only this module knows the CSRF token.

import { count, syncClock } from "./time.js";

const BASE = "v1alpha";

// The page's wording by the server's `error`.
const MESSAGES = {
	unknown_token: () => "Token not found.",
	unknown_user: () => "User not found.",
	bad_description: (text) => (text.includes("already exists") ? "You already have a token with this description." : text),
	bad_life: (text) => text.replace(/^The (lifetime|overlap) /, ""),
	bad_username: () => "Only letters, digits and . _ - @ are allowed, starting with a letter or digit (max. 64)",
	bad_password: (text) => (text.includes("short") ? "At least 8 characters" : text),
	user_exists: () => "This username is taken. Usernames are not case-sensitive.",
	last_admin: () => "This is the last administrator. Make another user an administrator first.",
	throttled: (_, seconds) => `Too many failed attempts. Try again in ${count(+seconds, "second")}.`,
};

/** What a call throws. `code` is the server's `error`, or "offline". */
const failure = (message, code, more) => Object.assign(new Error(message), { code }, more);

// Dispatches `offline` and `online`.
export const connection = new EventTarget();

let csrfToken = null;
let session = null;
let onSessionEnd = null;
let reconnecting = null;

/** Who is signed in, `{username, is_admin}`, or null. */
export const me = () => session;

/** @param callback resolves when the user has signed in again */
export const whenSessionEnds = (callback) => (onSessionEnd = callback);

async function send(method, path, body) {
	const headers = csrfToken && method !== "GET" ? { "X-Warder-CSRF": csrfToken } : {};
	const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
	syncClock(response.headers.get("Date"));
	return response;
}

/** Resolves when the server is ready again. Concurrent callers share the attempts. */
function reconnect() {
	reconnecting ??= (async () => {
		connection.dispatchEvent(new Event("offline"));
		for (let wait = 250; ; wait = Math.min(wait * 1.5, 4000)) {
			await new Promise((done) => setTimeout(done, wait));
			if ((await send("GET", "healthz/readiness").catch(() => null))?.ok) break;
		}
		reconnecting = null;
		connection.dispatchEvent(new Event("online"));
	})();
	return reconnecting;
}

setInterval(() => session && !document.hidden && send("GET", "healthz/liveness").catch(reconnect), 10_000);

const json = (response) => response.json().catch(() => ({}));

async function read(response) {
	const answer = await json(response);
	const { status } = response;
	if (!response.ok) throw failure(MESSAGES[answer.error]?.(answer.message, response.headers.get("Retry-After")) ?? answer.message ?? `The server returned an error (${status}).`, answer.error, { status });
	return answer;
}

function setSession({ csrf_token, ...user }) {
	csrfToken = csrf_token;
	return (session = user);
}

/** GET waits for an offline server; other methods throw, since the change may have been made. */
async function call(method, path, body) {
	for (let isFirst = true; ; isFirst = false) {
		let response;
		try {
			response = await send(method, BASE + path, body);
		} catch {
			const online = reconnect();
			if (method !== "GET") throw failure("The server didn’t respond. Check whether the change was saved before you try again.", "offline");
			await online;
			continue;
		}
		if (response.status === 401 && session) {
			await onSessionEnd();
			continue;
		}
		// Another tab has signed in. Continue if it is the same user.
		if (response.status === 403 && isFirst && (await json(response.clone())).error === "csrf") {
			const { username } = session;
			if ((await resume())?.username === username) continue;
			location.reload();
		}
		return response;
	}
}

const caller = (method) => async (path, body) => read(await call(method, path, body));
export const get = caller("GET");
export const post = caller("POST");
export const patch = caller("PATCH");
export const put = caller("PUT");
export const remove = caller("DELETE");

/** The session of the cookie, or null. */
export async function resume() {
	const load = () => send("GET", `${BASE}/session`);
	const response = await load().catch(() => reconnect().then(load));
	return response.status === 401 ? (session = csrfToken = null) : setSession(await read(response));
}

export async function signIn(username, password) {
	csrfToken = null; // of the previous session
	const response = await send("POST", `${BASE}/session`, { username, password }).catch(() => {
		reconnect();
		throw failure("Can’t reach the server.", "offline");
	});
	return setSession(await read(response).catch((error) => {
		if (error.code === "unauthorized") error.message = "Incorrect username or password.";
		throw error;
	}));
}

/**
 * Loads tokens of a user ("*": all users; null: one's own), page by page: `onPage([[id, entry]])`.
 * @param more further parameters: `{unused_for: "1 week"}`, `{after: id}`
 */
export async function listTokens(user, onPage, more = {}) {
	const query = `/token/?${new URLSearchParams({ include: "usage", limit: 1000, ...(user && { user }), ...more })}`;
	for (let response, after = ""; !response || response.headers.get("Link")?.includes('rel="next"'); ) {
		response = await call("GET", query + after);
		const { jwt_tokens } = await read(response).catch((error) => {
			if (error.code !== "no_tokens") throw error;
			return { jwt_tokens: {} };
		});
		onPage(Object.entries(jwt_tokens));
		after = `&after=${Object.keys(jwt_tokens).at(-1)}`;
	}
}

/** All users by name. The server lists them page by page. */
export async function listUsers() {
	const users = [];
	for (let page, after = ""; !page || page.length === 1000; after = `&after=${users.at(-1).username}`) {
		page = (await get(`/users/?include=last_sign_in&limit=1000${after}`)).users;
		users.push(...page);
	}
	return users.sort((a, b) => a.username.localeCompare(b.username));
}
