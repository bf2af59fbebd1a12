#!/usr/bin/env python3
"""Answers questions about opening hours and shipping out of a text file, and hands over to a person when it is not sure.

answers.txt has a line each: words, a colon, the answer. A question is answered when all words of exactly one line are in it.
Needs LEANCHAT_URL, LEANCHAT_TOKEN (lct_...), WEBHOOK_SECRET (whsec_...) and PORT; a webhook for message.created with this bot's token.
"""
import base64, hashlib, hmac, json, os, re, sys, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URL, TOKEN = os.environ["LEANCHAT_URL"], os.environ["LEANCHAT_TOKEN"]
SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
HANDED_OVER = "ask-a-person"


def read_answers(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.split(":", 1) for line in file if ":" in line and not line.startswith("#")]
    return [(set(words.lower().split()), answer.strip()) for words, answer in lines]


def ask(method, path, body=None):
    request = urllib.request.Request(
        URL + path, None if body is None else json.dumps(body).encode(), method=method,
        headers={"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or "null")


def is_signed(headers, body):
    """Standard Webhooks: one of the signatures is ours, and it is not older than five minutes."""
    stamp = headers["webhook-timestamp"] or "0"
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    ours = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    given = (headers["webhook-signature"] or "").split()
    return abs(time.time() - int(stamp)) < 300 and any(hmac.compare_digest(ours, each) for each in given)


def answer(event, answers):
    message, chat = event["data"]["message"], "/admin/chats/" + event["data"]["chat_id"]
    if message["sender_type"] != "user":
        return
    seen = ask("GET", chat)
    # Once a person takes care of it, the bot is silent.
    if HANDED_OVER in seen["tags"] or any(each["sender_type"] == "admin" and each["via"] != "api" for each in seen["messages"]):
        return
    words = set(re.findall(r"\w+", message["content"].lower()))
    found = [text for wanted, text in answers if wanted <= words]
    text = found[0] if len(found) == 1 else "I don't know that. A colleague will answer you here."
    # The event's id: an event that comes twice is answered once.
    ask("POST", chat + "/messages", {"content": text, "client_id": event["id"]})
    if len(found) != 1:
        ask("PUT", chat + "/tags", seen["tags"] + [HANDED_OVER])


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        signed = is_signed(self.headers, body)
        if signed and json.loads(body)["type"] == "message.created":
            answer(json.loads(body), self.server.answers)
        self.send_response(204 if signed else 401)
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Hook)
    server.answers = read_answers(sys.argv[1])
    print("ready", flush=True)
    server.serve_forever()
