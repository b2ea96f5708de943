// The presets that the operator offers: lists of grants for a new token.

import { get } from "./api.js";
import { button, el, field } from "./dom.js";

const HINT = "Adds its paths to the list below, where you can still change them.";

/**
 * Offers all presets; shows what the selected one is for and which grants it has.
 * @param addAll gets the grants when the user adds them
 * @returns a node, or null if there are no presets
 */
export async function presetPicker(addAll) {
	const { presets } = await get("/presets");
	if (!presets.length) return null;
	const select = el("select", el("option", { value: "" }, "Choose a preset…"), presets.map(({ name }, index) => el("option", { value: index }, name)));
	const chosen = () => presets[select.value];
	const draw = () => {
		const preset = chosen();
		add.disabled = !preset;
		self.show(preset ? el("span", preset.description, el("span.grants", preset.endpoints.map((grant) => el("code", grant)))) : HINT);
	};
	const commit = () => {
		const { name, endpoints } = chosen();
		const added = addAll(endpoints);
		select.value = "";
		draw();
		self.show(added ? `Added “${name}” to the list below.` : `The list below already has everything in “${name}”.`);
		select.focus();
	};
	const add = button("Add preset", commit);
	const self = field("Preset", select, HINT);
	const row = el("div.joined");
	select.replaceWith(row);
	row.append(select, add);
	select.addEventListener("change", draw);
	draw();
	return self.node;
}
