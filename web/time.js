// Times (milliseconds since 1970) and durations (seconds) as people say them, by the server's clock: it decides what has expired.

import { el } from "./dom.js";

let ahead = 0;

/** Learns from a response's Date how far the server's clock is ahead, but for the header's rounding. */
export function learnClock(date) {
	const difference = Date.parse(date) + 500 - Date.now();
	if (Number.isFinite(difference)) ahead = Math.abs(difference) > 2000 ? difference : 0;
}

export const now = () => Date.now() + ahead;

const UNITS = [["year", 365 * 86400], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** "1 token", "2 tokens". */
export const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

/** "90 days"; "1 day, 6 hours" where the first alone says little. */
export function words(seconds) {
	const at = UNITS.findIndex(([, size]) => seconds >= size);
	if (at < 0) return "less than a second";
	const [unit, size] = UNITS[at];
	if (seconds >= 5 * size || !UNITS[at + 1]) return count(Math.round(seconds / size), unit);
	const [smaller, smallerSize] = UNITS[at + 1];
	const rest = Math.floor((seconds % size) / smallerSize);
	return count(Math.floor(seconds / size), unit) + (rest ? `, ${count(rest, smaller)}` : "");
}

/** "3 minutes ago", or "just now". */
export function ago(time) {
	const seconds = (now() - time) / 1000;
	if (seconds < 60) return "just now";
	const [unit, size] = UNITS.find(([, each]) => seconds >= each);
	return `${count(Math.floor(seconds / size), unit)} ago`;
}

const DAY = { day: "numeric", month: "short", year: "numeric" };
const MINUTE = { weekday: "short", ...DAY, hour: "2-digit", minute: "2-digit" };
const say = (options) => {
	const format = new Intl.DateTimeFormat("en-GB", options);
	return (time) => format.format(time).replace(/^(\w+), /, "$1 ");
};
export const day = say(DAY);
export const minute = say(MINUTE);
export const exact = say({ ...MINUTE, second: "2-digit", timeZoneName: "short" });

// What changes as time passes, until it has left the page.
const living = new Map();
setInterval(() => living.forEach((update, node) => (node.isConnected ? update() : living.delete(node))), 5000);

/** Calls `update` now, and every few seconds while the node is in the page. */
export function alive(node, update) {
	update();
	living.set(node, update);
	return node;
}

/** "3 minutes ago", with the exact time where the pointer or keyboard is, and for screen readers. */
export function moment(time, prefix = "") {
	const text = el("time", { datetime: new Date(time).toISOString() });
	alive(text, () => (text.textContent = prefix + ago(time)));
	return el("span.moment", text, el("span.exact", exact(time)));
}
