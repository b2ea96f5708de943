import { get } from "./api.js";
import { button, el } from "./dom.js";
import { head } from "./router.js";
import { alive, moment } from "./time.js";

const PAGE = 100;

const row = ({ time, actor, action, target, address }) =>
	el("li.row.event", el("p.faint", moment(Date.parse(time))), el("p", `${action.replace(/[._]/g, " ")} `, el("code", target)), el("p.faint", actor, address && ` from ${address}`));

export async function auditPage() {
	const list = el("ol.rows");
	let newest = 0;
	let oldest = 0;
	let until = 0;
	const awake = () => (until = Date.now() + 600_000);
	const ends = (events) => {
		oldest = events.at(-1)?.id;
		older.hidden = events.length < PAGE;
	};
	const older = button("Older", async () => {
		const { events } = await get(`/audit?limit=${PAGE}&before=${oldest}`);
		list.append(...events.map(row));
		ends(events);
	});
	const follow = async () => {
		const { events } = await get(`/audit?limit=${PAGE}`);
		const fresh = events.filter(({ id }) => id > newest);
		// None is in the list: there may be more between.
		if (fresh.length === events.length) {
			list.replaceChildren();
			ends(events);
		}
		list.prepend(...fresh.map(row));
		newest = events[0]?.id ?? 0;
	};
	await follow();
	// Asking keeps the session alive: only while somebody is there.
	alive(list, () => document.hidden || Date.now() > until || follow().catch(() => {}));
	awake();
	return el("section", { onpointermove: awake, onkeydown: awake }, head("Audit log"), list, el("div.actions", older));
}
