// The audit log. Filters and the export read as many pages as they need.

import { get, listTokens } from "./api.js";
import { exportCsv } from "./csv.js";
import { button, el, input, later, notify, search } from "./dom.js";
import { head } from "./router.js";
import { count, keepUpdated, minute, relativeTime } from "./time.js";
import { tokenPath, userPath } from "./token.js";

const STEP = 100;
const PAGE = 1000;
const ACTIONS = {
	sign_in: "succeeded failed throttled",
	token: "created updated renewed revoked imported",
	user: "created updated password_changed deleted imported",
	key: "rotated tokens_revoked retired unchanged imported",
};
const labelOf = (action) => action[0].toUpperCase() + action.slice(1).replace("_", "-").replace(/[._]/g, " ");
const isAbout = (kind, { action }) => action.startsWith(kind);
const timeOf = (event) => Date.parse(event.time);

/** All tokens by id: the log has only ids. */
function tokenNames() {
	const known = new Map();
	let newest = null;
	let loading = Promise.resolve();
	const keep = (page) => {
		for (const [id, entry] of page) known.set(id, { id, description: entry.jwt_token_description, username: entry.username });
		newest = page.at(-1)?.[0] ?? newest;
	};
	/** Loads the tokens since the last call, or all if the newest was revoked. */
	const load = () => (loading = loading.then(() => listTokens("*", keep, newest && { after: newest })).catch(() => listTokens("*", keep)).catch(() => {}));
	return { known, load, loaded: () => loading };
}

const option = (text, value) => el("option", { value }, text);

export async function auditPage() {
	let events = [];
	let isComplete = false;
	let limit = STEP;
	let pausesAt = 0;
	const keepPolling = () => (pausesAt = Date.now() + 600_000);
	const tokens = tokenNames();
	const users = new Set();

	const find = search("Search events", () => draw());
	const user = input({ placeholder: "Any user", "aria-label": "User", oninput: later(() => draw()) });
	const action = el("select", { "aria-label": "Action" }, option("Any action", ""), Object.entries(ACTIONS).map(([kind, names]) => [option(`${labelOf(kind)}: all`, `${kind}.`), names.split(" ").map((name) => option(labelOf(`${kind}.${name}`), `${kind}.${name}`))]).flat(2));
	const [from, to] = ["From", "To"].map((label) => el("input", { type: "date", "aria-label": label }));
	const status = el("p.faint", { role: "status" });
	const list = el("ol.rows");
	const older = button("Show older events", () => draw(limit + STEP));
	const save = button("Export CSV", () => exportMatches());

	const userLink = (name) => (users.has(name) ? el("a", { href: `#${userPath(name)}` }, name) : name);
	const describe = ({ action: what, target, detail }) => {
		const [, name, times = ""] = target.match(/^(.*?)( \(\d+ times\))?$/s);
		const token = what.startsWith("token") && tokens.known.get(name);
		if (token) return ["“", token.isGone ? token.description : el("a", { href: `#${tokenPath(token)}` }, token.description), "” (", el("code", name), ")", times, detail && detail !== token.description && `: ${detail}`];
		if (/^(user|sign_in)/.test(what)) return [userLink(name), times, detail && `: ${detail}`];
		return [detail && `“${detail}” (`, el("code", name), detail && ")", times];
	};
	const row = (event) => {
		const { action: what, actor, target, address } = event;
		const isSignIn = isAbout("sign_in.succeeded", event);
		const node = el("p");
		const fill = () => node.replaceChildren(...[isSignIn ? [] : `${labelOf(what)}: `, describe(event), isSignIn ? " signed in" : []].flat().filter(Boolean));
		fill();
		if (isAbout("token", event) && !tokens.known.has(target)) tokens.loaded().then(fill);
		const isItself = actor === target.replace(/ \(\d+ times\)$/, "");
		return el("li.row.event", el("p", minute(timeOf(event)), el("small", relativeTime(timeOf(event)))), node, el("p.faint", actor && !isItself && userLink(actor), address && `${isItself ? "" : " "}from ${address}`));
	};

	const dayOf = (control, days) => (control.value ? new Date(`${control.value}T00:00`).getTime() + days * 864e5 : null);
	const isFiltered = () => [find, user, action, from, to].some((control) => control.value.trim());
	const matches = () => {
		const [wanted, who] = [find, user].map((control) => control.value.trim().toLowerCase());
		const [first, end] = [dayOf(from, 0) ?? 0, dayOf(to, 1) ?? Infinity];
		return events.filter((event) => {
			const { actor, address, target, detail } = event;
			const names = [actor, /^(user|sign)/.test(event.action) ? target : ""].join(" ").toLowerCase();
			const text = [labelOf(event.action), event.action, actor, address, target, detail, tokens.known.get(target)?.description].join(" ").toLowerCase();
			return isAbout(action.value, event) && names.includes(who) && text.includes(wanted) && timeOf(event) >= first && timeOf(event) < end;
		});
	};
	let loading = null;
	const loadPage = () => {
		const into = events;
		return (loading ??= get(`/audit?limit=${PAGE}${into.length ? `&before=${into.at(-1).id}` : ""}`).then((answer) => {
			into.push(...answer.events);
			if (into === events) isComplete = answer.events.length < PAGE;
		}).finally(() => (loading = null)));
	};
	/** Loads older events until `isEnough`, or all within the time of the filter. Summaries may be some minutes out of order. */
	const loadUntil = async (isEnough) => {
		while (!isComplete && !isEnough() && !(timeOf(events.at(-1) ?? { time: "9999" }) < dayOf(from, 0) - 600_000)) {
			await loadPage();
			if (isFiltered()) status.textContent = `Searching… ${count(events.length, "event")}`;
		}
	};
	let last = 0;
	const draw = async (most = STEP) => {
		const request = ++last;
		limit = most;
		let found = matches();
		await loadUntil(() => request !== last || (found = matches()).length > limit);
		if (request !== last) return;
		found = matches();
		older.hidden = found.length <= limit;
		status.textContent = isFiltered() ? `${older.hidden ? "" : "More than "}${count(Math.min(found.length, limit), "matching event")}` : "";
		list.replaceChildren(...found.slice(0, limit).map(row));
		if (!found.length && isFiltered()) list.append(el("li.empty", "No events match your search."));
	};
	const exportMatches = async () => {
		await Promise.all([loadUntil(() => false), tokens.loaded()]);
		const lines = matches().map((event) => [event.id, event.time, event.actor, event.address, event.action, event.target, tokens.known.get(event.target)?.description, event.detail]);
		exportCsv("warder-audit", ["id", "time", "actor", "address", "action", "target", "description", "detail"], lines);
		notify(`Exported ${count(lines.length, "event")}.`);
		draw(limit);
	};
	const poll = async () => {
		const page = (await get(`/audit?limit=${STEP}`)).events;
		const added = page.filter(({ id }) => id > (events[0]?.id ?? 0));
		if (!added.length) return;
		// No known event in the page: events between may be missing.
		if (added.length === page.length) {
			events = [];
			isComplete = false;
			return draw();
		}
		events.unshift(...added);
		if (added.some((event) => isAbout("token.created", event))) await tokens.load();
		for (const event of added) if (isAbout("token.revoked", event) && tokens.known.has(event.target)) tokens.known.get(event.target).isGone = true;
		const shown = new Set(matches());
		list.querySelector(".empty")?.remove();
		list.prepend(...added.filter((event) => shown.has(event)).map(row));
	};
	tokens.load().then(() => find.value && draw(limit));
	await Promise.all([get("/users/").then((answer) => answer.users.forEach(({ username }) => users.add(username))), loadUntil(() => events.length)]);
	await draw();
	// Polling keeps the session alive, so it pauses without user activity.
	keepUpdated(list, () => document.hidden || Date.now() > pausesAt || poll().catch(() => {}));
	keepPolling();
	const tools = el("div.tools", { onchange: ({ target }) => target !== find && target !== user && draw() }, find, user, action, el("div.joined", from, "–", to));
	return el("section", { onpointermove: keepPolling, onkeydown: keepPolling }, head("Audit log", save), tools, el("div.list-top", status), list, el("div.actions", older));
}
