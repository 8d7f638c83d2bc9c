import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { breakingMessages } from "../../contract/breakingMessages.ts";

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

it("the document has no breaking change against the one of the last release", () => {
  const released = read("client/released/asyncapi.json");
  expect(breakingMessages(released, read("client/asyncapi.json"))).toEqual([]);
});

const base = {
  channels: {
    calls: {
      address: "calls/{device}",
      messages: { call: { $ref: "#/components/messages/call" } },
    },
    hello: {
      address: "hello/{device}",
      messages: { hello: { $ref: "#/components/messages/hello" } },
    },
  },
  operations: {
    sendCall: { action: "send", channel: { $ref: "#/channels/calls" } },
    receiveHello: { action: "receive", channel: { $ref: "#/channels/hello" } },
  },
  components: {
    messages: {
      call: { payload: { $ref: "#/components/schemas/Call" } },
      hello: { contentType: "application/json", payload: { $ref: "#/components/schemas/Hello" } },
    },
    schemas: {
      Call: {
        type: "object",
        properties: { id: { type: "string" }, on: { type: "boolean" } },
        required: ["id"],
      },
      Hello: { type: "object", properties: { firmware: { type: "string", maxLength: 64 } } },
    },
  },
};

/** The changes between the document and the same text with a replacement. */
const after = (from: string, to: string): string[] => {
  const text = JSON.stringify(base);
  expect(text).toContain(from);
  return breakingMessages(base, JSON.parse(text.replaceAll(from, to)));
};

it.each([
  ["calls/{device}", "call/{device}", "the channel calls was calls/{device} and is call/{device}"],
  ['"sendCall"', '"sendsCall"', "sendCall: the operation was removed"],
  ['"action":"receive"', '"action":"send"', "receiveHello: the cloud now sends the messages"],
  ['"messages":{"call":', '"messages":{"ask":', "sendCall: the message call was removed"],
  [
    "application/json",
    "text/plain",
    "receiveHello: hello: the content type was application/json and is text/plain",
  ],
  [
    '"maxLength":64',
    '"maxLength":9',
    "receiveHello: hello: the payload: the field firmware: maxLength was 64 and is 9",
  ],
  [
    '"required":["id"]',
    '"required":[]',
    "sendCall: call: the payload: the field id is no longer always present",
  ],
  [
    '"on":{"type":"boolean"}',
    '"at":{"type":"boolean"}',
    "sendCall: call: the payload: the field on was removed",
  ],
])("names the change of %s to %s", (from, to, change) => {
  expect(after(from, to)).toEqual([change]);
});

it("names a removed channel", () => {
  const { hello } = base.channels;
  const changes = breakingMessages(base, { ...base, channels: { hello } });
  expect(changes).toContain("the channel calls was removed");
});

it("accepts more channels, and more fields of messages that the cloud sends or receives", () => {
  expect(after('"on":{', '"at":{"type":"string"},"on":{')).toEqual([]);
  expect(after('"firmware":{', '"claim":{"type":"string"},"firmware":{')).toEqual([]);
  const { calls } = base.channels;
  expect(breakingMessages(base, { ...base, channels: { ...base.channels, more: calls } })).toEqual(
    [],
  );
});
