import type { Delivery } from "#shared/delivery/delivery.ts";
import type { DeviceEvent, ReceivedEvent } from "#shared/event/deviceEvent.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import type { Job } from "#shared/job/job.ts";

/** A typical event, integration and delivery. A test gives only the values that it is about. */
export const fleet = "f00112233445566aa";
export const deviceId = "0123456789abcdef01234567";
/** 2025-01-02T03:04:05.678Z */
export const someTime = 1_735_787_045_678;

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

export const anEvent = (given: Partial<DeviceEvent> = {}): DeviceEvent => ({
  id: "event-1",
  fleet,
  device: deviceId,
  name: "temperature",
  data: base64("21.5"),
  publishedAt: someTime,
  ...given,
});

export const aReceivedEvent = (given: Partial<ReceivedEvent> = {}): ReceivedEvent => ({
  topic: `events/${fleet}/${deviceId}/temperature`,
  receivedAt: someTime,
  id: "message-1",
  data: base64("21.5"),
  ...given,
});

type Webhook = Extract<Integration, { kind: "Webhook" }>;

export const anIntegration = (given: Partial<Webhook> = {}): Webhook => ({
  kind: "Webhook",
  id: "integration-1",
  fleet,
  event: "temp",
  name: "temp for example.com",
  url: "https://example.com/hook",
  requestType: "POST",
  noDefaults: false,
  rejectUnauthorized: true,
  disabled: false,
  createdAt: "2025-01-01T00:00:00.000Z",
  ...given,
});

export const aDelivery = (given: Partial<Delivery> = {}): Delivery => ({
  id: "msg_1",
  integration: "integration-1",
  event: anEvent(),
  attempts: 0,
  notBefore: someTime,
  ...given,
});

export const aJob = (given: Partial<Job> = {}): Job => ({
  id: "job-1",
  fleet,
  region: "us-east-1",
  integration: "integration-1",
  work: { kind: "replay", filter: {} },
  perSecond: 20,
  state: "running",
  startedAt: someTime,
  workedAt: someTime,
  workedMs: 0,
  total: 0,
  atLeast: false,
  done: 0,
  failed: 0,
  leasedUntil: 0,
  revision: 0,
  ...given,
});

export interface Clock {
  ms: number;
  readonly now: () => number;
}

/** A clock that stands until it is moved. */
export const stoppedClock = (ms = someTime): Clock => {
  const clock = { ms, now: () => clock.ms };
  return clock;
};
