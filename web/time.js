// Formats times (ms since 1970) and durations (s), by the server's clock: it decides what has expired.

import { el } from "./dom.js";

let ahead = 0;

/** Reads the server's clock from a Date header, which is rounded to seconds. */
export function syncClock(date) {
	const difference = Date.parse(date) + 500 - Date.now();
	if (Number.isFinite(difference)) ahead = Math.abs(difference) > 2000 ? difference : 0;
}

export const now = () => Date.now() + ahead;

const UNITS = [["year", 365 * 86400], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export const number = (value) => value.toLocaleString("en");

/** "1 token", "2 tokens". */
export const count = (value, what) => `${number(value)} ${what}${value === 1 ? "" : "s"}`;

/** "90 days"; "1 day, 6 hours" if fewer than 5 of the unit. */
export function duration(seconds) {
	const index = UNITS.findIndex(([, size]) => seconds >= size);
	if (index < 0) return "less than a second";
	const [unit, size] = UNITS[index];
	if (seconds >= 5 * size || !UNITS[index + 1]) return count(Math.round(seconds / size), unit);
	const [smaller, smallerSize] = UNITS[index + 1];
	const rest = Math.floor((seconds % size) / smallerSize);
	return count(Math.floor(seconds / size), unit) + (rest ? `, ${count(rest, smaller)}` : "");
}

export function ago(time) {
	const seconds = (now() - time) / 1000;
	if (seconds < 60) return "just now";
	const [unit, size] = UNITS.find(([, each]) => seconds >= each);
	return `${count(Math.floor(seconds / size), unit)} ago`;
}

const DAY = { day: "numeric", month: "short", year: "numeric" };
const SHORT_MINUTE = { ...DAY, hour: "2-digit", minute: "2-digit" };
const MINUTE = { weekday: "short", ...SHORT_MINUTE };
const formatter = (options) => {
	const format = new Intl.DateTimeFormat("en-GB", options);
	return (time) => format.format(time).replace(/^(\w+), /, "$1 ");
};
export const day = formatter(DAY);
export const shortMinute = formatter(SHORT_MINUTE);
export const minute = formatter(MINUTE);
export const exact = formatter({ ...MINUTE, second: "2-digit", timeZoneName: "short" });

// Nodes that change as time passes, while they are in the page.
const updates = new Map();
export const updateAll = () => updates.forEach((update, node) => (node.isConnected ? update() : updates.delete(node)));
setInterval(updateAll, 5000);

/** Calls `update` now, then every 5 s while the node is in the page. */
export function keepUpdated(node, update) {
	update();
	updates.set(node, update);
	return node;
}

/** "3 minutes ago", with the exact time on hover and focus. */
export function relativeTime(time, prefix = "") {
	const text = el("time", { datetime: new Date(time).toISOString() });
	keepUpdated(text, () => (text.textContent = prefix + ago(time)));
	return el("span.moment", text, el("span.exact", exact(time)));
}
