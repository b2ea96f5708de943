import { get, me, patch, post } from "./api.js";
import { confirm, openDialog } from "./dialog.js";
import { button, el, field, form, input, notify, SAVED } from "./dom.js";
import { ceilingBox, grantsField } from "./grants.js";
import { lifetimeField } from "./lifetime.js";
import { limitFields } from "./limits.js";
import { presetPicker } from "./presets.js";
import { revoke } from "./revoke.js";
import { go, guardPage, head, replacePage } from "./router.js";
import { duration, minute, number, relativeTime } from "./time.js";
import { expirationNode, fetchToken, tokenPath, usageNode, userPath } from "./token.js";

const ACCESS = {
	legend: "Access",
	some: ["Only the paths listed below", "Limits the damage if the token leaks."],
	all: ["Full access", "Anyone with this token can do everything you can do."],
};

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
	const grants = grantsField(owner ? { ...ACCESS, all: [`Everything ${username} can access`, null] } : ACCESS, []);
	const picker = await presetPicker(grants.addAll);
	if (picker) grants.node.firstChild.after(picker);
	const limits = limitFields();
	const mint = async () => {
		const endpoints = grants.value();
		const answer = await post(owner ? `/token/?user=${encodeURIComponent(username)}` : "/token/", { jwt_token_description: description.value(), jwt_token_life: lifetime.value().trim(), ...(endpoints && { endpoints }), ...limits.changes() });
		replacePage(secretPage(answer, back));
	};
	return el("section.narrow", head(owner ? `New token of ${username}` : "New token"), ceilingBox(ceiling, owner ? `The tokens of ${username}` : undefined),
		form([description.node, lifetime.node, grants.node, ...limits.nodes], {
			submit: "Create token",
			others: el("a.button", { href: `#${back}` }, "Cancel"),
			about: { bad_description: description, bad_life: lifetime, bad_grant: grants, ...limits.about },
			onsubmit: mint,
		}));
}

const fact = (name, ...what) => el("div", el("dt", name), el("dd", what));

async function renew(token, back) {
	const answer = await openDialog(`Renew “${token.description}”`, (close) => {
		const lifetime = lifetimeField("New token expires after", { placeholder: duration(token.lifetime), hint: "Leave empty to keep the same lifetime." });
		const overlap = lifetimeField("Keep the old token active for", {
			hint: "Leave empty to revoke it immediately. An overlap gives you time to deploy the new token.",
			presets: ["1 hour", "1 day", "1 week"],
			preview: (_, expiresAt) => `The old token stops working on ${minute(Math.min(expiresAt, token.expiresAt))}.`,
		});
		const send = () => {
			const [jwt_token_life, wanted] = [lifetime, overlap].map((each) => each.value().trim() || undefined);
			return post(`/token/${token.id}/renew`, { jwt_token_life, overlap: wanted }).then(close, (error) => {
				// Both fields share one code; the message quotes the invalid text.
				if (error.code === "bad_life" && error.message.includes(`"${wanted}"`)) error.code = "bad_overlap";
				throw error;
			});
		};
		return form([lifetime.node, overlap.node], { submit: "Renew", others: button("Cancel", () => close(null)), about: { bad_life: lifetime, bad_overlap: overlap }, onsubmit: send });
	});
	if (answer) replacePage(secretPage(answer, back));
}

/** @param owner the owner's name if the token belongs to another user */
export async function editPage(id, owner) {
	const token = await fetchToken(id, owner);
	const back = owner ? userPath(owner) : "/tokens";
	const canRenew = !owner || (await get(back)).is_service;
	const description = descriptionField(token.description);
	const grants = grantsField(owner ? { ...ACCESS, all: [`Everything ${owner} can access`, null] } : ACCESS, token.endpoints);
	const limits = limitFields(token);
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
	const toggle = async () => {
		const question = el("p", "Anything using this token stops working until you resume it. The token still expires on its date.");
		if (!token.isPaused && !(await confirm(`Pause “${token.description}”?`, question, "Pause"))) return;
		await patch(`/token/${id}`, { enabled: token.isPaused });
		notify(token.isPaused ? "Resumed" : "Paused");
		replacePage(await editPage(id, owner));
	};
	const revokeThis = async () => (await revoke([token])).length && go(back);
	const uses = token.uses > 1 ? `Used ${number(token.uses)} times` : token.uses && "Used once";
	return el("section.narrow", el("a.back", { href: `#${back}` }, owner ?? "Tokens"),
		head(token.description, canRenew && button("Renew…", () => renew(token, back)), button(token.isPaused ? "Resume" : "Pause…", toggle), button("Revoke…", revokeThis, "danger-text")),
		el("dl.facts", fact("Expiration", expirationNode(token)), fact("Usage", usageNode(token), uses && el("p.faint", uses)), fact("Created", relativeTime(token.createdAt)), fact("ID", el("code", id))),
		!canRenew && el("p.box", `Only ${owner} can renew this token, because renewing reveals the new token.`),
		form([description.node, grants.node, ...limits.nodes], { submit: "Save", about: { bad_description: description, bad_grant: grants, ...limits.about }, onsubmit: save }));
}

function copyField(label, name, value, hint) {
	const control = input({ class: "code", readonly: true, value, onfocus: () => control.select() });
	const copy = async () => {
		control.focus();
		// Without TLS, browsers deny access to the clipboard.
		const isCopied = await navigator.clipboard?.writeText(value).then(() => true, () => false);
		notify(isCopied ? "Copied to clipboard" : "Press Ctrl+C or ⌘C to copy.");
		if (isCopied) guardPage(null);
	};
	const self = field(label, control, hint);
	const frame = el("div.joined");
	control.replaceWith(frame);
	frame.append(control, el("button.primary", { type: "button", "aria-label": `Copy ${name}`, onclick: copy }, "Copy"));
	return self.node;
}

/** The page after creating or renewing a token. */
function secretPage({ jwt_token }, back) {
	guardPage(() => confirm("Leave without copying the token?", el("p", "You won’t be able to see it again."), "Leave", "Stay"));
	const done = () => {
		guardPage(null);
		go(back);
	};
	return el("section.narrow", head("Token created"), el("p.lead", "Copy it now. You won’t be able to see it again."),
		el("form", copyField("Token", "token", jwt_token, "Anyone with this token can use it. Store it like a password."),
			copyField("Test it", "command", `curl -H 'Authorization: Bearer ${jwt_token}' ${new URL("v1alpha/whoami", location)}`, "Shows who the token belongs to. Note: the command may be saved in your shell history."),
			el("div.actions", button("Done", done))));
}
