import { get, me, put, signIn } from "./api.js";
import { ceilingBox } from "./create.js";
import { el, field, form, input, notify } from "./dom.js";
import { head } from "./router.js";
import { day } from "./time.js";
import { userPath } from "./token.js";
import { hiddenName, newPasswordField } from "./users.js";

export async function accountPage() {
	const { username } = me();
	const path = userPath(username);
	const { is_admin, created_at, endpoints } = await get(path);
	const current = field("Current password", input({ type: "password", autocomplete: "current-password" }));
	const password = newPasswordField("New password");
	const change = async () => {
		await put(`${path}/password`, { password: password.value(), current_password: current.value() });
		// Every session has ended with the old password, this one included.
		await signIn(username, password.value());
		current.control.value = password.control.value = "";
		notify("Your password is changed. You are signed out everywhere else; your tokens live on.");
	};
	return el("section.narrow", head("Your account"), el("p.lead", `${username}, ${is_admin ? "administrator" : "user"} since ${day(Date.parse(created_at))}`), ceilingBox(endpoints),
		el("h2", "Password"),
		form([hiddenName(username), current.node, password.node], { submit: "Change password", about: { forbidden: current, throttled: current, bad_password: password }, onsubmit: change }));
}
