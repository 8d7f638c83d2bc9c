import { describe, expect, it } from "vitest";
import { changedIntegration, draftIntegration } from "#shared/integration/draftIntegration.ts";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import { kindOf } from "#shared/integration/kind/kinds.ts";
import type { Integration } from "#shared/integration/model/integration.ts";
import { renderRequest } from "#shared/integration/request/targetRequest.ts";
import { previewIntegration } from "#shared/preview/previewIntegration.ts";
import { sampleEvent, sampleInput, withSenderId } from "#shared/preview/sampleEvent.ts";
import { sampleRecent } from "#shared/preview/sampleEvents.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { memoryFirmwareVersions } from "../../memory/delivery/firmwareVersions.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryRecentEvents } from "../../memory/event/recentEvents.ts";
import {
  anEvent,
  anIntegration,
  aReceivedEvent,
  base64,
  deviceId,
  fleet,
  someTime,
  stoppedClock,
} from "../../memory/samples.ts";

const versions = memoryFirmwareVersions({ [deviceId]: "7" });
const stored = { given: [], stored: true, versions };
const devices = memoryDevices();
const now = () => someTime;

const secretive = anIntegration({
  headers: { "X-Key": "s3cret {{PARTICLE_EVENT_VALUE}}", Connection: "close" },
  auth: { username: "ada", password: "s3cret" },
  signing: { secret: "whsec_czNjcmV0" },
});

const draft = (template: object): Promise<Integration> =>
  draftIntegration(fleet, integrationInput.parse(template), { devices, now });

/** The request that an attempt sends. */
const sent = async (integration: Integration, id: string): Promise<TargetRequest | undefined> => {
  let request: TargetRequest | undefined;
  const sendRequest = async (asked: TargetRequest) => {
    request = asked;
    return { status: 200, body: "" };
  };
  const token = async () => "token";
  const sending = { id, event: anEvent() };
  const prepared = { ...sending, request: renderRequest(integration, sending) };
  await kindOf(integration).send(integration, prepared, { sendRequest, token, now });
  return request;
};

describe("a preview", () => {
  it("shows the request of an attempt: method, URL, headers and body", async () => {
    const integration = anIntegration({ json: { t: "{{PARTICLE_EVENT_VALUE}}" } });
    const [shown] = await previewIntegration(integration, [anEvent()], stored);
    const id = shown?.request?.headers["webhook-id"] ?? "";
    expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(shown?.request).toEqual(await sent(integration, id));
  });

  it.each([
    { integration_type: "AzureIotHub", hub_name: "hub", policy_name: "p", policy_key: "czNjcmV0" },
    {
      integration_type: "AwsSqs",
      queue_url: "https://sqs.us-east-1.amazonaws.com/123456789012/q",
      access_key_id: "AKIA1234567890123456",
      secret_access_key: "s3cret",
    },
    {
      integration_type: "AwsEventBridge",
      region: "us-east-1",
      access_key_id: "AKIA1234567890123456",
      secret_access_key: "s3cret",
    },
  ])(
    "describes authentication headers without computing them: $integration_type",
    async (settings) => {
      const integration = await draft({ event: "temp", ...settings });
      const [shown] = await previewIntegration(integration, [anEvent()], {
        given: [],
        stored: false,
        versions,
      });
      const real = await sent(integration, "msg_(made of the event and the integration)").catch(
        () => undefined,
      );
      const { headers = {}, ...request } = shown?.request ?? {};
      expect(headers.authorization).toMatch(/^\(.*\)$/);
      expect(JSON.stringify(shown)).not.toMatch(/s3cret|czNjcmV0/);
      if (real === undefined) return;
      const { headers: realHeaders, ...realRequest } = real;
      expect(request).toEqual(realRequest);
      const names = Object.keys(realHeaders).filter((name) => name !== "host");
      expect(Object.keys(headers).toSorted()).toEqual(names.toSorted());
    },
  );

  it("masks secrets and omits headers of the HTTP client", async () => {
    const [shown] = await previewIntegration(secretive, [anEvent()], stored);
    expect(JSON.stringify(shown)).not.toContain("s3cret");
    expect(shown?.request?.headers).toEqual({
      "accept-encoding": "identity",
      "user-agent": "Godwit/1",
      "content-type": "application/x-www-form-urlencoded",
      authorization: "Basic ********",
      "x-key": "********",
      "webhook-id": expect.stringMatching(/^msg_/),
      "godwit-hops": "1",
      "webhook-timestamp": expect.stringContaining("time of the attempt"),
      "webhook-signature": expect.stringContaining("each attempt"),
    });
  });

  it("shows secrets that came with the request, and no others", async () => {
    const template = { headers: { "x-key": "mine {{PARTICLE_EVENT_VALUE}}" } };
    const changed = await changedIntegration(secretive, template, { devices });
    const given = Object.keys(template);
    const [shown] = await previewIntegration(changed, [anEvent()], {
      given,
      stored: true,
      versions,
    });
    expect(shown?.request?.headers).toMatchObject({
      "x-key": "mine 21.5",
      authorization: "Basic ********",
    });
  });

  it("shows which events match, also for a disabled integration", async () => {
    const events = [anEvent(), anEvent({ name: "door" }), anEvent({ name: "temp/1" })];
    const shown = await previewIntegration(anIntegration({ disabled: true }), events, stored);
    expect(shown.map(({ matches, request }) => [matches, request !== undefined])).toEqual([
      [true, true],
      [false, false],
      [true, true],
    ]);
  });

  it("has the device's firmware version, like an attempt", async () => {
    const [shown] = await previewIntegration(
      anIntegration({ body: "{{{PRODUCT_VERSION}}}" }),
      [anEvent()],
      stored,
    );
    expect(shown?.request?.body).toBe("7");
  });

  it("has the reason why a template cannot be used", async () => {
    const broken = anIntegration({ body: "{{#a}}" });
    const [shown] = await previewIntegration(broken, [anEvent()], stored);
    expect(shown).toMatchObject({ matches: true, failure: expect.stringContaining("template") });
  });

  it("omits requests beyond the size limit, and fails if the first one exceeds it", async () => {
    const body = "{{PARTICLE_EVENT_VALUE}}".repeat(8);
    const events = ["a", "b", "c"].map((id) =>
      anEvent({ id, data: base64("x".repeat(100_000)), name: "temp" }),
    );
    expect(await previewIntegration(anIntegration({ body }), events, stored)).toHaveLength(2);
    const huge = anEvent({ data: base64("\u0001".repeat(60_000)) });
    await expect(previewIntegration(anIntegration({ body }), [huge], stored)).rejects.toThrow(
      "too large",
    );
  });
});

describe("a changed template", () => {
  it("replaces the given settings and keeps the others", async () => {
    const before = anIntegration({ json: { a: 1 }, query: { q: "1" } });
    const after = await changedIntegration(before, { body: "x", query: null }, { devices });
    expect(after).toEqual({ ...before, json: undefined, query: undefined, body: "x" });
    expect(await changedIntegration(before, {}, { devices })).toEqual(before);
  });

  it("is refused if it is malformed", async () => {
    const changing = changedIntegration(anIntegration(), { url: "ftp://x" }, { devices });
    await expect(changing).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("an example event", () => {
  it("matches the integration by default", async () => {
    const integration = anIntegration({ deviceID: deviceId });
    const made = sampleEvent(integration, sampleInput.parse({ data: { t: 1 } }), someTime);
    expect(made).toMatchObject({ name: "temp", device: deviceId, data: base64('{"t":1}') });
    const [shown] = await previewIntegration(integration, [made], stored);
    expect(shown?.matches).toBe(true);
  });

  it("may be one from an API reply", async () => {
    const shown = {
      id: "e1",
      name: "temp",
      data: "21.5",
      coreid: deviceId,
      published_at: new Date(someTime).toISOString(),
    };
    expect(sampleEvent(anIntegration(), sampleInput.parse(shown), 1)).toEqual({
      id: "e1",
      fleet,
      name: "temp",
      data: base64("21.5"),
      device: deviceId,
      publishedAt: someTime,
    });
  });
});

describe("the device of an example event", () => {
  const named = async () => {
    const made = memoryDevices();
    await made.add({ id: deviceId, fleet, name: "Lamp", createdAt: "" });
    const find = (given: object) =>
      withSenderId(sampleInput.parse({ data: "", ...given }), fleet, { devices: made });
    return find;
  };

  it.each(["device", "coreid"])("may be given by name in %s", async (field) => {
    const find = await named();
    expect(await find({ [field]: "lamp" })).toMatchObject({ [field]: deviceId });
    expect(await find({ [field]: deviceId.toUpperCase() })).toMatchObject({ [field]: deviceId });
    expect(await find({ [field]: "api" })).toMatchObject({ [field]: "api" });
  });

  it.each(["device", "coreid"])("is refused in %s if no device has this name", async (field) => {
    const find = await named();
    await expect(find({ [field]: "lmap" })).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(`event.${field}: no device of the fleet is named "lmap"`),
    });
  });
});

describe("recent events", () => {
  it("are sorted by match and then newest first, up to the limit", async () => {
    const clock = stoppedClock();
    const recentEvents = memoryRecentEvents(clock.now);
    const names = ["temp1", "door", "temp2", "temp3", "hall"];
    await recentEvents.put(
      names.map((name, i) => ({
        fleet,
        received: aReceivedEvent({
          id: `m${i}`,
          topic: `events/${fleet}/${deviceId}/${name}`,
          receivedAt: someTime + i,
        }),
      })),
    );
    clock.ms = someTime + 5_000;
    const sample = async (max: number) =>
      (await sampleRecent(anIntegration(), max, { recentEvents, now: clock.now })).map(
        ({ name }) => name,
      );
    expect(await sample(2)).toEqual(["temp3", "temp2"]);
    expect(await sample(4)).toEqual(["temp3", "temp2", "temp1", "hall"]);
    clock.ms = someTime + 300_000;
    expect(await sample(1)).toEqual(["temp3"]);
    clock.ms = someTime + 3_600_000;
    expect(await sample(1)).toEqual([]);
  });

  it("are read further back if too few match", async () => {
    const clock = stoppedClock(someTime + 300_000);
    const recentEvents = memoryRecentEvents(clock.now);
    const others = Array.from({ length: 10 }, () => ({ name: "hall", at: someTime + 299_000 }));
    await recentEvents.put(
      [{ name: "temp", at: someTime }, ...others].map(({ name, at }, i) => ({
        fleet,
        received: aReceivedEvent({
          id: `m${i}`,
          topic: `events/${fleet}/${deviceId}/${name}`,
          receivedAt: at,
        }),
      })),
    );
    const found = await sampleRecent(anIntegration(), 5, { recentEvents, now: clock.now });
    expect(found[0]?.name).toBe("temp");
  });
});
