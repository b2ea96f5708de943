import { post } from "./api.js";
import { button, el, field, input, later } from "./dom.js";
import { minute, words } from "./time.js";

/** @param say `(life, endsAt)`, in seconds and milliseconds, as a sentence */
export function lifeField(label, { value = "", hint, presets, placeholder = null, say = (life, endsAt) => `Expires ${minute(endsAt)}, in ${words(life)}.` }) {
	const control = input({ value, placeholder, oninput: later(() => read()) });
	const choose = (text) => {
		control.value = text;
		read();
	};
	const choices = el("div.presets", { role: "group", "aria-label": `${label}: common choices` }, presets.map((text) => button(text, () => choose(text), "small")));
	const life = field(label, control, hint, choices);
	let last = 0;
	const read = async () => {
		const ticket = ++last;
		const text = control.value.trim();
		if (!text) return life.say();
		const show = await post("/preview", { jwt_token_life: text }).then(
			(answer) => () => life.say(say(answer.jwt_token_life, answer.exp * 1000)),
			(error) => () => life.refuse(error.message));
		if (ticket === last) show();
	};
	if (value) read();
	return life;
}
