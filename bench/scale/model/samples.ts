import { createHash } from "node:crypto";
import type { DeadLetter } from "#shared/delivery/deadLetter.ts";
import type { Delivery } from "#shared/delivery/delivery.ts";
import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { Attempt } from "#shared/ledger/record.ts";
import type { Session } from "#shared/presence/session.ts";
import { traffic } from "./traffic.ts";

/** The time of the model, in milliseconds since 1970: 2026-12-01. */
export const modelTime = Date.UTC(2026, 11, 1);

const hex = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

/** The id of a device of the model. */
export const deviceIdOf = (text: string): string => hex(text, 24);

/** The id of the one integration of a fleet. */
export const integrationOf = (fleet: string): string =>
  hex(fleet, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

const data = Buffer.alloc(traffic.payloadBytes, "{}").toString("base64");

/** The `n`th event of a fleet. */
export const eventOf = (fleet: string, n: number): ReceivedEvent => ({
  topic: `events/${fleet}/${deviceIdOf(`${fleet} ${n}`)}/temperature`,
  id: hex(`event ${fleet} ${n}`, 32),
  receivedAt: modelTime + n,
  data,
});

/** The delivery of an event of a fleet, after it has failed. */
export const deliveryOf = (fleet: string, n: number): Delivery => ({
  id: `msg_${hex(`${fleet} ${n}`, 32)}`,
  integration: integrationOf(fleet),
  event: {
    id: hex(`event ${fleet} ${n}`, 32),
    fleet,
    device: deviceIdOf(`${fleet} ${n}`),
    name: "temperature",
    data,
    publishedAt: modelTime + n,
  },
  acceptedAt: modelTime + n,
  attempts: 3,
  notBefore: modelTime + n,
  reason: "The target answered 503",
  status: 503,
});

export const deadLetterOf = (fleet: string, n: number): DeadLetter => ({
  delivery: deliveryOf(fleet, n),
  reason: "The target answered 503",
  buriedAt: modelTime + n,
});

/** The session of a typical device, with its hello. */
export const sessionOf = (device: string): Session => ({
  device,
  region: "us-east-1",
  connected: true,
  since: modelTime,
  id: hex(device, 36),
  version: 12,
  at: modelTime,
  handshakeAt: modelTime,
  address: "198.51.100.123",
  helloAt: modelTime,
  hello: {
    firmware: "12",
    functions: ["restart", "setInterval", "calibrate"],
    variables: { temperature: "double", battery: "double", uptime: "int32" },
    fleet: "p1",
    image: hex("image", 64),
    slots: 2,
    reset: "power",
    utc_offset: 60,
    platform: "esp32-s3",
  },
  recorded: { product: 1, version: 12, image: hex("image", 64), day: 20_788, changes: 1 },
  revision: 37,
});

/** Attempts as a worker samples them: 25 of an integration in ten seconds. */
export const attemptsOf = (fleet: string, number: number): Attempt[] =>
  Array.from({ length: number }, (_, n) => ({
    integration: integrationOf(fleet),
    delivery: deliveryOf(fleet, n).id,
    event: { id: hex(`event ${fleet} ${n}`, 32), name: "temperature", device: deviceIdOf(`${n}`) },
    number: 1,
    at: modelTime + n,
    tookMs: 100 + n,
    ok: true,
    request: {
      method: "POST",
      url: "https://example.com/events",
      headers: { "content-type": "application/json", "webhook-id": deliveryOf(fleet, n).id },
      body: JSON.stringify({ event: "temperature", data: "x".repeat(traffic.payloadBytes) }),
    },
    reply: { status: 200, contentType: "application/json", body: "{}" },
  }));
