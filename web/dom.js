// Builds DOM nodes. Data becomes text and attributes only; nothing parses HTML.

/**
 * Returns an element: `el("p.note", {id: "x"}, "text", child)`; attributes are optional.
 * Functions and `value` become properties, booleans toggle an attribute; null and falsy children are ignored.
 */
export function el(name, ...rest) {
	const [tag, ...classes] = name.split(".");
	const node = document.createElement(tag);
	if (classes.length) node.className = classes.join(" ");
	const attributes = rest[0]?.constructor === Object ? rest.shift() : {};
	for (const [key, value] of Object.entries(attributes)) {
		if (key === "value" || typeof value === "function") node[key] = value;
		else if (typeof value === "boolean") node.toggleAttribute(key, value);
		else if (value != null) node.setAttribute(key, value);
	}
	node.append(...rest.flat().filter(Boolean));
	return node;
}

let lastId = 0;
export const newId = () => `e${++lastId}`;

export const heading = (text) => el("h1", { tabindex: "-1" }, text);
export const button = (text, onclick, kind = "") => el("button", { type: "button", class: kind, onclick }, text);
export const input = (attributes) => el("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
export const search = (label, draw) => input({ type: "search", placeholder: "Search", "aria-label": label, "aria-keyshortcuts": "/", oninput: later(draw) });

function choice(attributes, label, hint) {
	const control = el("input", attributes);
	return { control, node: el("label.check", control, el("span", label, hint && el("small", hint))) };
}
export const checkbox = (label, hint = null, checked = false) => choice({ type: "checkbox", checked }, label, hint);
export const radio = (name, label, hint, checked) => choice({ type: "radio", name, checked }, label, hint);

/** Adds a line for a hint, a preview or an error. It keeps its space, so that nothing jumps. */
export function withNote(control, hint = "") {
	const note = el("p.note", { id: newId(), "aria-live": "polite" }, hint);
	control.setAttribute("aria-describedby", note.id);
	const set = (what, isError) => {
		note.replaceChildren(what);
		note.classList.toggle("error", isError);
		control.ariaInvalid = isError ? "true" : null;
	};
	const clear = () => control.ariaInvalid && set(hint, false);
	return { control, note, clear, show: (what = hint) => set(what, false), showError: (what) => set(what, true), focus: () => control.focus() };
}

/** A labelled control with its note; `extra` goes between the two. */
export function field(label, control, hint, ...extra) {
	control.id ||= newId();
	const self = withNote(control, hint);
	return { ...self, value: () => control.value, node: el("div.field", el("label", { for: control.id }, label), control, extra, self.note) };
}

/**
 * A form that shows each error at its field and handles one submission at a time.
 * @param about error code -> field, whose `validate` may return an error; other errors appear below the buttons
 */
export function form(children, { submit, others = [], about = {}, onsubmit }) {
	const alert = el("p.note.error", { role: "alert" });
	const node = el("form", { novalidate: true }, children, el("div.actions", el("button.primary", submit), others), alert);
	node.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (node.ariaBusy === "true") return;
		alert.textContent = "";
		const invalid = Object.values(about).filter((each) => {
			each.clear();
			const error = each.validate?.();
			if (error) each.showError(error);
			return error;
		});
		if (invalid.length) return invalid[0].focus();
		node.ariaBusy = "true";
		try {
			await onsubmit();
		} catch (error) {
			const place = about[error.code];
			if (place) place.showError(error.message);
			else alert.textContent = error.message;
			place?.focus();
		} finally {
			node.ariaBusy = "false";
		}
	});
	return node;
}

export const SAVED = "Saved. Takes effect immediately.";

/** Shows a message for 6 s, or permanently with `stays`. */
export function notify(text, stays = false) {
	const notice = document.getElementById("notice");
	clearTimeout(notify.timer);
	notice.textContent = text;
	if (!stays) notify.timer = setTimeout(() => (notice.textContent = ""), 6000);
}

/** Debounces a callback by 200 ms. */
export function later(callback) {
	let timer;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(callback, 200);
	};
}
