// The user's own account: password and sessions.

import { get, me, put, remove, signIn } from "./api.js";
import { confirm } from "./dialog.js";
import { button, el, field, form, input, notify } from "./dom.js";
import { ceilingBox } from "./grants.js";
import { go, head, replacePage } from "./router.js";
import { minute, relativeTime } from "./time.js";
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

function sessionRow({ id, created_at, last_used_at, expires_at, current }) {
	const [start, use, end] = [created_at, last_used_at, expires_at].map(Date.parse);
	const close = async () => {
		await remove(`/sessions/${id}`).catch((error) => notify(error.message));
		go("/account");
	};
	return el("li.row.session",
		el("div", el("p", current ? "This session" : "Another session"), el("p.faint", relativeTime(use, "Last used "), ` · signed in ${minute(start)} · ends ${minute(end)} or sooner`)),
		!current && button("End session", close, "quiet"));
}

async function signOutEverywhere() {
	if (!(await confirm("Sign out everywhere?", el("p", "All your sessions end, this one included. Your tokens still work."), "Sign out everywhere"))) return;
	await remove("/sessions");
	location.replace(".");
}

export async function accountPage() {
	const { username } = me();
	const path = userPath(username);
	const [user, { sessions }] = await Promise.all([get(path), get("/sessions")]);
	return el("section", head("Account"), el("p.lead", `${username} · ${userFacts(user)}`), ceilingBox(user.endpoints),
		el("div.split",
			el("div", el("h2", "Password"), passwordForm(username, path)),
			el("div", el("h2", "Sessions"), el("ul.rows", sessions.map(sessionRow)), el("div.actions", button("Sign out everywhere…", signOutEverywhere, "danger-text")))));
}
