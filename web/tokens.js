import { listTokens, me } from "./api.js";
import { el } from "./dom.js";
import { head } from "./router.js";
import { readToken } from "./token.js";
import { tokenList } from "./tokenlist.js";

/** A loader of a user's tokens ("*": everybody's; null: one's own) for tokenList. */
export const tokensOf = (user) => (onPage) => listTokens(user, (page) => onPage(page.map(([id, entry]) => readToken(id, entry))));

const tab = (path, text, isHere) => el("a", { href: `#${path}`, "aria-current": isHere ? "page" : null }, text);

async function page(isAll) {
	const empty = isAll
		? "Nobody has a token yet."
		: [el("h2", "No tokens yet"), el("p", "A token lets a program call the API in your name: for as long as you say, for nothing but what you say, until you revoke it.")];
	const list = await tokenList(tokensOf(isAll ? "*" : null), empty, isAll);
	const tabs = el("nav.tabs", { "aria-label": "Whose tokens" }, tab("/tokens", "Mine", !isAll), tab("/tokens/all", "Everybody’s", isAll));
	return el("section", head("Tokens", el("a.button.primary", { href: "#/tokens/new" }, "New token")), me().is_admin && tabs, list);
}
export const tokensPage = () => page(false);
export const allTokensPage = () => page(true);
