import { el } from "./dom.js";

/** A cell that spreadsheets don't take for a formula, nor parts of it where another separator is the custom. */
const cell = (value) => `"${String(value ?? "").replace(/^(?=[\s=+\-@＝＋－＠])|(?<=[;\t|]\s*)(?=[=+\-@＝＋－＠])/g, "'").replaceAll('"', '""')}"`;

/** Downloads a table as a file. */
export function exportCsv(name, header, lines) {
	const text = [header, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
	const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
	el("a", { href: url, download: `${name}-${new Date().toISOString().slice(0, 10)}.csv` }).click();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
