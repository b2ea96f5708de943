import { post } from "./api.js";
import { button, el, field, input, later } from "./dom.js";
import { duration, minute } from "./time.js";

/** @param preview `(lifetime, expiresAt)`, in seconds and milliseconds, as a sentence */
export function lifetimeField(label, { value = "", hint, presets, placeholder = null, preview = (lifetime, expiresAt) => `Expires on ${minute(expiresAt)} (in ${duration(lifetime)}).` }) {
	const control = input({ value, placeholder, oninput: later(() => update()) });
	const choose = (text) => {
		control.value = text;
		update();
	};
	const choices = presets && el("div.presets", { role: "group", "aria-label": "Common expiration times" }, presets.map((text) => button(text, () => choose(text), "small")));
	const self = field(label, control, hint, choices);
	let last = 0;
	const update = async () => {
		const request = ++last;
		const text = control.value.trim();
		if (!text) return self.show();
		const show = await post("/preview", { jwt_token_life: text }).then(
			(answer) => () => self.show(preview(answer.jwt_token_life, answer.exp * 1000)),
			(error) => () => self.showError(error.message));
		if (request === last) show();
	};
	if (value) update();
	return self;
}
