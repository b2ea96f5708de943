import { patch, post } from "./api.js";
import { REACH } from "./create.js";
import { openDialog } from "./dialog.js";
import { button, el, field, form, input, notify } from "./dom.js";
import { grantsField } from "./grants.js";
import { lifeField } from "./life.js";
import { go, head, replacePage } from "./router.js";
import { revoke } from "./revoke.js";
import { secretPage } from "./secret.js";
import { count, minute, moment, words } from "./time.js";
import { fetchToken, lifeNode, tokenPath, usedNode, userPath } from "./token.js";

const fact = (name, ...what) => el("div", el("dt", name), el("dd", what));

/** Asks for life and overlap, renews, and shows the new token. */
async function renew(token) {
	const answer = await openDialog(`Renew “${token.description}”`, (close) => {
		const life = lifeField("How long the new one lives", { placeholder: words(token.life), hint: "Left empty: as long as before.", presets: [] });
		const overlap = lifeField("How long the old one still works", {
			hint: "Left empty: it ends at once. An overlap leaves time to put the new one in its place.",
			presets: ["1 hour", "1 day", "1 week"],
			say: (_, endsAt) => `The old one ends ${minute(Math.min(endsAt, token.endsAt))}.`,
		});
		const send = () => {
			const [jwt_token_life, wanted] = [life, overlap].map((each) => each.value().trim() || undefined);
			return post(`/token/${token.id}/renew`, { jwt_token_life, overlap: wanted }).then(close, (error) => {
				// One slug for both: the sentence quotes the text that it is about.
				if (error.slug === "bad_life" && error.message.includes(`"${wanted}"`)) error.slug = "bad_overlap";
				throw error;
			});
		};
		return form([life.node, overlap.node], { submit: "Renew", others: button("Cancel", () => close(null)), about: { bad_life: life, bad_overlap: overlap }, onsubmit: send });
	});
	if (answer) replacePage(secretPage(answer));
}

/** @param owner the user's name where the token is somebody else's */
export async function editPage(id, owner) {
	const token = await fetchToken(id, owner);
	const back = owner ? userPath(owner) : "/tokens";
	const description = field("Description", input({ value: token.description }));
	const grants = grantsField(owner ? { ...REACH, all: [`Everything ${owner} may`, null] } : REACH, token.endpoints);
	const save = async () => {
		const change = {};
		if (description.value() !== token.description) change.jwt_token_description = description.value();
		if (grants.isChanged()) change.endpoints = grants.value();
		await patch(`/token/${token.id}`, change);
		notify("Saved. It holds from the next request on.");
		go(tokenPath(token));
	};
	const end = async () => (await revoke([token])).length && go(back);
	return el("section.narrow", el("a.back", { href: `#${back}` }, owner ?? "Tokens"),
		head(token.description, owner ? null : button("Renew…", () => renew(token)), button("Revoke…", end, "danger-text")),
		el("dl.facts", fact("Life", lifeNode(token)), fact("Use", usedNode(token), token.uses > 0 && el("p.faint", count(token.uses, "time"))), fact("Created", moment(token.createdAt)), fact("Id", el("code", id))),
		owner && el("p.box", `Only ${owner} can renew it: a new token is shown to whoever asks for it.`),
		form([description.node, grants.node], { submit: "Save", about: { bad_description: description, bad_grant: grants }, onsubmit: save }));
}
