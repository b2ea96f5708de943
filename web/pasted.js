// A token that was pasted into the search. It is decoded, never sent or kept.

const TOKEN = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/;

const decode = (part) => JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));

/** Returns null if there is no token in the text, `{}` if it can't be read, otherwise `{id, username, expiresAt}`. */
export function readPastedToken(text) {
	const [token] = text.match(TOKEN) ?? [];
	if (!token) return null;
	try {
		const { jwt_token_id, username, exp } = decode(token.split(".")[1]);
		return /^[\w-]{1,64}$/.test(jwt_token_id) ? { id: jwt_token_id, username: String(username), expiresAt: exp * 1000 } : {};
	} catch {
		return {};
	}
}
