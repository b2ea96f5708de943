// The list of tokens: search, filters, order, and what can be done with its rows.

import { listTokens, me } from "./api.js";
import { button, el, newId, search } from "./dom.js";
import { limitsNode } from "./limits.js";
import { readPastedToken } from "./pasted.js";
import { revoke } from "./revoke.js";
import { head } from "./router.js";
import { lazyRows } from "./rows.js";
import { count, day, now, number, shortMinute } from "./time.js";
import { expirationNode, grantsNode, readToken, STATES, stateOf, tokenPath, usageNode } from "./token.js";
import { renew } from "./tokenforms.js";

const isExpired = (token) => stateOf(token) === "expired";
const ORDERS = {
	Newest: (a, b) => b.index - a.index,
	Oldest: (a, b) => a.index - b.index,
	"Expiring soonest": (a, b) => isExpired(a) - isExpired(b) || a.expiresAt - b.expiresAt,
	"Recently used": (a, b) => b.usedAt - a.usedAt,
	"Least recently used": (a, b) => a.usedAt - b.usedAt,
	Name: (a, b) => a.description.localeCompare(b.description),
	User: (a, b) => a.username.localeCompare(b.username) || b.index - a.index,
};

// Filters that the server applies.
const SERVER_FILTERS = [
	["expires_within", "Expiration", "Any expiration", "Expires within", ["1 day", "1 week", "1 month", "3 months"]],
	["unused_for", "Usage", "Any usage", "Unused for", ["1 week", "1 month", "3 months", "1 year"]],
];

/** Moves each replaced token behind its successor. */
function withPredecessors(tokens) {
	const ids = new Set(tokens.map((token) => token.id));
	const isBehind = (token) => ids.has(token.replacedBy);
	const old = Map.groupBy(tokens.filter(isBehind), (token) => token.replacedBy);
	const place = (token) => [token, ...(old.get(token.id) ?? []).flatMap(place)];
	return tokens.filter((token) => !isBehind(token)).flatMap(place);
}

/**
 * @param load `(onPage, filters) -> Promise`: loads tokens page by page
 * @param empty what to show if there are none
 * @param owner whose tokens, unless byUser
 * @param canRenew whether the user may renew this token
 * @returns the element, once it has the first page
 */
export async function tokenList(load, empty, { byUser = false, owner = me().username, canRenew = () => false } = {}) {
	let tokens = [];
	let shown = [];
	let matching = null; // ids that match the server's filters
	let pasted = null;
	const selected = new Set();
	const isSelected = (token) => selected.has(token.id);

	const find = search("Search tokens", () => draw());
	const drawSoon = find.oninput;
	find.oninput = () => {
		pasted = readPastedToken(find.value);
		if (pasted) showPasted();
		else drawSoon();
	};
	const order = el("select", { "aria-label": "Sort" }, Object.keys(ORDERS).filter((name) => byUser || name !== "User").map((name) => el("option", name)));
	const group = newId();
	const filters = ["all", ...Object.keys(STATES)].map((kind) => {
		const control = el("input", { type: "radio", name: group, checked: kind === "all" });
		const badge = el("small");
		return { kind, control, badge, node: el("label", control, el("span", STATES[kind] ?? "All", " ", badge)) };
	});
	const selects = SERVER_FILTERS.map(([name, label, any, prefix, choices]) => ({ name, control: el("select", { "aria-label": label, onchange: () => applyFilters() }, el("option", { value: "" }, any), choices.map((choice) => el("option", { value: choice }, `${prefix} ${choice}`))) }));
	const all = el("input", { type: "checkbox", "aria-label": "Select all", onchange: () => select(all.checked ? shown : []) });
	const status = el("p.faint", { role: "status" });
	const tools = el("div", el("div.tools", find, el("div.filters", { role: "radiogroup", "aria-label": "Status" }, filters.map((each) => each.node))), el("div.list-top", el("label.tick", all), status, selects.map(({ control }) => control), order));
	const chosen = el("span");
	const bar = el("div.selection", { role: "group", "aria-label": "Selected tokens", hidden: true }, chosen, button("Revoke…", () => revokeAll(tokens.filter(isSelected)), "danger small"));

	const other = (token) => {
		const successor = tokens.find(({ id }) => id === token.replacedBy);
		const link = ({ username, id, createdAt }) => el("a", { href: `#${tokenPath({ username, id })}` }, `the one of ${shortMinute(createdAt)}`);
		const predecessor = tokens.find(({ replacedBy }) => replacedBy === token.id);
		return [successor && el("p.faint", "Replaced by ", link(successor)), predecessor && !isExpired(predecessor) && el("p.faint", "Replaces ", link(predecessor))];
	};
	const row = (token) => {
		const toggle = ({ target }) => {
			selected[target.checked ? "add" : "delete"](token.id);
			drawBar();
		};
		const box = el("input", { type: "checkbox", value: token.id, "aria-label": `Select ${token.description}`, checked: isSelected(token), onchange: toggle });
		const name = el("p", el("a", { href: `#${tokenPath(token)}` }, token.description), byUser && el("small", ` ${token.username}`));
		const action = (label, onclick) => el("button.quiet", { "aria-label": `${label} ${token.description}`, onclick }, `${label}…`);
		return el("li.row", el("label.tick", box), el("div.what", name, grantsNode(token.endpoints, 2), limitsNode(token.limits)), el("div", expirationNode(token), other(token)), usageNode(token),
			el("div.do", canRenew(token) && !token.replacedBy && action("Renew", () => renew(token, location.hash.slice(1) || "/tokens")), action("Revoke", () => revokeAll([token]))));
	};
	const { nodes, list, show } = lazyRows(row);
	const drawBar = () => {
		bar.hidden = !selected.size;
		chosen.textContent = `${number(selected.size)} selected`;
		const ticked = shown.filter(isSelected).length;
		all.checked = ticked > 0 && ticked === shown.length;
		all.indeterminate = ticked > 0 && !all.checked;
	};
	const select = (subset) => {
		selected.clear();
		subset.forEach((token) => selected.add(token.id));
		for (const box of list.querySelectorAll("input")) box.checked = selected.has(box.value);
		drawBar();
	};
	const draw = () => {
		const wanted = find.value.trim().toLowerCase();
		const kind = filters.find((each) => each.control.checked).kind;
		const found = tokens.filter((token) => (pasted ? token.id === pasted.id : token.text.includes(wanted)) && (!matching || matching.has(token.id)));
		const byState = { active: [], soon: [], paused: [], expired: [], ...Object.groupBy(found, stateOf), all: found };
		for (const each of filters) each.badge.textContent = number(byState[each.kind].length);
		shown = withPredecessors(byState[kind].sort(ORDERS[order.value]));
		// What is hidden must not be revoked.
		const visible = new Set(shown.map(({ id }) => id));
		selected.forEach((id) => visible.has(id) || selected.delete(id));
		tools.hidden = !tokens.length;
		status.replaceChildren(...[pasted ? pastedStatus() : `${shown.length < tokens.length ? `${number(shown.length)} of ` : ""}${count(tokens.length, "token")}`].flat());
		show(shown, !tokens.length ? empty : wanted || pasted ? "No tokens match your search." : "No tokens match this filter.");
		drawBar();
	};
	const pastedStatus = () => {
		const { id, username, expiresAt } = pasted;
		if (shown.length) return `This token has the id of the pasted one${isExpired(shown[0]) ? ", and has expired" : ""}. The signature was not checked; nothing was sent.`;
		if (!id) return "The pasted text looks like a token, but can’t be read. It may be cut off.";
		if (expiresAt <= now()) return `The pasted token expired on ${day(expiresAt)}, and is no longer listed.`;
		if (!byUser && username !== owner) return [`The pasted token is not in this list: it belongs to ${username}. `, me().is_admin ? el("a", { href: `#${tokenPath(pasted)}` }, "Open its page") : ""];
		return "The pasted token is unknown: it was revoked, or belongs to another server.";
	};
	const showPasted = () => {
		find.value = "";
		filters[0].control.checked = true;
		selects.forEach(({ control }) => (control.value = ""));
		matching = null;
		draw();
	};
	let last = 0;
	const applyFilters = async () => {
		const request = ++last;
		const wanted = Object.fromEntries(selects.filter(({ control }) => control.value).map(({ name, control }) => [name, control.value]));
		const found = Object.keys(wanted).length ? new Set() : null;
		if (found) await load((page) => page.forEach(({ id }) => found.add(id)), wanted);
		if (request !== last) return;
		matching = found;
		draw();
	};
	const revokeAll = async (subset) => {
		const revoked = new Set(await revoke(subset));
		if (!revoked.size) return;
		revoked.forEach(({ id }) => selected.delete(id));
		tokens = tokens.filter((token) => !revoked.has(token));
		draw();
		(tokens.length ? all : document.querySelector("#main h1")).focus();
	};
	tools.addEventListener("change", ({ target }) => {
		if (target.type === "checkbox" || target.type === "search") return;
		pasted = null;
		draw();
	});

	await new Promise((ready, failed) => {
		const keep = (page) => {
			for (const token of page) {
				token.index = tokens.length;
				token.text = [token.description, token.username, token.id, token.endpoints, token.limits.allowed_from].join(" ").toLowerCase();
				tokens.push(token);
			}
			if (tokens.length === page.length) draw();
			else status.textContent = `Loading… ${count(tokens.length, "token")}`;
			ready();
		};
		load(keep).then(() => tokens.length > shown.length && draw()).catch(failed);
	});
	return el("div", tools, bar, nodes);
}

/** A loader for tokenList ("*": all users; null: one’s own). */
export const tokensOf = (user) => (onPage, filters) => listTokens(user, (page) => onPage(page.map(([id, entry]) => readToken(id, entry))), filters);

const tab = (path, text, isCurrent) => el("a", { href: `#${path}`, "aria-current": isCurrent ? "page" : null }, text);

export async function tokensPage(isAll) {
	const empty = isAll
		? "No one has created a token yet."
		: [el("h2", "No tokens yet"), el("p", "Tokens let programs call the API on your behalf. You choose how long a token lasts and what it can access, and you can revoke it at any time.")];
	const canRenew = ({ username = me().username }) => username === me().username;
	const list = await tokenList(tokensOf(isAll ? "*" : null), empty, { byUser: isAll, canRenew });
	const tabs = el("nav.tabs", { "aria-label": "Token lists" }, tab("/tokens", "My tokens", !isAll), tab("/tokens/all", "All users", isAll));
	return el("section", head("Tokens", el("a.button.primary", { href: "#/tokens/new" }, "New token")), me().is_admin && tabs, list);
}
