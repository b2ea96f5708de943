// Ending tokens, after a look at who may still be using them.

import { remove } from "./api.js";
import { confirm } from "./dialog.js";
import { el, notify } from "./dom.js";
import { count, minute } from "./time.js";
import { fetchToken, usedWords } from "./token.js";

/** Asks, then ends them. Returns those that are gone. */
export async function revoke(tokens) {
	// What was listed may be old by now.
	await Promise.allSettled(tokens.map(async (token) => Object.assign(token, await fetchToken(token.id, token.username))));
	const what = tokens.length === 1 ? `“${tokens[0].description}”` : count(tokens.length, "token");
	const lines = tokens.map((token) => el("li", el("b", token.description), token.username ? ` of ${token.username}` : "", ": ", usedWords(token), `, ends ${minute(token.endsAt)}`));
	const question = [el("ul", { tabindex: "0" }, lines), el("p", "What uses " + (tokens.length > 1 ? "them" : "it") + " is refused from its next request on. This can’t be undone.")];
	if (!(await confirm(`Revoke ${what}?`, question, "Revoke"))) return [];

	// Unknown: somebody else was faster.
	const end = ({ id }) => remove(`/token/${id}`).catch((error) => error.slug !== "unknown_token" && error);
	const answers = await Promise.all(tokens.map(end));
	const fault = answers.find((answer) => answer instanceof Error);
	const gone = tokens.filter((_, index) => !(answers[index] instanceof Error));
	notify(fault ? `${gone.length} of ${tokens.length} revoked. ${fault.message}` : `Revoked ${what}.`);
	return gone;
}
