import { get, me, patch, post, put, remove, signIn } from "./api.js";
import { confirm } from "./dialog.js";
import { button, checkbox, el, field, form, input, notify, SAVED, search } from "./dom.js";
import { ceilingBox, grantsField } from "./grants.js";
import { go, head } from "./router.js";
import { count, day } from "./time.js";
import { userPath } from "./token.js";
import { tokenList, tokensOf } from "./tokenlist.js";

const row = ({ username, is_admin, is_service, tokens, endpoints }) =>
	el("li.row.user",
		el("p.what", el("a", { href: `#${userPath(username)}` }, username), el("small", username === me().username && " (you)", is_admin && " · Administrator", is_service && " · Service account")),
		el("p", count(tokens, "token")),
		el("p.faint", endpoints ? `Limited to ${count(endpoints.length, "grant")}` : "No limit"));

const userFacts = ({ is_admin, is_service, created_at }) => `${is_admin ? "Administrator" : is_service ? "Service account" : "User"} · created ${day(Date.parse(created_at))}`;

const back = () => el("a.back", { href: "#/users" }, "Users");

export async function usersPage() {
	const { users } = await get("/users/");
	users.sort((a, b) => a.username.localeCompare(b.username));
	const find = search("Search users", () => draw());
	const status = el("p.faint", { role: "status" });
	const list = el("ul.rows");
	const draw = () => {
		const found = users.filter((user) => user.username.toLowerCase().includes(find.value.trim().toLowerCase()));
		status.textContent = count(found.length, "user");
		list.replaceChildren(...found.map(row));
	};
	draw();
	return el("section", head("Users", el("a.button.primary", { href: "#/users/+" }, "Add user")), el("div.tools", find), el("div.list-top", status), list);
}

function newPasswordField(label) {
	const control = input({ type: "password", autocomplete: "new-password" });
	const generate = () => {
		// 25 characters out of 32: 125 bits.
		control.value = Array.from(crypto.getRandomValues(new Uint8Array(25)), (byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]).join("");
		control.type = "text";
		control.select();
	};
	return field(label, control, "At least 8 characters", el("div.presets", button("Generate", generate, "small")));
}

/** Tells password managers whose password the form changes. */
const hiddenName = (value) => input({ autocomplete: "username", value, hidden: true, readonly: true });

function permissionFields({ is_admin, is_service, endpoints }) {
	const admin = checkbox("Administrator", "Can view and manage all users and tokens.", is_admin);
	const ceiling = grantsField({
		legend: "Access limit",
		some: ["Limit to the paths below", "Applies to all of the user’s tokens, including existing ones."],
		all: ["No limit", "The user decides what each token can access."],
	}, endpoints);
	const adminField = el("div.field", { hidden: is_service }, admin.node);
	return { admin: admin.control, adminField, ceiling, nodes: [adminField, ceiling.node] };
}

export function addUserPage() {
	const name = field("Username", input({ autocapitalize: "none" }), "Letters, digits and . _ - @");
	const password = newPasswordField("Password");
	const service = checkbox("Service account", "Owns tokens, but has no password and can’t sign in. Administrators create and renew its tokens.");
	const { admin, adminField, ceiling, nodes } = permissionFields({ is_admin: false, endpoints: null });
	service.control.onchange = () => (password.node.hidden = adminField.hidden = service.control.checked);
	const add = async () => {
		const endpoints = ceiling.value();
		const access = service.control.checked ? {} : { password: password.value(), is_admin: admin.checked };
		const { username } = await post("/users/", { username: name.value(), ...access, ...(endpoints && { endpoints }) });
		notify(`User ${username} created.`);
		go(userPath(username));
	};
	return el("section.narrow", back(), head("Add user"),
		form([name.node, el("div.field", service.node), password.node, ...nodes], { submit: "Add user", about: { bad_username: name, user_exists: name, bad_password: password, bad_grant: ceiling }, onsubmit: add }));
}

function permissionForm(user, path) {
	const { admin, ceiling, nodes } = permissionFields(user);
	const save = async () => {
		const change = {};
		if (admin.checked !== user.is_admin) change.is_admin = admin.checked;
		if (ceiling.isChanged()) change.endpoints = ceiling.value();
		await patch(path, change);
		// A former administrator has fewer pages.
		if (change.is_admin === false && user.username === me().username) return location.replace(".");
		notify(SAVED);
		go(path);
	};
	return form(nodes, { submit: "Save", about: { bad_grant: ceiling }, onsubmit: save });
}

function passwordForm({ username, is_service }, path) {
	const password = newPasswordField("New password");
	const reset = async () => {
		await put(`${path}/password`, { password: password.value() });
		if (is_service) {
			notify(`Password set. ${username} can sign in now.`);
			return go(path);
		}
		notify(`Password changed. ${username} has been signed out; their tokens still work.`);
		password.control.value = "";
	};
	return form([hiddenName(username), password.node], { submit: "Set new password", about: { bad_password: password }, onsubmit: reset });
}

async function deleteUser({ username, tokens }, path) {
	const loss = el("p", `${username} will be signed out${tokens ? ` and their ${count(tokens, "token")} will stop working immediately` : ""}. This can’t be undone.`);
	if (!(await confirm(`Delete ${username}?`, loss, "Delete"))) return;
	await remove(path).then(() => {
		notify(`User ${username} deleted.`);
		go("/users");
	}, (error) => notify(error.message));
}

export async function userPage(name) {
	const path = userPath(name);
	const user = await get(path);
	const tokens = await tokenList(tokensOf(user.username), "No tokens.");
	return el("section", back(), head(user.username, user.is_service && el("a.button.primary", { href: `#${path}/tokens/+` }, "New token"), button("Delete…", () => deleteUser(user, path), "danger-text")),
		el("p.lead", userFacts(user)),
		el("h2", "Tokens"), tokens,
		el("div.narrow", el("h2", "Permissions"), permissionForm(user, path), el("h2", "Password"),
			user.is_service && el("p", "With a password, the service account becomes an ordinary user, who can sign in."),
			user.username === me().username ? el("p", "Change your own password on the ", el("a", { href: "#/account" }, "Account page"), ".") : passwordForm(user, path)));
}

export async function accountPage() {
	const { username } = me();
	const path = userPath(username);
	const user = await get(path);
	const current = field("Current password", input({ type: "password", autocomplete: "current-password" }));
	const password = newPasswordField("New password");
	const change = async () => {
		await put(`${path}/password`, { password: password.value(), current_password: current.value() });
		// The change ended every session, this one included.
		await signIn(username, password.value());
		current.control.value = password.control.value = "";
		notify("Password changed. You’ve been signed out on other devices. Your tokens still work.");
	};
	return el("section.narrow", head("Account"), el("p.lead", `${username} · ${userFacts(user)}`), ceilingBox(user.endpoints),
		el("h2", "Password"),
		form([hiddenName(username), current.node, password.node], { submit: "Change password", about: { forbidden: current, throttled: current, bad_password: password }, onsubmit: change }));
}
