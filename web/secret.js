import { button, el, field, input, notify } from "./dom.js";
import { go, guardPage, head } from "./router.js";

function line(label, value, hint) {
	const control = input({ class: "code", readonly: true, value, onfocus: () => control.select() });
	const copy = async () => {
		control.focus();
		// Without TLS browsers keep the clipboard from pages.
		const done = await navigator.clipboard?.writeText(value).then(() => true, () => false);
		notify(done ? `${label}: copied.` : "Press Ctrl+C or ⌘C to copy it.");
	};
	const shown = field(label, control, hint);
	const frame = el("div.joined");
	control.replaceWith(frame);
	frame.append(control, el("button.primary", { type: "button", "aria-label": `Copy: ${label}`, onclick: copy }, "Copy"));
	return shown.node;
}

/** The page after minting or renewing. It is not left by accident. */
export function secretPage({ jwt_token, jwt_token_description }) {
	guardPage({ title: "Leave without the token?", text: "It is not shown again, not here and by nobody.", leave: "Leave", stay: "Stay" });
	const done = () => {
		guardPage(null);
		go("/tokens");
	};
	return el("section.narrow", head(`“${jwt_token_description}” is ready`), el("p.lead", "Copy it now: this is the only time that it is shown."),
		el("form", line("Token", jwt_token, "Whoever has it can use it. Keep it where you keep passwords."),
			line("Try it", `curl -H 'Authorization: Bearer ${jwt_token}' ${new URL("v1alpha/whoami", location)}`, "Asks whose token it is. Your shell may keep it in its history."),
			el("div.actions", button("I have stored it", done))));
}
