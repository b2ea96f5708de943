// <dialog> traps the focus, closes on Escape and restores the focus.

import { button, el, newId } from "./dom.js";

/** Opens a dialog; resolves to the value passed to `close`, or null. @param fill `(close) -> nodes` */
export function openDialog(title, fill) {
	return new Promise((done) => {
		const id = newId();
		const dialog = el("dialog", { "aria-labelledby": id }, el("h2", { id }, title));
		let result = null;
		dialog.append(...[fill((value) => {
			result = value;
			dialog.close();
		})].flat());
		dialog.addEventListener("close", () => {
			dialog.remove();
			done(result);
		});
		document.body.append(dialog);
		dialog.showModal();
	});
}

export const confirm = (title, content, yes, no = "Cancel") =>
	openDialog(title, (close) => [
		...[content].flat(),
		el("div.actions", button(yes, () => close(true), "danger"), el("button", { autofocus: true, onclick: () => close(null) }, no)),
	]);

export const confirmDiscard = () => confirm("Discard unsaved changes?", el("p", "What you changed on this page hasn’t been saved."), "Discard", "Keep editing");
