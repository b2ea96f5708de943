// Grants as text, and fields that compose one. Only the server parses them.

import { post } from "./api.js";
import { button, checkbox, el, input, later, newId, radio, withNote } from "./dom.js";
import { grantsNode } from "./token.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const code = (placeholder, attributes) => input({ class: "code", placeholder, ...attributes });

function grantRow(text, remove) {
	const line = withNote(code("", { value: text, "aria-label": "Grant" }));
	const row = { ...line, text: () => line.control.value.trim() };
	row.node = el("div", el("div.joined", line.control, button("Remove", () => remove(row))), line.note);
	return row;
}

/** The fields that compose a grant. It counts even before it is added to the list. */
function composer(add) {
	const boxes = METHODS.map((method) => checkbox(method));
	const [host, path, rpc] = [code("any"), code("/v1alpha/wallets/*/psbt"), code("any (JSON-RPC only)")];
	const line = withNote(path);
	const labelled = (label, control) => el("label", label, control);
	const text = () => {
		const methods = METHODS.filter((_, index) => boxes[index].control.checked).join(",");
		const [to, where, calls] = [host, path, rpc].map((each) => each.value.trim());
		return [methods, (to && `//${to}`) + where, calls && `rpc:${calls}`].filter(Boolean).join(" ");
	};
	const show = (what) => line.show(what ?? (text() ? el("code", text()) : "No method selected means any method. In paths, * matches one segment and ** matches everything below."));
	const commit = () => {
		if (text()) add(text());
		for (const box of boxes) box.control.checked = false;
		host.value = path.value = rpc.value = "";
		show();
		path.focus();
	};
	const onkeydown = (event) => {
		if (event.key !== "Enter") return;
		event.preventDefault();
		commit();
	};
	show();
	const node = el("div.composer", { role: "group", "aria-label": "Add a grant", onkeydown },
		el("div.methods", { role: "group", "aria-label": "Methods" }, boxes.map((box) => box.node)),
		labelled("Host", host), labelled("Path", path), labelled("RPC methods", rpc), line.note, button("Add", commit, "small"));
	return { ...line, node, text, show };
}

/**
 * Chooses full access or a list of grants, and tests requests against the choice.
 * @param texts {legend, all, some}; isOwn: whether the user's own limit applies @param endpoints the current list, null for full access
 * @returns a field for form(); `value()` is the list or null
 */
export function grantsField({ legend, all, some, isOwn }, endpoints) {
	const group = newId();
	const limited = radio(group, ...some, endpoints !== null);
	const everything = radio(group, ...all, endpoints === null);
	const list = el("div");
	let rows = [];

	const add = (text) => {
		const row = grantRow(text, removeRow);
		rows.push(row);
		list.append(row.node);
		testSoon();
	};
	const removeRow = (row) => {
		rows = rows.filter((each) => each !== row);
		row.node.remove();
		(rows.at(-1) ?? next).focus();
		testSoon();
	};
	const next = composer(add);
	const isAll = () => everything.control.checked;
	const entries = () => [...rows, next].filter((row) => row.text());
	const value = () => (isAll() ? null : entries().map((row) => row.text()));
	const show = () => [...rows, next].forEach((row) => row.show());
	const preview = (what) => post("/preview", what).then((answer) => [answer], (error) => [{}, error]);
	const isBad = (error) => error?.code === "bad_grant";
	// Errors of single grants by their text, so that each is asked about once.
	const faults = new Map();
	let invalid = next;
	const mark = (row, message) => {
		row.showError(message.replace(/^Grant \d+ of "endpoints", at/, "At"));
		return row;
	};
	/** The server's message is about the first invalid grant; the others are asked about one by one. */
	const showError = async (message) => {
		show();
		const asked = entries();
		invalid = mark(asked[message.match(/^Grant (\d+) of/)?.[1] - 1] ?? next, message);
		await Promise.all(asked.map(async (row) => {
			const text = row.text();
			if (!faults.has(text)) faults.set(text, (await preview({ endpoints: [text] }))[1]);
			if (isBad(faults.get(text)) && row.text() === text && row.node.isConnected) mark(row, faults.get(text).message);
		}));
	};

	const method = el("select", { "aria-label": "Method to test" }, [...METHODS, "HEAD", "OPTIONS"].map((each) => el("option", each)));
	const uri = code("/v1alpha/wallets/hot/psbt", { id: newId() });
	const rpc = code("RPC method", { "aria-label": "RPC method to test" });
	const result = el("output.note");
	const setResult = (kind, ...what) => {
		result.className = `note ${kind}`;
		result.replaceChildren(...what);
	};
	let last = 0;
	const test = async () => {
		const request = ++last;
		rpc.hidden = !entries().some((row) => row.text().includes(" rpc:"));
		const wanted = value();
		const path = uri.value.trim();
		const isTest = path && wanted?.length !== 0;
		if (!isTest) setResult("", path ? "No request is allowed until you add a path." : "");
		if (!isTest && !wanted?.length) return show();
		const body = { ...(wanted && { endpoints: wanted }), ...(isTest && { method: method.value, uri: path }) };
		if (isTest && !rpc.hidden && rpc.value.trim()) body.rpc = rpc.value.trim();
		const [{ allowed, grant, reason, outside_ceiling = [] }, error] = await preview(body);
		if (request !== last) return;
		if (isBad(error)) {
			showError(error.message);
			return setResult("");
		}
		show();
		if (isOwn) for (const row of entries()) if (outside_ceiling.includes(row.text())) row.show(el("span.warning", "Outside your access limit: this grant allows nothing."));
		if (error?.code === "bad_path" && /(^|\/)\.\.?(\/|$)/.test(path)) error.message = 'The path must not contain "." or ".." segments.';
		if (error) setResult("denied", error.message);
		else if (isTest) setResult(allowed ? "allowed" : "denied", el("code", `${method.value} ${path}`), allowed ? " → allowed" : ` → not allowed: ${reason === "over_ceiling" ? "outside your access limit" : "no grant matches"}`, ...(grant ? [" by ", el("code", grant)] : []));
	};
	const testSoon = later(test);
	const editor = el("div.editor", list, next.node);
	const node = el("fieldset.field", el("legend", legend), limited.node, everything.node, editor,
		el("div.test", el("label", { for: uri.id }, "Test a request"), el("div.joined", method, uri, rpc), result));
	const draw = () => {
		editor.hidden = isAll();
		test();
	};
	/** Adds the grants that are not in the list yet. @returns how many */
	const addAll = (texts) => {
		limited.control.checked = true;
		const missing = texts.filter((text) => !entries().some((row) => row.text() === text));
		missing.forEach(add);
		draw();
		return missing.length;
	};
	node.addEventListener("input", testSoon);
	node.addEventListener("change", draw);
	endpoints?.forEach(add);
	draw();
	const validate = () => value()?.length === 0 && "Add at least one path.";
	return { node, addAll, value, validate, clear: show, showError, focus: () => invalid.focus(), isChanged: () => JSON.stringify(value()) !== JSON.stringify(endpoints) };
}

export const ceilingBox = (ceiling, tokens = "Your tokens") =>
	ceiling && el("div.box", el("p", `${tokens} can only access the following, as set by an administrator:`), grantsNode(ceiling));
