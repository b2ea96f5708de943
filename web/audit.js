import { get } from "./api.js";
import { button, el } from "./dom.js";
import { head } from "./router.js";
import { moment } from "./time.js";

const PAGE = 100;

const row = ({ time, actor, action, target, address }) =>
	el("li.row.event", el("p.faint", moment(Date.parse(time))), el("p", `${action.replace(/[._]/g, " ")} `, el("code", target)), el("p.faint", actor, address && ` from ${address}`));

export async function auditPage() {
	const list = el("ol.rows");
	let before = "";
	const load = async () => {
		const { events } = await get(`/audit?limit=${PAGE}${before}`);
		before = `&before=${events.at(-1)?.id}`;
		list.append(...events.map(row));
		older.hidden = events.length < PAGE;
	};
	const older = button("Older", load);
	await load();
	return el("section", head("Audit log"), list.hasChildNodes() ? list : el("p.empty", "Nothing has happened yet."), el("div.actions", older));
}
