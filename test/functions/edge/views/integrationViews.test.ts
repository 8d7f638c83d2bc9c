import { describe, expect, it } from "vitest";
import type { DeviceState } from "#shared/presence/deviceState.ts";
import { deviceDetails, deviceView } from "../../../../functions/edge/views/deviceView.ts";
import {
  deadLetterView,
  integrationDetails,
  integrationsView,
  integrationView,
} from "../../../../functions/edge/views/integrationView.ts";
import { jobView } from "../../../../functions/edge/views/jobView.ts";
import {
  aDelivery,
  aJob,
  anIntegration,
  deviceId,
  fleet,
  someTime,
} from "../../../memory/samples.ts";

const published = new Date(someTime).toISOString();

describe("a view", () => {
  it("of an integration has the field names that clients expect", () => {
    expect(integrationView(anIntegration())).toEqual({
      id: "integration-1",
      event: "temp",
      name: "temp for example.com",
      url: "https://example.com/hook",
      requestType: "POST",
      deviceID: null,
      disabled: false,
      created_at: "2025-01-01T00:00:00.000Z",
      integration_type: "Webhook",
    });
  });

  it("of integrations has all readable ones, and the ids of the others", () => {
    const integrations = [anIntegration(), anIntegration({ id: "integration-2" })];
    const unreadable = new Map([["broken", new Error("no JSON")]]);
    expect(integrationsView({ integrations, unreadable })).toEqual([
      ...integrations.map(integrationView),
      { id: "broken", unreadable: true },
    ]);
  });

  it("of an integration's settings has no secret and no fleet", () => {
    const secret = anIntegration({
      headers: { "x-key": "s3cret", "content-type": "text/plain" },
      auth: { username: "u", password: "s3cret" },
      json: { a: 1 },
      signing: { secret: "whsec_s3cret" },
    });
    const view = integrationDetails(secret);
    expect(JSON.stringify(view)).not.toMatch(new RegExp(`s3cret|${fleet}`));
    expect(view).toMatchObject({
      headers: { "x-key": "********", "content-type": "text/plain" },
      auth: { username: "u" },
      signed: true,
      json: { a: 1 },
    });
  });

  it("of a job's filter has times in the format of the API", () => {
    const job = aJob({ work: { kind: "replay", filter: { status: 503, from: 0, to: someTime } } });
    expect(jobView(job, someTime)).toMatchObject({
      filter: { status: 503, from: "1970-01-01T00:00:00.000Z", to: published },
    });
    const all = aJob({ work: { kind: "replay", filter: {} } });
    expect(jobView(all, someTime)).toMatchObject({ filter: {} });
  });

  it("of a dead letter has the event and the reason", () => {
    const letter = { delivery: aDelivery({ attempts: 3 }), reason: "why", buriedAt: someTime };
    expect(deadLetterView(letter)).toEqual({
      id: "msg_1",
      reason: "why",
      status: null,
      attempts: 3,
      failed_at: published,
      event: {
        id: "event-1",
        name: "temperature",
        data: "21.5",
        coreid: deviceId,
        published_at: published,
      },
    });
  });

  const state = (more: Partial<DeviceState> = {}): DeviceState => ({
    device: { id: deviceId, fleet, name: "lamp", owner: "a@b.c", createdAt: "" },
    presence: { connected: false },
    sessions: [],
    ...more,
  });

  it("of a device has its presence in both field names of the clients", () => {
    const presence = { connected: true, since: someTime };
    expect(deviceView(state({ presence }))).toMatchObject({
      id: deviceId,
      name: "lamp",
      connected: true,
      online: true,
      last_handshake_at: published,
      last_heard: published,
    });
    expect(deviceView(state())).toMatchObject({
      connected: false,
      online: false,
      last_handshake_at: null,
      last_heard: null,
    });
  });

  it("of a device has its functions and variables, and not its fleet", () => {
    const hello = { functions: ["led"], variables: { temperature: "double" as const } };
    const view = deviceDetails(state({ hello }));
    expect(view).toMatchObject(hello);
    expect(JSON.stringify(view)).not.toContain(fleet);
    expect(deviceDetails(state())).toMatchObject({ functions: [], variables: {} });
  });
});
