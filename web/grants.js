// What a token may reach: grants as text, and fields that put one together. Only the server judges them.

import { post } from "./api.js";
import { button, checkbox, el, input, later, newId, noted, radio } from "./dom.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const code = (placeholder, attributes) => input({ class: "code", placeholder, ...attributes });

function grantRow(text, remove) {
	const line = noted(code("", { value: text, "aria-label": "Grant" }));
	const row = { ...line, text: () => line.control.value.trim() };
	row.node = el("div", el("div.joined", line.control, button("Remove", () => remove(row))), line.note);
	return row;
}

/** The fields for one more grant: it counts, whether or not it was added to the list. */
function composer(add) {
	const boxes = METHODS.map((method) => checkbox(method));
	const [host, path, rpc] = [code("any"), code("/v1alpha/wallets/*/psbt"), code("not looked at")];
	const line = noted(path);
	const labelled = (label, control) => el("label", label, control);
	const text = () => {
		const methods = METHODS.filter((_, index) => boxes[index].control.checked).join(",");
		const [to, where, calls] = [host, path, rpc].map((each) => each.value.trim());
		return [methods, (to && `//${to}`) + where, calls && `rpc:${calls}`].filter(Boolean).join(" ");
	};
	const say = () => line.say(text() ? el("code", text()) : "No method ticked: any. In paths * is one part, ** all the rest.");
	const commit = () => {
		if (text()) add(text());
		for (const box of boxes) box.control.checked = false;
		host.value = path.value = rpc.value = "";
		say();
		path.focus();
	};
	const onkeydown = (event) => {
		if (event.key !== "Enter") return;
		event.preventDefault();
		commit();
	};
	say();
	const node = el("div.composer", { role: "group", "aria-label": "One more grant", onkeydown },
		el("div.methods", { role: "group", "aria-label": "Methods" }, boxes.map((box) => box.node)),
		labelled("Host", host), labelled("Path", path), labelled("RPC methods", rpc), line.note, button("Add to the list", commit, "small"));
	return { ...line, node, text, say };
}

/**
 * Chooses everything or a list of grants, and tries requests against the choice.
 * @param asked {legend, all, some}: the words. @param endpoints the present list, null for everything
 * @returns for form(); `value()` is the list or null, `refuse` puts the server's sentence beside the grant it is about
 */
export function grantsField({ legend, all, some }, endpoints) {
	const group = newId();
	const limited = radio(group, ...some, endpoints !== null);
	const everything = radio(group, ...all, endpoints === null);
	const list = el("div");
	let rows = [];

	const add = (text) => {
		const row = grantRow(text, drop);
		rows.push(row);
		list.append(row.node);
		judgeSoon();
	};
	const drop = (row) => {
		rows = rows.filter((each) => each !== row);
		row.node.remove();
		(rows.at(-1) ?? next).focus();
		judgeSoon();
	};
	const next = composer(add);
	const isAll = () => everything.control.checked;
	const written = () => [...rows, next].filter((row) => row.text());
	const value = () => (isAll() ? null : written().map((row) => row.text()));
	const say = () => [...rows, next].forEach((row) => row.say());
	let faulty = next;
	const refuse = (sentence) => {
		say();
		const [place, number] = sentence.match(/^Grant (\d+) of "endpoints", at/) ?? [];
		faulty = written()[number - 1] ?? next;
		faulty.refuse(place ? sentence.replace(place, "At") : sentence);
	};

	const method = el("select", { "aria-label": "Method to try" }, [...METHODS, "HEAD", "OPTIONS"].map((each) => el("option", each)));
	const uri = code("/v1alpha/wallets/hot/psbt", { id: newId() });
	const rpc = code("RPC method", { "aria-label": "RPC method to try" });
	const verdict = el("output.note");
	const tell = (kind, ...what) => {
		verdict.className = `note ${kind}`;
		verdict.replaceChildren(...what);
	};
	let last = 0;
	const judge = async () => {
		const ticket = ++last;
		rpc.hidden = !written().some((row) => row.text().includes(" rpc:"));
		const wanted = value();
		const path = uri.value.trim();
		const asks = path && wanted?.length !== 0;
		if (!asks) tell("", path ? "Nothing passes yet: there is no grant." : "");
		if (!asks && !wanted?.length) return say();
		const body = { ...(wanted && { endpoints: wanted }), ...(asks && { method: method.value, uri: path }) };
		if (asks && !rpc.hidden && rpc.value.trim()) body.rpc = rpc.value.trim();
		const [{ allowed, grant }, error] = await post("/preview", body).then((answer) => [answer], (error) => [{}, error]);
		if (ticket !== last) return;
		if (error?.slug === "bad_grant") {
			refuse(error.message);
			return tell("");
		}
		say();
		if (error) tell("refused", error.message);
		else if (asks) tell(allowed ? "allowed" : "refused", el("code", `${method.value} ${path}`), allowed ? " → allowed" : " → refused: no grant covers it", ...(grant ? [" by ", el("code", grant)] : []));
	};
	const judgeSoon = later(judge);
	const editor = el("div.editor", list, next.node);
	const node = el("fieldset.field", el("legend", legend), limited.node, everything.node, editor,
		el("div.test", el("label", { for: uri.id }, "Try a request"), el("div.joined", method, uri, rpc), verdict));
	const draw = () => {
		editor.hidden = isAll();
		judge();
	};
	node.addEventListener("input", judgeSoon);
	node.addEventListener("change", draw);
	endpoints?.forEach(add);
	draw();
	return { node, value, clear: say, refuse, focus: () => faulty.focus(), isChanged: () => JSON.stringify(value()) !== JSON.stringify(endpoints) };
}
