import { get, me, post } from "./api.js";
import { el, field, form, input } from "./dom.js";
import { grantsField } from "./grants.js";
import { lifeField } from "./life.js";
import { head, replacePage } from "./router.js";
import { secretPage } from "./secret.js";
import { grantsNode, userPath } from "./token.js";

/** How token pages ask what it may reach: the words for grantsField. */
export const REACH = {
	legend: "What it may reach",
	some: ["Only what is listed", "If it leaks, that is all it opens."],
	all: ["Everything you may", "Whoever holds it can do to the API what you can."],
};

/** What an administrator lets any token of a user reach. */
export const ceilingBox = (ceiling) =>
	ceiling && el("div.box", el("p", "An administrator has limited your account. No token of yours reaches more than this:"), grantsNode(ceiling));

export async function createPage() {
	const { endpoints: ceiling } = await get(userPath(me().username));
	const description = field("Description", input({ name: "description" }), "What will use it, and where.");
	const life = lifeField("How long it lives", { value: "3 months", hint: "In words: 6 minutes, 1h30m, 3 months.", presets: ["1 hour", "1 day", "1 week", "1 month", "3 months", "1 year"] });
	const grants = grantsField(REACH, []);
	const mint = async () => {
		const endpoints = grants.value();
		const answer = await post("/token/", { jwt_token_description: description.value(), jwt_token_life: life.value().trim(), ...(endpoints && { endpoints }) });
		replacePage(secretPage(answer));
	};
	return el("section.narrow", head("New token"), ceilingBox(ceiling),
		form([description.node, life.node, grants.node], {
			submit: "Create token",
			others: el("a.button", { href: "#/tokens" }, "Cancel"),
			about: { bad_description: description, bad_life: life, bad_grant: grants },
			onsubmit: mint,
		}));
}
