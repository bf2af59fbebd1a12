#!/usr/bin/env python3
"""Lets a language model answer, at any address that speaks OpenAI's chat completions, until a person answers.

Needs LEANCHAT_URL, LEANCHAT_TOKEN (lct_...), WEBHOOK_SECRET (whsec_...), PORT, MODEL_URL (https://.../v1), MODEL and perhaps MODEL_KEY;
a webhook for message.created with this bot's token. INSTRUCTIONS says who it is.
"""
import base64, hashlib, hmac, json, os, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URL, TOKEN = os.environ["LEANCHAT_URL"], os.environ["LEANCHAT_TOKEN"]
SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
INSTRUCTIONS = os.environ.get("INSTRUCTIONS", "You answer visitors of a small shop. If you do not know, say that a colleague will answer.")


def ask(method, address, body=None, key=TOKEN, seconds=10):
    request = urllib.request.Request(
        address, None if body is None else json.dumps(body).encode(), method=method,
        headers={"Authorization": "Bearer " + key, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return json.loads(answer.read())


def is_signed(headers, body):
    """Standard Webhooks: one of the signatures is ours, and it is not older than five minutes."""
    stamp = headers["webhook-timestamp"] or "0"
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    ours = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    given = (headers["webhook-signature"] or "").split()
    return abs(time.time() - int(stamp)) < 300 and any(hmac.compare_digest(ours, each) for each in given)


def person_answered(messages):
    return any(each["sender_type"] == "admin" and each["via"] != "api" for each in messages)


def answer(event):
    chat = URL + "/admin/chats/" + event["data"]["chat_id"]
    messages = ask("GET", chat)["messages"]
    # Only to the newest question, and only while no person has answered.
    if person_answered(messages) or messages[-1]["id"] != event["data"]["message"]["id"]:
        return
    said = [{"role": "user" if each["sender_type"] == "user" else "assistant", "content": each["content"]} for each in messages]
    body = {"model": os.environ["MODEL"], "messages": [{"role": "system", "content": INSTRUCTIONS}, *said]}
    made = ask("POST", os.environ["MODEL_URL"] + "/chat/completions", body, os.environ.get("MODEL_KEY", ""), 60)
    text = made["choices"][0]["message"]["content"].strip()
    # A model thinks for a while: somebody may have answered meanwhile.
    if text and not person_answered(ask("GET", chat)["messages"]):
        # The event's id: an event that comes twice is answered once.
        ask("POST", chat + "/messages", {"content": text[:5000], "client_id": event["id"]})


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        signed = is_signed(self.headers, body)
        event = json.loads(body) if signed else {}
        self.send_response(204 if signed else 401)
        self.end_headers()
        # Answered first: a webhook waits for 10 seconds only.
        if signed and event["type"] == "message.created" and event["data"]["message"]["sender_type"] == "user":
            threading.Thread(target=answer, args=(event,)).start()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hook)
    print("ready", flush=True)
    server.serve_forever()
