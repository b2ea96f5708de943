import { get } from "./api.js";
import { button, el } from "./dom.js";
import { head } from "./router.js";
import { keepUpdated, relativeTime } from "./time.js";
import { fetchToken } from "./token.js";

const PAGE = 100;
const labelOf = (action) => action[0].toUpperCase() + action.slice(1).replace("_", "-").replace(/[._]/g, " ");

// By token ID: the log has only IDs. A revoked token has no description.
const descriptions = new Map();
const describe = (id) => {
	if (!descriptions.has(id)) descriptions.set(id, fetchToken(id).then((token) => token.description, () => null));
	return descriptions.get(id);
};

function row({ time, actor, action, target, address }) {
	const isSignIn = action === "sign_in.succeeded";
	const id = el("code", target);
	const what = isSignIn ? el("p", `${target} signed in`) : el("p", `${labelOf(action)}: `, id);
	if (/^token/.test(action)) describe(target).then((text) => text && id.replaceWith(`“${text}” (`, id, ")"));
	return el("li.row.event", el("p.faint", relativeTime(Date.parse(time))), what, el("p.faint", !isSignIn && actor, address && ` from ${address}`));
}

export async function auditPage() {
	const list = el("ol.rows");
	let newest = 0;
	let oldest = 0;
	let pausesAt = 0;
	const keepPolling = () => (pausesAt = Date.now() + 600_000);
	const setOldest = (events) => {
		oldest = events.at(-1)?.id;
		older.hidden = events.length < PAGE;
	};
	const older = button("Show older events", async () => {
		const { events } = await get(`/audit?limit=${PAGE}&before=${oldest}`);
		list.append(...events.map(row));
		setOldest(events);
	});
	const poll = async () => {
		const { events } = await get(`/audit?limit=${PAGE}`);
		const added = events.filter(({ id }) => id > newest);
		// No known event in the page: events between may be missing.
		if (added.length === events.length) {
			list.replaceChildren();
			setOldest(events);
		}
		list.prepend(...added.map(row));
		newest = events[0]?.id ?? 0;
	};
	await poll();
	// Polling keeps the session alive, so it pauses without user activity.
	keepUpdated(list, () => document.hidden || Date.now() > pausesAt || poll().catch(() => {}));
	keepPolling();
	return el("section", { onpointermove: keepPolling, onkeydown: keepPolling }, head("Audit log"), list, el("div.actions", older));
}
