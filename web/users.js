import { get, me, patch, post, put, remove } from "./api.js";
import { confirm } from "./dialog.js";
import { button, checkbox, el, field, form, input, notify, search } from "./dom.js";
import { grantsField } from "./grants.js";
import { go, head } from "./router.js";
import { count, day } from "./time.js";
import { userPath } from "./token.js";
import { tokenList } from "./tokenlist.js";
import { tokensOf } from "./tokens.js";

const row = ({ username, is_admin, tokens, endpoints }) =>
	el("li.row.user",
		el("p.what", el("a", { href: `#${userPath(username)}` }, username), el("small", username === me().username ? ", you" : "", is_admin ? ", administrator" : "")),
		el("p", count(tokens, "token")),
		el("p.faint", endpoints ? `ceiling of ${count(endpoints.length, "grant")}` : "no ceiling"));

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

/** A field for a new password, which can make one up and shows it then. */
export function newPasswordField(label) {
	const control = input({ type: "password", autocomplete: "new-password" });
	const makeUp = () => {
		// 25 characters of 32 kinds: 125 bits.
		control.value = Array.from(crypto.getRandomValues(new Uint8Array(25)), (byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]).join("");
		control.type = "text";
		control.select();
	};
	return field(label, control, "8 characters at least.", el("div.presets", button("Make one up", makeUp, "small")));
}

/** Tells password managers whose password a form sets. */
export const hiddenName = (value) => input({ autocomplete: "username", value, hidden: true, readonly: true });

/** The administrator's flag and the ceiling, of a new user or one that exists. */
function rightsFields({ is_admin, endpoints }) {
	const admin = checkbox("Administrator", "Sees and changes all users and all tokens.", is_admin);
	const ceiling = grantsField({
		legend: "What their tokens may reach",
		some: ["Only what is listed", "A ceiling for all of their tokens, those they have already included."],
		all: ["No ceiling", "What a token may reach is up to them."],
	}, endpoints);
	return { admin: admin.control, ceiling, nodes: [el("div.field", admin.node), ceiling.node] };
}

export function addUserPage() {
	const name = field("User name", input({ autocapitalize: "none" }), "Letters, digits and . _ - @");
	const password = newPasswordField("Password");
	const { admin, ceiling, nodes } = rightsFields({ is_admin: false, endpoints: null });
	const add = async () => {
		const endpoints = ceiling.value();
		const { username } = await post("/users/", { username: name.value(), password: password.value(), is_admin: admin.checked, ...(endpoints && { endpoints }) });
		notify(`${username} can sign in now.`);
		go(userPath(username));
	};
	return el("section.narrow", back(), head("Add a user"),
		form([name.node, password.node, ...nodes], { submit: "Add user", about: { bad_username: name, user_exists: name, bad_password: password, bad_grant: ceiling }, onsubmit: add }));
}

function rightsForm(user, path) {
	const { admin, ceiling, nodes } = rightsFields(user);
	const save = async () => {
		const change = {};
		if (admin.checked !== user.is_admin) change.is_admin = admin.checked;
		if (ceiling.isChanged()) change.endpoints = ceiling.value();
		await patch(path, change);
		// Who is no administrator any more has another set of pages.
		if (change.is_admin === false && user.username === me().username) return location.replace(".");
		notify("Saved. It holds from the next request on.");
		go(path);
	};
	return form(nodes, { submit: "Save", about: { bad_grant: ceiling }, onsubmit: save });
}

function passwordForm({ username }, path) {
	const password = newPasswordField("New password");
	const reset = async () => {
		await put(`${path}/password`, { password: password.value() });
		notify(`The password is changed, and the sessions of ${username} have ended. Their tokens live on.`);
		password.control.value = "";
	};
	return form([hiddenName(username), password.node], { submit: "Reset password", about: { bad_password: password }, onsubmit: reset });
}

async function end({ username, tokens }, path) {
	const loss = el("p", `${username} is signed out, and what uses their ${count(tokens, "token")} is refused from its next request on. This can’t be undone.`);
	if (!(await confirm(`Delete ${username}?`, loss, "Delete"))) return;
	await remove(path).then(() => {
		notify(`${username} is deleted.`);
		go("/users");
	}, (refusal) => notify(refusal.message));
}

export async function userPage(name) {
	const path = userPath(name);
	const user = await get(path);
	const tokens = await tokenList(tokensOf(user.username), "No tokens.");
	return el("section", back(), head(user.username, button("Delete…", () => end(user, path), "danger-text")),
		el("p.lead", `${user.is_admin ? "Administrator" : "User"} since ${day(Date.parse(user.created_at))}`),
		el("h2", "Tokens"), tokens,
		el("div.narrow", el("h2", "Rights"), rightsForm(user, path), el("h2", "Password"),
			user.username === me().username ? el("p", "Change your own on ", el("a", { href: "#/account" }, "your account’s page"), ".") : passwordForm(user, path)));
}
