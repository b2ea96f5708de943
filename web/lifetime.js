import { post } from "./api.js";
import { button, el, field, input, later } from "./dom.js";
import { duration, minute } from "./time.js";

/**
 * @param preview `(lifetime, expiresAt)`, in seconds and milliseconds, as a sentence
 * @param subject begins the error messages
 * @returns a field for form(); `check()` resolves to its error or null
 */
export function lifetimeField(label, { value = "", hint, presets, placeholder = null, subject, preview = (lifetime, expiresAt) => `Expires on ${minute(expiresAt)} (in ${duration(lifetime)}).` }) {
	const control = input({ value, placeholder, oninput: later(() => update()) });
	const choose = (text) => {
		control.value = text;
		update();
	};
	const choices = presets && el("div.presets", { role: "group", "aria-label": "Common expiration times" }, presets.map((text) => button(text, () => choose(text), "small")));
	const self = field(label, control, hint, choices);
	const showError = (message) => self.showError(subject && message.startsWith('"') ? `${subject} ${message}` : message);
	const ask = () => post("/preview", { jwt_token_life: control.value.trim() });
	const check = () => ask().then(() => null, (error) => error);
	let last = 0;
	const update = async () => {
		const request = ++last;
		if (!control.value.trim()) return self.show();
		const show = await ask().then(
			(answer) => () => self.show(preview(answer.jwt_token_life, answer.exp * 1000)),
			(error) => () => showError(error.message));
		if (request === last) show();
	};
	if (value) update();
	return { ...self, showError, check };
}
