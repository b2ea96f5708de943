import { connection, me, remove, resume, whenSessionEnds } from "./api.js";
import { accountPage } from "./account.js";
import { auditPage } from "./audit.js";
import { button, el, notify } from "./dom.js";
import { helpPage } from "./help.js";
import { mayLeave, startRouter, unguardPage } from "./router.js";
import { logo, signInAgain, signInPage } from "./session.js";
import { createPage, editPage } from "./tokenforms.js";
import { tokensPage } from "./tokenlist.js";
import { addUserPage, userPage, usersPage } from "./users.js";

const ADMIN_ROUTES = [
	[/^\/tokens\/all$/, () => tokensPage(true)],
	[/^\/users$/, usersPage],
	[/^\/users\/\+$/, addUserPage],
	[/^\/users\/([^/]+)$/, userPage],
	[/^\/users\/([^/]+)\/tokens\/\+$/, (user) => createPage(user)],
	[/^\/users\/([^/]+)\/tokens\/([^/]+)$/, (user, id) => editPage(id, user)],
	[/^\/audit$/, auditPage],
];
const ROUTES = [
	[/^\/tokens$/, tokensPage],
	[/^\/tokens\/new$/, () => createPage()],
	[/^\/tokens\/([^/]+)$/, (id) => editPage(id)],
	[/^\/account$/, accountPage],
	[/^\/help$/, helpPage],
];

async function signOut() {
	if (!(await mayLeave())) return;
	await remove("/session");
	unguardPage();
	// Clears the memory.
	location.replace(".");
}

function drawBar({ username, is_admin }) {
	const link = (path, text, attributes) => el("a", { href: `#${path}`, ...attributes }, text);
	const bar = document.getElementById("bar");
	bar.append(
		button("Skip to content", () => document.getElementById("main").focus(), "skip"),
		el("a.mark", { href: "#/tokens" }, logo(24), "Warder"),
		el("nav", { "aria-label": "Main" }, link("/tokens", "Tokens"), is_admin ? [link("/users", "Users"), link("/audit", "Audit log")] : [], link("/help", "Help"), link("/account", username, { class: "account", "aria-label": `Account: ${username}` })),
		button("Sign out", signOut, "quiet"));
	bar.hidden = false;
}

connection.addEventListener("offline", () => notify("Can’t reach the server. Reconnecting…", true));
connection.addEventListener("online", () => notify("Back online."));
whenSessionEnds(signInAgain);
addEventListener("keydown", (event) => {
	const field = document.querySelector("#main [type=search]");
	if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || !field || event.target.closest("dialog, select, input:not([type=checkbox], [type=radio])")) return;
	event.preventDefault();
	field.focus();
});

if (!(await resume())) await signInPage();
drawBar(me());
startRouter(me().is_admin ? [...ADMIN_ROUTES, ...ROUTES] : ROUTES);
