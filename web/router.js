// Which page stands for which address (#/…). A page is shown when all of it is there, so that nothing jumps.

import { confirm } from "./dialog.js";
import { button, el, heading } from "./dom.js";

const main = document.getElementById("main");
let routes = [];
let current = "";
let last = 0;
let guard = null;

/** A page's head: its title, and what can be done there. */
export const head = (title, ...actions) => el("div.head", heading(title), el("div.actions", actions));

/** Has people asked `{title, text, leave, stay}` before they leave the page; null lets them go. */
export const guardPage = (question) => (guard = question);

addEventListener("beforeunload", (event) => guard && event.preventDefault());

const here = () => location.hash.slice(1) || "/tokens";

/** Puts something in the page's place. */
export function replacePage(node) {
	main.replaceChildren(node);
	const title = main.querySelector("h1");
	document.title = `${title.textContent} · Warder`;
	scrollTo(0, 0);
	title.focus();
}

async function show() {
	const path = here();
	const ticket = ++last;
	const [pattern, page] = routes.find(([each]) => each.test(path)) ?? [/^/, missing];
	main.ariaBusy = "true";
	const node = await (async () => page(...path.match(pattern).slice(1).map(decodeURIComponent)))().catch(trouble);
	if (ticket !== last) return;
	main.ariaBusy = "false";
	current = path;
	replacePage(node);
	for (const link of document.querySelectorAll("#bar nav a")) link.ariaCurrent = path.startsWith(link.hash.slice(1)) ? "page" : null;
}

const trouble = (error) =>
	el("section", heading(error.status === 404 ? "There is nothing here" : "That did not work"), el("p.lead", error.message), el("div.actions", button("Try again", show), el("a.button", { href: "#/tokens" }, "Go to the tokens")));
const missing = () => trouble({ status: 404 });

async function moved() {
	if (here() === current) return;
	if (guard) {
		const wanted = location.hash;
		history.replaceState(null, "", `#${current}`);
		if (!(await confirm(guard.title, el("p", guard.text), guard.leave, guard.stay))) return;
		guard = null;
		history.replaceState(null, "", wanted);
	}
	show();
}

/** Goes to a page, or makes it anew. */
export function go(path) {
	if (here() === path) show();
	else location.hash = path;
}

/** @param table [pattern, page]: a page gets what the pattern captured and returns its element */
export function startRouter(table) {
	routes = table;
	addEventListener("hashchange", moved);
	show();
}
