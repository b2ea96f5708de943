// A list of thousands of tokens. Rows are rendered as they come near the viewport.

import { listTokens, me } from "./api.js";
import { button, el, newId, search } from "./dom.js";
import { revoke } from "./revoke.js";
import { head } from "./router.js";
import { count, number } from "./time.js";
import { expirationNode, grantsNode, limitsNode, readToken, STATES, stateOf, tokenPath, usageNode } from "./token.js";

const BATCH = 50;

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

/**
 * @param load `(onPage) -> Promise`: loads tokens page by page
 * @param empty what to show if there are none
 * @returns the element, once it has the first page
 */
export async function tokenList(load, empty, byUser = false) {
	let tokens = [];
	let shown = [];
	let rendered = 0;
	const selected = new Set();
	const isSelected = (token) => selected.has(token.id);

	const find = search("Search tokens", () => draw());
	const order = el("select", { "aria-label": "Sort" }, Object.keys(ORDERS).filter((name) => byUser || name !== "User").map((name) => el("option", name)));
	const group = newId();
	const filters = ["all", ...Object.keys(STATES)].map((kind) => {
		const control = el("input", { type: "radio", name: group, checked: kind === "all" });
		const badge = el("small");
		return { kind, control, badge, node: el("label", control, el("span", STATES[kind] ?? "All", " ", badge)) };
	});
	const all = el("input", { type: "checkbox", "aria-label": "Select all", onchange: () => select(all.checked ? shown : []) });
	const status = el("p.faint", { role: "status" });
	const tools = el("div", el("div.tools", find, el("div.filters", { role: "radiogroup", "aria-label": "Status" }, filters.map((each) => each.node)), order), el("div.list-top", all, status));
	const list = el("ul.rows");
	const sentinel = el("div");
	const chosen = el("span");
	const bar = el("div.selection", { role: "group", "aria-label": "Selected tokens", hidden: true }, chosen, button("Revoke…", () => revokeAll(tokens.filter(isSelected)), "danger small"));

	const row = (token) => {
		const toggle = ({ target }) => {
			selected[target.checked ? "add" : "delete"](token.id);
			drawBar();
		};
		const box = el("input", { type: "checkbox", "aria-label": `Select ${token.description}`, checked: isSelected(token), onchange: toggle });
		const name = el("p", el("a", { href: `#${tokenPath(token)}` }, token.description), byUser && el("small", ` ${token.username}`));
		return el("li.row", box, el("div.what", name, grantsNode(token.endpoints, 2), limitsNode(token)), expirationNode(token), usageNode(token),
			el("button.quiet", { "aria-label": `Revoke ${token.description}`, onclick: () => revokeAll([token]) }, "Revoke"));
	};
	const renderMore = () => {
		list.append(...shown.slice(rendered, rendered + BATCH).map(row));
		rendered = Math.min(rendered + BATCH, shown.length);
	};
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
		shown.slice(0, rendered).forEach((token, index) => (list.children[index].firstChild.checked = isSelected(token)));
		drawBar();
	};
	const draw = () => {
		const wanted = find.value.trim().toLowerCase();
		const kind = filters.find((each) => each.control.checked).kind;
		const found = tokens.filter((token) => token.text.includes(wanted));
		const byState = { active: [], soon: [], paused: [], expired: [], ...Object.groupBy(found, stateOf), all: found };
		for (const each of filters) each.badge.textContent = number(byState[each.kind].length);
		shown = byState[kind].sort(ORDERS[order.value]);
		tools.hidden = !tokens.length;
		status.textContent = `${shown.length < tokens.length ? `${number(shown.length)} of ` : ""}${count(tokens.length, "token")}`;
		rendered = 0;
		list.replaceChildren();
		if (!shown.length) list.append(el("li.empty", !tokens.length ? empty : wanted ? "No tokens match your search." : "No tokens match this filter."));
		renderMore();
		drawBar();
	};
	const revokeAll = async (subset) => {
		const revoked = new Set(await revoke(subset));
		if (!revoked.size) return;
		revoked.forEach(({ id }) => selected.delete(id));
		tokens = tokens.filter((token) => !revoked.has(token));
		draw();
		(tokens.length ? all : document.querySelector("#main h1")).focus();
	};

	// Observing it again reports it again if it is still near.
	const observer = new IntersectionObserver(([{ isIntersecting }]) => {
		if (!isIntersecting || rendered === shown.length) return;
		renderMore();
		observer.unobserve(sentinel);
		observer.observe(sentinel);
	}, { rootMargin: "1000px" });
	observer.observe(sentinel);
	tools.addEventListener("change", ({ target }) => target.type !== "checkbox" && target.type !== "search" && draw());

	await new Promise((ready, failed) => {
		const keep = (page) => {
			for (const token of page) {
				token.index = tokens.length;
				token.text = [token.description, token.username, token.id, token.endpoints, token.allowedFrom].join(" ").toLowerCase();
				tokens.push(token);
			}
			if (tokens.length === page.length) draw();
			else status.textContent = `Loading… ${count(tokens.length, "token")}`;
			ready();
		};
		load(keep).then(() => tokens.length > shown.length && draw()).catch(failed);
	});
	return el("div", tools, bar, list, sentinel);
}

/** A loader for tokenList ("*": all users; null: one’s own). */
export const tokensOf = (user) => (onPage) => listTokens(user, (page) => onPage(page.map(([id, entry]) => readToken(id, entry))));

const tab = (path, text, isCurrent) => el("a", { href: `#${path}`, "aria-current": isCurrent ? "page" : null }, text);

export async function tokensPage(isAll) {
	const empty = isAll
		? "No one has created a token yet."
		: [el("h2", "No tokens yet"), el("p", "Tokens let programs call the API on your behalf. You choose how long a token lasts and what it can access, and you can revoke it at any time.")];
	const list = await tokenList(tokensOf(isAll ? "*" : null), empty, isAll);
	const tabs = el("nav.tabs", { "aria-label": "Token lists" }, tab("/tokens", "My tokens", !isAll), tab("/tokens/all", "All users", isAll));
	return el("section", head("Tokens", el("a.button.primary", { href: "#/tokens/new" }, "New token")), me().is_admin && tabs, list);
}
