// Builds the page. What comes from outside becomes text and attributes; nothing reads HTML.

/**
 * An element: `el("p.note", {id: "x"}, "text", child)`; attributes may be left out.
 * Functions (`onclick`) and `value` become properties, true and false toggle; null is nothing, nor is a false child.
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
export const search = (label, draw) => input({ type: "search", placeholder: "Search", "aria-label": label, oninput: later(draw) });

function tick(attributes, label, hint) {
	const control = el("input", attributes);
	return { control, node: el("label.check", control, el("span", label, hint && el("small", hint))) };
}
export const checkbox = (label, hint = null, checked = false) => tick({ type: "checkbox", checked }, label, hint);
export const radio = (name, label, hint, checked) => tick({ type: "radio", name, checked }, label, hint);

/** A line below a control: a hint, a reading, or what is wrong. Its place is kept, so nothing jumps. */
export function noted(control, hint = "") {
	const note = el("p.note", { id: newId(), "aria-live": "polite" }, hint);
	control.setAttribute("aria-describedby", note.id);
	const show = (what, isError) => {
		note.replaceChildren(what);
		note.classList.toggle("error", isError);
		control.ariaInvalid = isError ? "true" : null;
	};
	const clear = () => control.ariaInvalid && show(hint, false);
	return { control, note, clear, say: (what = hint) => show(what, false), refuse: (what) => show(what, true), focus: () => control.focus() };
}

/** A labelled control with its line below, `extra` between the two. */
export function field(label, control, hint, ...extra) {
	control.id ||= newId();
	const self = noted(control, hint);
	return { ...self, value: () => control.value, node: el("div.field", el("label", { for: control.id }, label), control, extra, self.note) };
}

/**
 * A form that shows each refusal beside the field it is about, and takes one submission at a time.
 * @param about slug -> field; other refusals are shown below the buttons
 */
export function form(children, { submit, others = [], about = {}, onsubmit }) {
	const fault = el("p.note.error", { role: "alert" });
	const node = el("form", { novalidate: true }, children, el("div.actions", el("button.primary", submit), others), fault);
	node.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (node.ariaBusy === "true") return;
		node.ariaBusy = "true";
		fault.textContent = "";
		Object.values(about).forEach((each) => each.clear());
		try {
			await onsubmit();
		} catch (error) {
			const place = about[error.slug];
			if (place) place.refuse(error.message);
			else fault.textContent = error.message;
			place?.focus();
		} finally {
			node.ariaBusy = "false";
		}
	});
	return node;
}

/** Says something at the page's foot; for good with `stays`. */
export function notify(text, stays = false) {
	const notice = document.getElementById("notice");
	clearTimeout(notify.timer);
	notice.textContent = text;
	if (!stays) notify.timer = setTimeout(() => (notice.textContent = ""), 6000);
}

/** Calls back when nothing was asked for 200 ms. */
export function later(callback) {
	let timer;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(callback, 200);
	};
}
