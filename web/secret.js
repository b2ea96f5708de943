// Pages that show a secret once.

import { confirm } from "./dialog.js";
import { button, el, field, input, notify } from "./dom.js";
import { go, guardPage, head, unguardPage } from "./router.js";

/** A field to copy from. Once something was copied, the page can be left without a question. */
export function copyField(label, name, value, hint) {
	const control = input({ class: "code", readonly: true, value, onfocus: () => control.select(), oncopy: unguardPage });
	const copy = async () => {
		control.focus();
		// Without TLS, browsers deny access to the clipboard.
		const isCopied = await navigator.clipboard?.writeText(value).then(() => true, () => false);
		notify(isCopied ? "Copied to clipboard" : "Press Ctrl+C or ⌘C to copy.");
		if (isCopied) unguardPage();
	};
	const self = field(label, control, hint);
	const frame = el("div.joined");
	control.replaceWith(frame);
	frame.append(control, el("button.primary", { type: "button", "aria-label": `Copy ${name}`, onclick: copy }, "Copy"));
	return self.node;
}

/** @param what the secret's noun @param fields by copyField() @param back the path of the page behind "Done" */
export function secretPage(title, what, fields, back) {
	const done = () => {
		unguardPage();
		go(back);
	};
	const page = el("section.narrow", head(title), el("p.lead", "Copy it now. You won’t be able to see it again."), el("form", fields, el("div.actions", button("Done", done))));
	guardPage(page, () => confirm(`Leave without copying the ${what}?`, el("p", "You won’t be able to see it again."), "Leave", "Stay"));
	return page;
}
