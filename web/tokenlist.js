// It holds thousands; rows are made as they come near the window.

import { button, el, newId, search } from "./dom.js";
import { revoke } from "./revoke.js";
import { count } from "./time.js";
import { grantsNode, lifeNode, STATES, stateOf, tokenPath, usedNode } from "./token.js";

const BATCH = 50;

const isOver = (token) => stateOf(token) === "expired";
const ORDERS = {
	"Newest first": (a, b) => b.at - a.at,
	"Oldest first": (a, b) => a.at - b.at,
	"Expiring first": (a, b) => isOver(a) - isOver(b) || a.endsAt - b.endsAt,
	"Last used first": (a, b) => b.usedAt - a.usedAt,
	"Longest unused first": (a, b) => a.usedAt - b.usedAt,
	"By description": (a, b) => a.description.localeCompare(b.description),
	"By user": (a, b) => a.username.localeCompare(b.username) || b.at - a.at,
};

/**
 * @param load `(onPage) -> Promise`: brings tokens, a page after the other
 * @param empty what stands there if there are none
 * @returns the element, once the first page is in it
 */
export async function tokenList(load, empty, byUser = false) {
	let tokens = [];
	let shown = [];
	let made = 0;
	const selected = new Set();
	const isSelected = (token) => selected.has(token.id);

	const find = search("Search tokens", () => draw());
	const order = el("select", { "aria-label": "Sort" }, Object.keys(ORDERS).filter((name) => byUser || name !== "By user").map((name) => el("option", name)));
	const group = newId();
	const filters = ["all", ...Object.keys(STATES)].map((kind) => {
		const control = el("input", { type: "radio", name: group, checked: kind === "all" });
		const number = el("small");
		return { kind, control, number, node: el("label", control, el("span", STATES[kind] ?? "All", " ", number)) };
	});
	const all = el("input", { type: "checkbox", "aria-label": "Select all shown", onchange: () => select(all.checked ? shown : []) });
	const status = el("p.faint", { role: "status" });
	const tools = el("div", el("div.tools", find, el("div.filters", { role: "radiogroup", "aria-label": "State" }, filters.map((each) => each.node)), order), el("div.list-top", all, status));
	const list = el("ul.rows");
	const edge = el("div");
	const chosen = el("span");
	const bar = el("div.selection", { role: "group", "aria-label": "Selected tokens", hidden: true }, chosen, button("Revoke…", () => end(tokens.filter(isSelected)), "danger small"));

	const row = (token) => {
		const flip = ({ target }) => {
			selected[target.checked ? "add" : "delete"](token.id);
			drawBar();
		};
		const tick = el("input", { type: "checkbox", "aria-label": `Select ${token.description}`, checked: isSelected(token), onchange: flip });
		const name = el("p", el("a", { href: `#${tokenPath(token)}` }, token.description), byUser && el("small", ` ${token.username}`));
		return el("li.row", tick, el("div.what", name, grantsNode(token.endpoints, 2)), lifeNode(token), usedNode(token),
			el("button.quiet", { "aria-label": `Revoke ${token.description}`, onclick: () => end([token]) }, "Revoke"));
	};
	const makeMore = () => {
		list.append(...shown.slice(made, made + BATCH).map(row));
		made = Math.min(made + BATCH, shown.length);
	};
	const drawBar = () => {
		bar.hidden = !selected.size;
		chosen.textContent = `${selected.size.toLocaleString("en")} selected`;
		const ticked = shown.filter(isSelected).length;
		all.checked = ticked > 0 && ticked === shown.length;
		all.indeterminate = ticked > 0 && !all.checked;
	};
	const select = (those) => {
		selected.clear();
		those.forEach((token) => selected.add(token.id));
		shown.slice(0, made).forEach((token, index) => (list.children[index].firstChild.checked = isSelected(token)));
		drawBar();
	};
	const draw = () => {
		const wanted = find.value.trim().toLowerCase();
		const kind = filters.find((each) => each.control.checked).kind;
		const found = tokens.filter((token) => token.text.includes(wanted));
		const byState = { valid: [], soon: [], expired: [], ...Object.groupBy(found, stateOf), all: found };
		for (const each of filters) each.number.textContent = byState[each.kind].length.toLocaleString("en");
		shown = byState[kind].sort(ORDERS[order.value]);
		tools.hidden = !tokens.length;
		status.textContent = `${shown.length < tokens.length ? `${shown.length.toLocaleString("en")} of ` : ""}${count(tokens.length, "token")}`;
		made = 0;
		list.replaceChildren();
		if (!shown.length) list.append(el("li.empty", tokens.length ? "None matches." : empty));
		makeMore();
		drawBar();
	};
	const end = async (those) => {
		const gone = new Set(await revoke(those));
		if (!gone.size) return;
		gone.forEach(({ id }) => selected.delete(id));
		tokens = tokens.filter((token) => !gone.has(token));
		draw();
		(tokens.length ? all : document.querySelector("#main h1")).focus();
	};

	// Observed afresh, it tells again that it is near, should it still be.
	const observer = new IntersectionObserver(([{ isIntersecting }]) => {
		if (!isIntersecting || made === shown.length) return;
		makeMore();
		observer.unobserve(edge);
		observer.observe(edge);
	}, { rootMargin: "1000px" });
	observer.observe(edge);
	tools.addEventListener("change", ({ target }) => target.type !== "checkbox" && target.type !== "search" && draw());

	await new Promise((ready, failed) => {
		const keep = (page) => {
			for (const token of page) {
				token.at = tokens.length;
				token.text = [token.description, token.username, token.id, token.endpoints].join(" ").toLowerCase();
				tokens.push(token);
			}
			if (tokens.length === page.length) draw();
			else status.textContent = `${tokens.length.toLocaleString("en")} so far…`;
			ready();
		};
		load(keep).then(() => tokens.length > shown.length && draw()).catch(failed);
	});
	return el("div", tools, bar, list, edge);
}
