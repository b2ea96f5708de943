import { me, signIn } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, field, form, heading, input } from "./dom.js";

function signInForm(done, username = "") {
	const name = field("Username", input({ name: "username", autocomplete: "username", autocapitalize: "none", value: username }));
	const password = field("Password", input({ type: "password", name: "password", autocomplete: "current-password", autofocus: username !== "" }));
	return form([name.node, password.node], {
		submit: "Sign in",
		about: { unauthorized: password, throttled: password },
		onsubmit: async () => done(await signIn(name.value().trim(), password.value())),
	});
}

export const signInPage = () =>
	new Promise((done) => {
		document.title = "Warder";
		document.getElementById("main").replaceChildren(el("section.sign-in", heading("Sign in to Warder"), signInForm(done)));
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
		location.reload();
		return new Promise(() => {});
	});
	return dialog;
}
