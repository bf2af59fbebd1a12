#!/usr/bin/env python3
"""Brings chats into a channel of Slack, Mattermost or whatever takes an incoming webhook, and answers back.

What a visitor says is posted to CHANNEL_URL as {"text"}, with the chat's code in front: #0192f3a1. Whoever writes `#0192f3a1 Hello` in
the channel answers: point its outgoing webhook to http://this-machine:PORT/channel?key=CHANNEL_KEY (JSON or a form with `text` and
`user_name`). Needs LEANCHAT_URL, LEANCHAT_TOKEN, WEBHOOK_SECRET, PORT too, and a webhook for message.created with this token, without
its own.
"""
import base64, hashlib, hmac, json, os, re, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

URL, TOKEN, CHANNEL = os.environ["LEANCHAT_URL"], os.environ["LEANCHAT_TOKEN"], os.environ["CHANNEL_URL"]
SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


def ask(method, address, body=None, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    request = urllib.request.Request(address, None if body is None else json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=8) as answer:
        return answer.read()


def is_signed(headers, body):
    """Standard Webhooks: one of the signatures is ours, and it is not older than five minutes."""
    stamp = headers["webhook-timestamp"] or "0"
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    ours = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    given = (headers["webhook-signature"] or "").split()
    return abs(time.time() - int(stamp)) < 300 and any(hmac.compare_digest(ours, each) for each in given)


def code_of(chat_id):
    """The end of the id: its beginning is a time, and many begin alike."""
    return chat_id[-8:]


def to_channel(event):
    user, message = event["data"]["user"], event["data"]["message"]
    who = (user["name"] or user["email"] or "Visitor") if message["sender_type"] == "user" else message["sender_name"] or "Team"
    files = "".join("\n" + file["url"] for file in message["attachments"])
    ask("POST", CHANNEL, {"text": f"#{code_of(event['data']['chat_id'])} {who}: {message['content']}{files}"})


def to_chat(text, name):
    found = re.match(r"#(\w{8})\s+(.+)", text, re.S)
    chats = json.loads(ask("GET", URL + "/admin/chats?limit=200", token=TOKEN)) if found else []
    for chat in (each for each in chats if code_of(each["id"]) == found[1]):
        words = f"{found[2].strip()}\n– {name}" if name else found[2].strip()
        ask("POST", f"{URL}/admin/chats/{chat['id']}/messages", {"content": words}, TOKEN)
        return True
    return False


class Bridge(BaseHTTPRequestHandler):
    def do_POST(self):
        body, address = self.rfile.read(int(self.headers["Content-Length"] or 0)), urlsplit(self.path)
        if address.path == "/channel":
            good = hmac.compare_digest(parse_qs(address.query).get("key", [""])[0], os.environ["CHANNEL_KEY"])
            form = body.lstrip()[:1] != b"{"
            said = {key: each[0] for key, each in parse_qs(body.decode()).items()} if form else json.loads(body)
            status = 401 if not good else 200 if to_chat(said.get("text", ""), said.get("user_name")) else 404
        else:
            status = 204 if is_signed(self.headers, body) else 401
            if status == 204 and json.loads(body)["type"] == "message.created":
                to_channel(json.loads(body))
        self.send_response(status)
        self.end_headers()


if __name__ == "__main__":
    print("ready", flush=True)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Bridge).serve_forever()
