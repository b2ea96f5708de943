import { accountPage } from "./account.js";
import { connection, me, remove, resume, whenSessionEnds } from "./api.js";
import { auditPage } from "./audit.js";
import { createPage } from "./create.js";
import { button, el, notify } from "./dom.js";
import { editPage } from "./edit.js";
import { guardPage, startRouter } from "./router.js";
import { signInAgain, signInPage } from "./session.js";
import { allTokensPage, tokensPage } from "./tokens.js";
import { addUserPage, userPage, usersPage } from "./users.js";

const FOR_ADMINISTRATORS = [
	[/^\/tokens\/all$/, allTokensPage],
	[/^\/users$/, usersPage],
	[/^\/users\/\+$/, addUserPage],
	[/^\/users\/([^/]+)$/, userPage],
	[/^\/users\/([^/]+)\/tokens\/([^/]+)$/, (user, id) => editPage(id, user)],
	[/^\/audit$/, auditPage],
];
const FOR_ALL = [
	[/^\/tokens$/, tokensPage],
	[/^\/tokens\/new$/, createPage],
	[/^\/tokens\/([^/]+)$/, (id) => editPage(id)],
	[/^\/account$/, accountPage],
];

async function leave() {
	await remove("/session");
	guardPage(null);
	// Nothing of what was shown stays in memory.
	location.replace(".");
}

function drawBar({ username, is_admin }) {
	const link = (path, text, attributes) => el("a", { href: `#${path}`, ...attributes }, text);
	const bar = document.getElementById("bar");
	bar.append(
		el("a.mark", { href: "#/tokens" }, el("img", { src: document.querySelector("link[rel=icon]").href, alt: "", width: 24, height: 24 }), "Warder"),
		el("nav", { "aria-label": "Main" }, link("/tokens", "Tokens"), is_admin ? [link("/users", "Users"), link("/audit", "Audit log")] : [], link("/account", username, { class: "account", "aria-label": `Account of ${username}` })),
		button("Sign out", leave, "quiet"));
	bar.hidden = false;
}

connection.addEventListener("away", () => notify("The server can’t be reached. Trying again…", true));
connection.addEventListener("back", () => notify("The server is back."));
whenSessionEnds(signInAgain);

if (!(await resume())) await signInPage();
drawBar(me());
startRouter(me().is_admin ? [...FOR_ADMINISTRATORS, ...FOR_ALL] : FOR_ALL);
