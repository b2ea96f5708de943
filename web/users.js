import { get, listUsers, me, patch, post, put, remove } from "./api.js";
import { confirm, confirmDiscard } from "./dialog.js";
import { button, checkbox, el, field, form, input, notify, SAVED, search } from "./dom.js";
import { grantsField } from "./grants.js";
import { go, guardPage, head, replacePage, unguardPage } from "./router.js";
import { lazyRows } from "./rows.js";
import { copyField, secretPage } from "./secret.js";
import { ago, count, day } from "./time.js";
import { userPath } from "./token.js";
import { tokenList, tokensOf } from "./tokenlist.js";

const lastSignIn = ({ last_sign_in_at: time }) => time && `Last sign-in ${ago(Date.parse(time))}`;

const row = (user) => {
	const { username, is_admin, is_service, tokens, endpoints, created_at } = user;
	return el("li.row.user",
		el("p.what", el("a", { href: `#${userPath(username)}` }, username), el("small", username === me().username && " (you)", is_admin && " · Administrator", is_service && " · Service account")),
		el("p", count(tokens, "token")),
		el("p.faint", endpoints ? `Limited to ${count(endpoints.length, "grant")}` : "No limit"),
		el("div", el("p.faint", `Created ${day(Date.parse(created_at))}`), el("p.faint", lastSignIn(user))));
};

export const userFacts = (user) => [`${user.is_admin ? "Administrator" : user.is_service ? "Service account" : "User"} · created ${day(Date.parse(user.created_at))}`, lastSignIn(user)].filter(Boolean).join(" · ");

const back = () => el("a.back", { href: "#/users" }, "Users");

export async function usersPage() {
	const users = await listUsers();
	const find = search("Search users", () => draw());
	const status = el("p.faint", { role: "status" });
	const { nodes, show } = lazyRows(row);
	const draw = () => {
		const found = users.filter((user) => user.username.toLowerCase().includes(find.value.trim().toLowerCase()));
		status.textContent = count(found.length, "user");
		show(found, "No users match your search.");
	};
	draw();
	return el("section", head("Users", el("a.button.primary", { href: "#/users/+" }, "Add user")), el("div.tools", find), el("div.list-top", status), nodes);
}

export function newPasswordField(label) {
	const control = input({ type: "password", autocomplete: "new-password" });
	let generated = null;
	const generate = () => {
		// 25 characters out of 32: 125 bits.
		control.value = generated = Array.from(crypto.getRandomValues(new Uint8Array(25)), (byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]).join("");
		control.type = "text";
		control.select();
		self.show("It is shown once more after you save, with a button to copy it.");
	};
	const self = field(label, control, "At least 8 characters", el("div.presets", button("Generate", generate, "small")));
	return { ...self, validate: () => !self.node.hidden && !control.value && "Password is required.", isGenerated: () => control.value !== "" && control.value === generated };
}

export const passwordPage = (username, password, path) => secretPage(`Password of ${username}`, "password", copyField("Password", "password", password.value(), "Store it in a password manager, or hand it over in a safe way."), path);

/** Tells password managers whose password the form changes. */
export const hiddenName = (value) => input({ autocomplete: "username", value, hidden: true, readonly: true });

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
	name.validate = () => !name.value() && "Username is required.";
	const password = newPasswordField("Password");
	const service = checkbox("Service account", "Owns tokens, but has no password and can’t sign in. Administrators create and renew its tokens.");
	const { admin, adminField, ceiling, nodes } = permissionFields({ is_admin: false, endpoints: null });
	service.control.onchange = () => (password.node.hidden = adminField.hidden = service.control.checked);
	const add = async () => {
		const endpoints = ceiling.value();
		const access = service.control.checked ? {} : { password: password.value(), is_admin: admin.checked };
		const { username } = await post("/users/", { username: name.value(), ...access, ...(endpoints && { endpoints }) });
		notify(`User ${username} created.`);
		if (access.password && password.isGenerated()) replacePage(passwordPage(username, password, userPath(username)));
		else go(userPath(username));
	};
	return el("section.narrow", back(), head("Add user"),
		form([name.node, el("div.field", service.node), password.node, ...nodes], { submit: "Add user", about: { bad_username: name, user_exists: name, bad_password: password, bad_grant: ceiling }, onsubmit: add }));
}

function permissionForm(user, path) {
	const { admin, adminField, ceiling, nodes } = permissionFields(user);
	const isMe = user.username === me().username;
	if (isMe) adminField.replaceChildren(el("p.faint", "You can’t remove your own administrator permission or delete yourself. Another administrator can."));
	const isChanged = () => admin.checked !== user.is_admin || ceiling.isChanged();
	const save = async () => {
		const change = {};
		if (admin.checked !== user.is_admin) change.is_admin = admin.checked;
		if (ceiling.isChanged()) change.endpoints = ceiling.value();
		await patch(path, change);
		notify(SAVED);
		go(path);
	};
	return { isChanged, node: form(nodes, { submit: "Save", about: { bad_grant: ceiling }, onsubmit: save }) };
}

function passwordForm({ username, is_service }, path) {
	const password = newPasswordField("New password");
	const reset = async () => {
		await put(`${path}/password`, { password: password.value() });
		notify(is_service ? `Password set. ${username} can sign in now.` : `Password changed. ${username} has been signed out; their tokens still work.`);
		if (password.isGenerated()) replacePage(passwordPage(username, password, path));
		else if (is_service) go(path);
		else password.control.value = "";
	};
	return { isChanged: () => password.value() !== "", node: form([hiddenName(username), password.node], { submit: "Set new password", about: { bad_password: password }, onsubmit: reset }) };
}

async function revokeAllOf({ username, tokens }, path) {
	const loss = el("p", `Anything using their ${count(tokens, "token")} will stop working immediately. This can’t be undone.`);
	if (!(await confirm(`Revoke all tokens of ${username}?`, loss, "Revoke all"))) return;
	const answer = await remove(`${path}/tokens`);
	notify(`Revoked ${count(answer.tokens, "token")}.`);
	unguardPage();
	go(path);
}

async function deleteUser({ username, tokens }, path) {
	const loss = el("p", `${username} will be signed out${tokens ? ` and their ${count(tokens, "token")} will stop working immediately` : ""}. This can’t be undone.`);
	if (!(await confirm(`Delete ${username}?`, loss, "Delete"))) return;
	await remove(path);
	notify(`User ${username} deleted.`);
	unguardPage();
	go("/users");
}

export async function userPage(name) {
	const path = userPath(name);
	const user = await get(`${path}?include=last_sign_in`);
	const { username, is_service } = user;
	const isMe = username === me().username;
	const tokens = await tokenList(tokensOf(username), "No tokens.", { owner: username, canRenew: () => is_service || isMe });
	const permissions = permissionForm(user, path);
	const password = !isMe && passwordForm(user, path);
	const attempt = (action) => () => action(user, path).catch((error) => notify(error.message));
	const page = el("section", back(),
		head(username, is_service && el("a.button.primary", { href: `#${path}/tokens/+` }, "New token"), user.tokens > 0 && button("Revoke all tokens…", attempt(revokeAllOf), "danger-text"), !isMe && button("Delete…", attempt(deleteUser), "danger-text")),
		el("p.lead", userFacts(user)),
		el("h2", "Tokens"), tokens,
		el("div.split", el("div", el("h2", "Permissions"), permissions.node),
			el("div", el("h2", "Password"),
				is_service && el("p", "With a password, the service account becomes an ordinary user, who can sign in."),
				isMe ? el("p", "Change your own password on the ", el("a", { href: "#/account" }, "Account page"), ".") : password.node)));
	guardPage(page, confirmDiscard, () => permissions.isChanged() || (password && password.isChanged()));
	return page;
}
