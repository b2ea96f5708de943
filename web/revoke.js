import { remove } from "./api.js";
import { confirm } from "./dialog.js";
import { el, notify } from "./dom.js";
import { count, minute, now } from "./time.js";
import { fetchToken, usageText } from "./token.js";

/** Asks, then revokes. Returns the tokens that no longer exist. */
export async function revoke(tokens) {
	// The list may be out of date.
	await Promise.allSettled(tokens.map(async (token) => Object.assign(token, await fetchToken(token.id, token.username))));
	const isOne = tokens.length === 1;
	const what = isOne ? `“${tokens[0].description}”` : count(tokens.length, "token");
	const lines = tokens.map((token) => el("li", el("b", token.description), token.username ? ` (${token.username})` : "", `: ${usageText(token)}, ${token.expiresAt < now() ? "expired" : "expires"} ${minute(token.expiresAt)}`));
	const question = [el("ul", { tabindex: "0" }, lines), el("p", `Anything using ${isOne ? "this token" : "these tokens"} will stop working immediately. This can’t be undone.`)];
	if (!(await confirm(`Revoke ${what}?`, question, "Revoke"))) return [];

	// An unknown token was revoked elsewhere in the meantime.
	const answers = await Promise.all(tokens.map(({ id }) => remove(`/token/${id}`).catch((error) => error.code !== "unknown_token" && error)));
	const error = answers.find((answer) => answer instanceof Error);
	const revoked = tokens.filter((_, index) => !(answers[index] instanceof Error));
	notify(error ? `Revoked ${revoked.length} of ${count(tokens.length, "token")}. ${error.message}` : `Revoked ${what}.`);
	return revoked;
}
