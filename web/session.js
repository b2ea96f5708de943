import { me, signIn } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, field, form, heading, input } from "./dom.js";
import { unguardPage } from "./router.js";

function signInForm(done, username = "") {
	const name = field("Username", input({ name: "username", autocomplete: "username", autocapitalize: "none", value: username }));
	name.validate = () => !name.value().trim() && "Username is required.";
	const password = field("Password", input({ type: "password", name: "password", autocomplete: "current-password", autofocus: username !== "" }));
	password.validate = () => !password.value() && "Password is required.";
	return form([name.node, password.node], {
		submit: "Sign in",
		about: { bad_username: name, unauthorized: password, throttled: password },
		onsubmit: async () => done(await signIn(name.value().trim(), password.value())),
	});
}

export const logo = (size) => el("img", { src: document.querySelector("link[rel=icon]").href, alt: "", width: size, height: size });

const hint = (question, ...answer) => el("details", el("summary", question), el("p", answer));

export const signInPage = () =>
	new Promise((done) => {
		document.title = "Warder";
		document.getElementById("main").replaceChildren(el("section.sign-in", logo(48), heading("Sign in to Warder"), el("p.lead", location.host), signInForm(done),
			hint("First start?", "The password of the user admin was printed on the terminal, or is in the file ", el("code", "initial-admin-password"), " of the data directory."),
			hint("Lost your password?", "An administrator can set a new one, also with ", el("code", "warder user passwd NAME"), " on the server.")));
		document.querySelector("#main input").focus();
	});

let dialog = null;

/** A dialog over the page, so unsaved input is kept. Another user gets a fresh page. */
export function signInAgain() {
	const { username } = me();
	dialog ??= openDialog("Your session has expired", (close) => [
		el("p", "Sign in to continue. Your changes are still here."),
		signInForm(close, username),
	]).then((session) => {
		dialog = null;
		if (session?.username === username) return;
		if (!session) return signInAgain(); // closed
		unguardPage();
		location.reload();
		return new Promise(() => {});
	});
	return dialog;
}
