// Maps addresses (#/…) to pages. A page appears once it is complete, so that nothing jumps.

import { button, el, heading } from "./dom.js";

const main = document.getElementById("main");
let routes = [];
let current = "";
let last = 0;
let guard = null;

export const head = (title, ...actions) => el("div.head", heading(title), el("div.actions", actions));

/** While the page of `node` shows and `isNeeded()`, it closes only if `question` resolves to true. */
export const guardPage = (node, question, isNeeded = () => true) => (guard = { node, question, isNeeded });
export const unguardPage = () => (guard = null);
const isGuarded = () => guard?.node.isConnected && guard.isNeeded();
export const mayLeave = () => !isGuarded() || guard.question();

addEventListener("beforeunload", (event) => isGuarded() && event.preventDefault());

const here = () => location.hash.slice(1) || "/tokens";

/** @param path the address of the new page, if it has another */
export function replacePage(node, path = current) {
	if (path !== current) history.pushState(null, "", `#${path}`);
	current = path;
	main.replaceChildren(node);
	const title = main.querySelector("h1");
	document.title = `${title.textContent} · Warder`;
	scrollTo(0, 0);
	title.focus();
}

async function show() {
	const path = here();
	const request = ++last;
	const [pattern, page] = routes.find(([each]) => each.test(path)) ?? [/^/, notFoundPage];
	main.ariaBusy = "true";
	const node = await (async () => page(...path.match(pattern).slice(1).map(decodeURIComponent)))().catch(errorPage);
	if (request !== last) return;
	main.ariaBusy = "false";
	current = path;
	replacePage(node);
	for (const link of document.querySelectorAll("#bar nav a")) link.ariaCurrent = path.startsWith(link.hash.slice(1)) ? "page" : null;
}

const errorPage = (error) =>
	el("section", heading(error.status === 404 ? "Page not found" : "Something went wrong"), el("p.lead", error.message), el("div.actions", button("Try again", show), el("a.button", { href: "#/tokens" }, "Back to tokens")));
const notFoundPage = () => errorPage({ status: 404 });

async function navigate() {
	if (here() === current) {
		last++; // a page that is still loading must not appear
		main.ariaBusy = "false";
		return;
	}
	if (isGuarded()) {
		const wanted = location.hash;
		history.replaceState(null, "", `#${current}`);
		if (!(await mayLeave())) return;
		guard = null;
		history.replaceState(null, "", wanted);
	}
	show();
}

/** Navigates to a page, or reloads it. */
export function go(path) {
	if (here() === path) show();
	else location.hash = path;
}

/** @param table [pattern, page]: `page` takes the pattern's captures and returns an element */
export function startRouter(table) {
	routes = table;
	addEventListener("hashchange", navigate);
	show();
}
