// All talk with the server. The CSRF token lives here and nowhere else.

import { learnClock } from "./time.js";

const BASE = "v1alpha";

/** What a call throws: a sentence for people, and a word for programs, the server's `error` or "away". */
const failure = (message, slug, more) => Object.assign(new Error(message), { slug }, more);

/** Sends `away` and `back`: the server can't be reached, and can be again. */
export const connection = new EventTarget();

let csrfToken = null;
let session = null;
let signInAgain = null;
let returning = null;

/** Who is signed in, `{username, is_admin}`, or null. */
export const me = () => session;

/** @param ask called when a call finds the session ended: resolves when the person has signed in again */
export const whenSessionEnds = (ask) => (signInAgain = ask);

async function reach(method, path, body) {
	const headers = csrfToken && method !== "GET" ? { "X-Warder-CSRF": csrfToken } : {};
	const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
	learnClock(response.headers.get("Date"));
	return response;
}

/** Waits until the server is ready again; all who wait share one row of tries. */
function untilBack() {
	returning ??= (async () => {
		connection.dispatchEvent(new Event("away"));
		for (let wait = 250; ; wait = Math.min(wait * 1.5, 4000)) {
			await new Promise((done) => setTimeout(done, wait));
			if ((await reach("GET", "healthz/readiness").catch(() => null))?.ok) break;
		}
		returning = null;
		connection.dispatchEvent(new Event("back"));
	})();
	return returning;
}

setInterval(() => session && !document.hidden && reach("GET", "healthz/liveness").catch(untilBack), 10_000);

const json = (response) => response.json().catch(() => ({}));

async function read(response) {
	const answer = await json(response);
	const { status } = response;
	if (!response.ok) throw failure(answer.message ?? `The server answered ${status}.`, answer.error ?? "unknown", { status, retryAfter: response.headers.get("Retry-After") });
	return answer;
}

function remember({ csrf_token, ...who }) {
	csrfToken = csrf_token;
	return (session = who);
}

/** A response to whoever is signed in. Reading waits for a server that is away; changing throws: nobody can tell here whether the change was made. */
async function respond(method, path, body) {
	for (let isFirst = true; ; isFirst = false) {
		let response;
		try {
			response = await reach(method, BASE + path, body);
		} catch {
			const back = untilBack();
			if (method !== "GET") throw failure("The server went away before it answered. Look whether the change was made.", "away");
			await back;
			continue;
		}
		if (response.status === 401 && session) {
			await signInAgain();
			continue;
		}
		// Another tab has signed in since: fine, if it was the same person.
		if (response.status === 403 && isFirst && (await json(response.clone())).error === "csrf") {
			const { username } = session;
			if ((await resume())?.username === username) continue;
			location.reload();
		}
		return response;
	}
}

const ask = async (...call) => read(await respond(...call));
export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const patch = (path, body) => ask("PATCH", path, body);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path) => ask("DELETE", path);

/** The session that the browser's cookie stands for, or null. */
export async function resume() {
	const response = await reach("GET", `${BASE}/session`).catch(() => untilBack().then(() => reach("GET", `${BASE}/session`)));
	return response.status === 401 ? (session = csrfToken = null) : remember(await read(response));
}

export async function signIn(username, password) {
	csrfToken = null; // that of a session that has ended
	const response = await reach("POST", `${BASE}/session`, { username, password }).catch(() => {
		untilBack();
		throw failure("The server can’t be reached.", "away");
	});
	return remember(await read(response));
}

/** Brings a user's tokens ("*": everybody's; null: one's own), page by page: `onPage([[id, entry]])`. */
export async function listTokens(user, onPage) {
	const query = `/token/?include=usage&limit=1000${user ? `&user=${encodeURIComponent(user)}` : ""}`;
	for (let response, after = ""; !response || response.headers.get("Link")?.includes('rel="next"'); ) {
		response = await respond("GET", query + after);
		const { jwt_tokens } = await read(response).catch((refusal) => {
			if (refusal.slug !== "no_tokens") throw refusal;
			return { jwt_tokens: {} };
		});
		onPage(Object.entries(jwt_tokens));
		after = `&after=${Object.keys(jwt_tokens).at(-1)}`;
	}
}
