import { me, signIn } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, field, form, heading, input } from "./dom.js";

function signInForm(done, username = "") {
	const name = field("User name", input({ name: "username", autocomplete: "username", autocapitalize: "none", value: username }));
	const password = field("Password", input({ type: "password", name: "password", autocomplete: "current-password", autofocus: username !== "" }));
	return form([name.node, password.node], {
		submit: "Sign in",
		about: { unauthorized: password, throttled: password },
		onsubmit: async () => {
			try {
				done(await signIn(name.value().trim(), password.value()));
			} catch (error) {
				if (error.slug === "unauthorized") error.message = "The user name or the password is wrong.";
				if (error.slug === "throttled") error.message = `Too many wrong passwords. Try again in ${error.retryAfter} seconds.`;
				throw error;
			}
		},
	});
}

/** The first page. Returns when somebody has signed in. */
export const signInPage = () =>
	new Promise((done) => {
		document.title = "Warder";
		document.getElementById("main").replaceChildren(el("section.sign-in", heading("Sign in to Warder"), signInForm(done)));
		document.querySelector("#main input").focus();
	});

let asking = null;

/** A dialog over the page, so that nothing typed is lost. Whoever else signs in there starts afresh. */
export function signInAgain() {
	const { username } = me();
	asking ??= openDialog("Your session has ended", (close) => [
		el("p", "Sign in again to go on: what you typed is still here."),
		signInForm(close, username),
	]).then((session) => {
		asking = null;
		if (session?.username === username) return;
		if (!session) return signInAgain(); // closed
		location.reload();
		return new Promise(() => {});
	});
	return asking;
}
