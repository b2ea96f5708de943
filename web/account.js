// The user's own account.

import { get, me, put, signIn } from "./api.js";
import { el, field, form, input, notify } from "./dom.js";
import { ceilingBox } from "./grants.js";
import { head, replacePage } from "./router.js";
import { userPath } from "./token.js";
import { hiddenName, newPasswordField, passwordPage, userFacts } from "./users.js";

function passwordForm(username, path) {
	const current = field("Current password", input({ type: "password", autocomplete: "current-password" }));
	current.validate = () => !current.value() && "Current password is required.";
	const password = newPasswordField("New password");
	const change = async () => {
		await put(`${path}/password`, { password: password.value(), current_password: current.value() });
		// The change ended every session, this one included.
		await signIn(username, password.value());
		notify("Password changed. You’ve been signed out on other devices. Your tokens still work.");
		if (password.isGenerated()) replacePage(passwordPage(username, password, "/account"));
		else current.control.value = password.control.value = "";
	};
	return form([hiddenName(username), current.node, password.node], { submit: "Change password", about: { forbidden: current, throttled: current, bad_password: password }, onsubmit: change });
}

export async function accountPage() {
	const { username } = me();
	const path = userPath(username);
	const user = await get(path);
	return el("section.narrow", head("Account"), el("p.lead", `${username} · ${userFacts(user)}`), ceilingBox(user.endpoints), el("h2", "Password"), passwordForm(username, path));
}
