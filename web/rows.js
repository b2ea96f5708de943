// A list of thousands of items. Rows are rendered as they come near the viewport.

import { el } from "./dom.js";

const BATCH = 50;

/** @param row returns the `li` of an item @returns `show(items, empty)` replaces the rows; without items, `empty` appears */
export function lazyRows(row) {
	let items = [];
	let rendered = 0;
	const list = el("ul.rows");
	const sentinel = el("div");
	const renderMore = () => {
		list.append(...items.slice(rendered, rendered + BATCH).map(row));
		rendered = Math.min(rendered + BATCH, items.length);
		// Observing it again reports it again if it is still near.
		observer.unobserve(sentinel);
		observer.observe(sentinel);
	};
	const observer = new IntersectionObserver((entries) => entries.at(-1).isIntersecting && rendered < items.length && renderMore(), { rootMargin: "1000px" });
	const show = (what, empty) => {
		items = what;
		rendered = 0;
		list.replaceChildren();
		if (!items.length) list.append(el("li.empty", empty));
		renderMore();
	};
	return { nodes: [list, sentinel], list, show };
}
