import { connection, me, remove, resume, whenSessionEnds } from "./api.js";
import { auditPage } from "./audit.js";
import { button, el, notify } from "./dom.js";
import { guardPage, startRouter } from "./router.js";
import { signInAgain, signInPage } from "./session.js";
import { createPage, editPage } from "./tokenforms.js";
import { tokensPage } from "./tokenlist.js";
import { accountPage, addUserPage, userPage, usersPage } from "./users.js";

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
];

async function signOut() {
	await remove("/session");
	guardPage(null);
	// Clears the memory.
	location.replace(".");
}

function drawBar({ username, is_admin }) {
	const link = (path, text, attributes) => el("a", { href: `#${path}`, ...attributes }, text);
	const bar = document.getElementById("bar");
	bar.append(
		el("a.mark", { href: "#/tokens" }, el("img", { src: document.querySelector("link[rel=icon]").href, alt: "", width: 24, height: 24 }), "Warder"),
		el("nav", { "aria-label": "Main" }, link("/tokens", "Tokens"), is_admin ? [link("/users", "Users"), link("/audit", "Audit log")] : [], link("/account", username, { class: "account", "aria-label": `Account: ${username}` })),
		button("Sign out", signOut, "quiet"));
	bar.hidden = false;
}

connection.addEventListener("offline", () => notify("Can’t reach the server. Reconnecting…", true));
connection.addEventListener("online", () => notify("Back online."));
whenSessionEnds(signInAgain);

if (!(await resume())) await signInPage();
drawBar(me());
startRouter(me().is_admin ? [...ADMIN_ROUTES, ...ROUTES] : ROUTES);
