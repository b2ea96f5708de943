// SPDX-License-Identifier: MIT
// A client of the public SDK, steered by lines of JSON on standard input: {"call": METHOD, ...}. Each is answered by one line on standard output,
// {"result": …} or {"error": {"code", "message"}}. Arguments: the server's URL and the access token.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const [url, token] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } });
const client = new Client({ name: "warder-test", version: "1" }, { capabilities: { sampling: {}, elicitation: {}, roots: {} } });

// What the server asks of the client while a call is under way; the client answers with a lone response.
client.setRequestHandler(CreateMessageRequestSchema, async () => ({ model: "none", role: "assistant", content: { type: "text", text: "sampled here" } }));
client.setRequestHandler(ElicitRequestSchema, async () => ({ action: "decline" }));
client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: [{ uri: "file:///of-the-client", name: "root" }] }));

const logged = [];
client.fallbackNotificationHandler = async (notification) => logged.push(notification.method);

const calls = {
    connect: () => client.connect(transport).then(() => ({ session: transport.sessionId, server: client.getServerVersion().name })),
    tools: () => client.listTools(),
    tool: ({ name, arguments: given, progress }) =>
        client.callTool({ name, arguments: given ?? {} }, undefined, { timeout: 20000, ...(progress && { onprogress: (step) => logged.push(`progress ${step.progress}`) }) }),
    resources: () => client.listResources(),
    ping: () => client.ping(),
    logged: async () => logged,
    end: () => transport.terminateSession().then(() => ({})),
};

for await (const line of createInterface({ input: process.stdin })) {
    const { call, ...options } = JSON.parse(line);
    const answer = await calls[call](options).then((result) => ({ result }), (error) => ({ error: { code: error.code ?? null, message: String(error.message) } }));
    console.log(JSON.stringify(answer));
}
await client.close();
