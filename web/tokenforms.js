import { get, me, patch, post } from "./api.js";
import { confirm, confirmDiscard, openDialog } from "./dialog.js";
import { button, el, field, form, input, notify, SAVED } from "./dom.js";
import { ceilingBox, grantsField } from "./grants.js";
import { tips } from "./help.js";
import { lifetimeField } from "./lifetime.js";
import { limitFields } from "./limits.js";
import { presetPicker } from "./presets.js";
import { revoke } from "./revoke.js";
import { go, guardPage, head, mayLeave, replacePage, unguardPage } from "./router.js";
import { copyField, secretPage } from "./secret.js";
import { duration, minute, number, relativeTime, updateAll } from "./time.js";
import { expirationNode, fetchToken, findPredecessor, tokenPath, usageNode, userPath } from "./token.js";

const ACCESS = {
	legend: "Access",
	some: ["Only the paths listed below", "Limits the damage if the token leaks."],
	all: ["Full access", "Anyone with this token can do everything you can do."],
	isOwn: true,
};
const accessOf = (owner) => (owner ? { ...ACCESS, all: [`Everything ${owner} can access`, null], isOwn: false } : ACCESS);

const descriptionField = (value, hint) => {
	const self = field("Description", input({ value }), hint);
	return { ...self, validate: () => !self.value().trim() && "Description is required." };
};

/** @param owner the service account that gets the token; default: the user who is signed in */
export async function createPage(owner) {
	const path = userPath(owner ?? me().username);
	const { endpoints: ceiling, username } = await get(path);
	const back = owner ? path : "/tokens";
	const description = descriptionField("", "Which program will use this token, and where does it run?");
	const lifetime = lifetimeField("Expires after", { value: "3 months", hint: "Examples: 6 minutes, 1h30m, 3 months", presets: ["1 hour", "1 day", "1 week", "1 month", "3 months", "1 year"] });
	lifetime.validate = () => !lifetime.value().trim() && "Say when the token expires.";
	const grants = grantsField(accessOf(owner && username), []);
	const picker = await presetPicker(grants.addAll);
	if (picker) grants.node.firstChild.after(picker);
	const limits = limitFields();
	const mint = async () => {
		const endpoints = grants.value();
		const answer = await post(owner ? `/token/?user=${encodeURIComponent(username)}` : "/token/", { jwt_token_description: description.value(), jwt_token_life: lifetime.value().trim(), ...(endpoints && { endpoints }), ...limits.changes() });
		replacePage(mintedPage(answer, back));
	};
	return el("section", head(owner ? `New token of ${username}` : "New token"), ceilingBox(ceiling, owner ? `The tokens of ${username}` : undefined),
		el("div.split", form([description.node, lifetime.node, grants.node, ...limits.nodes], {
			submit: "Create token",
			others: el("a.button", { href: `#${back}` }, "Cancel"),
			about: { bad_description: description, bad_life: lifetime, bad_grant: grants, ...limits.about },
			onsubmit: mint,
		}), el("aside", tips().flat())));
}

/** The page after creating or renewing a token. */
const mintedPage = ({ jwt_token }, back) =>
	secretPage("Token created", "token", [
		copyField("Token", "token", jwt_token, "Anyone with this token can use it. Store it like a password."),
		copyField("Test it", "command", `curl -H 'Authorization: Bearer ${jwt_token}' ${new URL("v1alpha/whoami", location)}`, "Shows who the token belongs to. Note: the command may be saved in your shell history."),
	], back);

const fact = (name, ...what) => el("div", el("dt", name), el("dd", what));

/** Asks for the lifetimes, and replaces the page by that of the new token. @param back the path of the page behind that */
export async function renew(token, back) {
	const answer = await openDialog(`Renew “${token.description}”`, (close) => {
		const lifetime = lifetimeField("New token expires after", { placeholder: duration(token.lifetime), hint: "Leave empty to keep the same lifetime." });
		const overlap = lifetimeField("Keep the old token active for", {
			hint: "Leave empty to revoke it immediately. An overlap gives you time to deploy the new token.",
			presets: ["1 hour", "1 day", "1 week"],
			subject: "The overlap",
			preview: (_, expiresAt) => `The old token stops working on ${minute(Math.min(expiresAt, token.expiresAt))}.`,
		});
		const send = () => {
			const [jwt_token_life, wanted] = [lifetime, overlap].map((each) => each.value().trim() || undefined);
			return post(`/token/${token.id}/renew`, { jwt_token_life, overlap: wanted }).then(close, async (error) => {
				// Both fields share one code.
				const about = error.code === "bad_life" && wanted && (await overlap.check());
				throw about ? Object.assign(about, { code: "bad_overlap" }) : error;
			});
		};
		return form([lifetime.node, overlap.node], { submit: "Renew", others: button("Cancel", () => close(null)), about: { bad_life: lifetime, bad_overlap: overlap }, onsubmit: send });
	});
	if (answer) replacePage(mintedPage(answer, back), tokenPath(token));
}

/** @param owner the owner's name if the token belongs to another user */
export async function editPage(id, owner) {
	const back = owner ? userPath(owner) : "/tokens";
	const [token, predecessor, user] = await Promise.all([fetchToken(id, owner), findPredecessor(id, owner), owner && get(back)]);
	const isTheirs = owner && user.is_service;
	const isRenewable = (!owner || isTheirs) && !token.replacedBy;
	const description = descriptionField(token.description);
	const grants = grantsField(accessOf(owner), token.endpoints);
	const limits = limitFields(token.limits);
	const save = async () => {
		const change = limits.changes();
		if (description.value() !== token.description) change.jwt_token_description = description.value();
		if (grants.isChanged()) change.endpoints = grants.value();
		await patch(`/token/${token.id}`, change).catch((error) => {
			if (owner) error.message = error.message.replace(/^You already have/, `${owner} already has`);
			throw error;
		});
		notify(SAVED);
		go(tokenPath(token));
	};
	const pause = button(token.isPaused ? "Resume" : "Pause…", async () => {
		const question = el("p", "Anything using this token stops working until you resume it. The token still expires on its date.");
		if (!token.isPaused && !(await confirm(`Pause “${token.description}”?`, question, "Pause"))) return;
		await patch(`/token/${id}`, { enabled: token.isPaused });
		notify(token.isPaused ? "Resumed" : "Paused");
		token.isPaused = !token.isPaused;
		pause.textContent = token.isPaused ? "Resume" : "Pause…";
		updateAll();
	});
	const revokeThis = async () => {
		if (!(await revoke([token])).length) return;
		unguardPage();
		go(back);
	};
	const uses = token.uses > 1 ? `Used ${number(token.uses)} times` : token.uses && "Used once";
	const link = (label, text, other) => other && fact(label, el("a", { href: `#${tokenPath({ id: other, username: owner })}` }, text));
	const page = el("section", el("a.back", { href: `#${back}` }, owner ?? "Tokens"),
		head(token.description, isRenewable && button("Renew…", async () => (await mayLeave()) && renew(token, back)), pause, button("Revoke…", revokeThis, "danger-text")),
		el("div.split",
			el("div", el("dl.facts", fact("Expiration", expirationNode(token)), fact("Usage", usageNode(token), uses && el("p.faint", uses)), link("Replaced by", "The renewed token", token.replacedBy), link("Replaces", "The token before its renewal", predecessor),
				fact("Created", relativeTime(token.createdAt)), fact("ID", el("code", id))), owner && !isTheirs && el("p.box", `Only ${owner} can renew this token, because renewing reveals the new token.`)),
			form([description.node, grants.node, ...limits.nodes], { submit: "Save", about: { bad_description: description, bad_grant: grants, ...limits.about }, onsubmit: save })));
	guardPage(page, confirmDiscard, () => description.value() !== token.description || grants.isChanged() || Object.keys(limits.changes()).length > 0);
	return page;
}
