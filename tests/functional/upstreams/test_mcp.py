# SPDX-License-Identifier: MIT
"""The recipe for MCP servers, with the reference server and the client of the public SDK, both from npm in the versions of mcp/package-lock.json."""

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest
from support.ports import free_port
from support.recipes import blocks, configuration_of, grants_of
from support.secrets import write_secret
from support.server import ADMIN_PASSWORD, TOP

DIRECTORY = Path(__file__).parent / "mcp"
SERVER = DIRECTORY / "node_modules" / "@modelcontextprotocol" / "server-everything" / "dist" / "index.js"
# Debian 12 has Node 18.
NODE = ["node", "--require", DIRECTORY / "webcrypto.cjs"]
KEY = "a-key-that-no-client-knows"


@pytest.fixture(scope="module")
def everything():
    """The URL of the reference server; it takes seconds to start, so all tests share one."""
    port = free_port()
    process = subprocess.Popen(
        [*NODE, SERVER, "streamableHttp"], env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert "listening" in process.stderr.readline()
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()
    process.stderr.close()


@pytest.fixture
def gateway(start_server, everything, tmp_path):
    key = write_secret(tmp_path / "mcp.token", KEY + "\n")
    server = start_server(config_text=configuration_of("mcp.md", {"http://127.0.0.1:3001": everything, "/etc/warder/mcp.token": key}))
    yield server
    assert KEY not in server.log()


@pytest.fixture
def admin(gateway):
    return gateway.person("admin", ADMIN_PASSWORD)


def documented_grants():
    return grants_of(blocks("mcp.md", "sh")[0])


class Client:
    """The client of the SDK in its own process."""

    def __init__(self, url, token):
        self.process = subprocess.Popen([*NODE, DIRECTORY / "client.js", url, token], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, call, **options):
        self.process.stdin.write(json.dumps({"call": call, **options}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def result(self, call, **options):
        answer = self.send(call, **options)
        assert "result" in answer, answer
        return answer["result"]

    def tool(self, name, **arguments):
        return self.result("tool", name=name, arguments=arguments)["content"][0]["text"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture
def connect(gateway):
    clients = []

    def make(token):
        clients.append(Client(f"{gateway.url}/mcp", token))
        return clients[-1]

    yield make
    for client in clients:
        client.stop()


def test_mcp_client_with_the_token_of_the_recipe_lists_and_calls_tools(admin, connect):
    client = connect(admin.mint("agent", endpoints=documented_grants()))
    assert client.result("connect")["session"]
    assert "echo" in [tool["name"] for tool in client.result("tools")["tools"]]
    assert client.tool("echo", message="through the gateway") == "Echo: through the gateway"
    assert client.result("ping") == {}


def preset(name):
    presets = tomllib.loads((TOP / "packaging" / "presets" / "services.toml").read_text())["preset"]
    return next(preset["endpoints"] for preset in presets if preset["name"] == name)


def test_mcp_tools_preset_calls_tools_and_reads_no_resources(admin, connect):
    client = connect(admin.mint("agent", endpoints=preset("mcp-tools")))
    assert client.result("connect")["session"]
    assert client.tool("echo", message="by preset") == "Echo: by preset"
    assert client.send("resources")["error"]["code"] == 403
    assert client.result("end") == {}


def test_mcp_resources_preset_reads_resources_and_calls_no_tools(admin, connect):
    client = connect(admin.mint("reader", endpoints=preset("mcp-resources")))
    assert client.result("connect")["session"]
    assert client.result("resources")["resources"]
    assert client.send("tool", name="echo", arguments={"message": "x"})["error"]["code"] == 403
    assert client.result("end") == {}


def test_mcp_progress_notifications_are_streamed_during_a_call(admin, connect):
    client = connect(admin.mint("agent", endpoints=documented_grants()))
    client.result("connect")
    arguments = {"duration": 1, "steps": 2}
    assert "completed" in client.result("tool", name="trigger-long-running-operation", arguments=arguments, progress=True)["content"][0]["text"]
    assert "progress 2" in client.result("logged")


def test_mcp_method_outside_of_the_grants_is_403_and_the_session_continues(admin, connect):
    client = connect(admin.mint("agent", endpoints=documented_grants()))
    client.result("connect")
    denied = client.send("resources")
    assert denied["error"]["code"] == 403 and '"code":-32001' in denied["error"]["message"], denied
    assert client.tool("echo", message="still here") == "Echo: still here"


def test_mcp_token_without_a_grant_for_tool_calls_can_only_list_tools(admin, connect):
    client = connect(admin.mint("lister", endpoints=["POST /mcp rpc:initialize,notifications/*,tools/list", "GET /mcp"]))
    client.result("connect")
    assert client.result("tools")["tools"]
    assert client.send("tool", name="echo", arguments={"message": "x"})["error"]["code"] == 403


def test_mcp_session_ends_by_delete_request(gateway, admin, connect):
    token = admin.mint("agent", endpoints=documented_grants())
    client = connect(token)
    session = client.result("connect")["session"]
    assert client.result("end") == {}
    after = gateway.get("/mcp", bearer=token, headers={"Mcp-Session-Id": session, "Accept": "text/event-stream"})
    assert after.status_code == 400 and "session" in after.text


def test_mcp_server_request_during_a_call_gets_the_response_of_the_client(admin, connect):
    """Sampling, elicitation and roots: the client answers with a lone JSON-RPC response, which has no method."""
    client = connect(admin.mint("agent", endpoints=documented_grants()))
    client.result("connect")
    assert "sampled here" in client.tool("trigger-sampling-request", prompt="anything")
    assert "declined" in client.tool("trigger-elicitation-request")
    assert "file:///of-the-client" in client.tool("get-roots-list")


def test_mcp_server_request_gets_the_response_of_a_client_with_an_unscoped_token(admin, connect):
    client = connect(admin.mint("unscoped"))
    client.result("connect")
    assert "sampled here" in client.tool("trigger-sampling-request", prompt="anything")


def test_mcp_stream_ends_and_the_next_call_fails_when_the_token_is_revoked(gateway, admin, connect):
    token = admin.mint("agent", endpoints=documented_grants())
    client = connect(token)
    client.result("connect")
    call = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}}
    began = gateway.post("/mcp", bearer=token, json=call, headers={"Accept": "application/json, text/event-stream"})
    assert began.status_code == 200, began.text
    session = began.headers["Mcp-Session-Id"]
    with gateway.wire() as stream:
        head = f"GET /mcp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\nMcp-Session-Id: {session}\r\n\r\n"
        stream.socket.sendall(head.encode())
        assert stream.socket.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert admin.delete(f"/v1alpha/token/{token.id}").status_code == 200
        while stream.socket.recv(65536):
            pass
    assert "error" in client.send("tool", name="echo", arguments={"message": "x"})


def test_mcp_client_with_an_invalid_token_gets_an_error(connect):
    assert "error" in connect("none").send("connect")
