import fc from "fast-check";
import { expect, it } from "vitest";
import { endpointCharsMax, endpointsMax } from "../../../device/limits.ts";
import { parseAcks, parseControl } from "../../../device/messages/control.ts";

const read = (message: object) => parseControl(JSON.stringify(message));

it("parses each command", () => {
  expect(read({ command: "hello" })).toEqual({ command: "hello" });
  expect(read({ command: "reconnect", delay: 5_000 })).toEqual({
    command: "reconnect",
    delayMs: 5_000,
  });
  expect(read({ command: "reconnect" })).toEqual({ command: "reconnect", delayMs: 0 });
  expect(read({ command: "reconnect", delay: 1e12 })).toMatchObject({ delayMs: 3_600_000 });
  expect(read({ command: "signal", on: false })).toEqual({ command: "signal", on: false });
  expect(read({ command: "fleet", fleet: "f1" })).toEqual({ command: "fleet", fleet: "f1" });
});

it("parses broker URLs only, up to the limit", () => {
  const endpoints = ["mqtts://a:8883", "mqtts://b"];
  const more = ["https://c", "mqtts://u:p@d", "mqtts://e/path", "mqtts://", "no URL", 7, null, {}];
  expect(read({ command: "endpoints", endpoints: [...more, ...endpoints] })).toEqual({
    command: "endpoints",
    endpoints,
  });
  const many = Array.from({ length: 100 }, (_, n) => `mqtts://h${n}:8883`);
  expect(read({ command: "endpoints", endpoints: many })).toMatchObject({
    endpoints: many.slice(0, endpointsMax),
  });
  const long = `mqtts://${"x".repeat(endpointCharsMax)}`;
  for (const bad of [[], more, [long], "mqtts://a", {}, undefined]) {
    expect(read({ command: "endpoints", endpoints: bad })).toBeUndefined();
  }
});

it("parses the answer to a signing request, also a rejection", () => {
  expect(read({ command: "rotate" })).toEqual({ command: "rotate" });
  const made = { command: "certificate", request: "r", certificate: "C", issued_at: 1 };
  expect(read({ ...made, expires_at: 2 })).toEqual({
    command: "certificate",
    answer: { request: "r", certificate: "C", issuedAt: 1, expiresAt: 2 },
  });
  const refused = { command: "certificate", request: "r", error: "e", message: "why" };
  expect(read({ ...refused, retry_after: 3 })).toEqual({
    command: "certificate",
    answer: { request: "r", error: "why", retryAfterSeconds: 3 },
  });
  expect(read({ command: "certificate", certificate: "C" })).toBeUndefined();
});

it("ignores ping, invalid fleets and unknown commands", () => {
  expect(read({ command: "ping" })).toBeUndefined();
  expect(read({ command: "fly" })).toBeUndefined();
  expect(read({ command: "signal" })).toBeUndefined();
  for (const fleet of ["", "a/b", "+", "#", "a b", "x".repeat(65), 7]) {
    expect(read({ command: "fleet", fleet })).toBeUndefined();
  }
});

it("accepts any payload without an error", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
      parseControl(payload);
      expect(parseAcks(payload).every((id) => typeof id === "string")).toBe(true);
    }),
  );
  expect(parseAcks('{"ids":["a",1,"b"]}')).toEqual(["a", "b"]);
});
