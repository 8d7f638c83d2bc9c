import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { azureIotHub } from "#shared/integration/kind/azureIotHub.ts";
import { sasTokenSeconds } from "#shared/integration/kind/limits.ts";
import { anIntegration, deviceId, someTime } from "../../../memory/samples.ts";
import { type Got, sending, send as sendNow, vendor } from "./vendor.ts";

const key = Buffer.from("the policy's key").toString("base64");
const integration = {
  ...anIntegration(),
  hub_name: "my-hub",
  policy_name: "god wit",
  policy_key: key,
};
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An IoT hub with some devices that verifies tokens as Azure documents. */
const hub = async (known: string[] = [], unknownStatus = 404) => {
  const devices = new Set(known);
  const isAuthorized = ({ headers }: Got): boolean => {
    const [scheme, fields] = (headers.authorization ?? "").split(" ");
    const { sr, sig, se, skn } = Object.fromEntries(
      (fields ?? "").split("&").map((field) => {
        const equals = field.indexOf("=");
        return [field.slice(0, equals), field.slice(equals + 1)];
      }),
    );
    const signature = createHmac("sha256", Buffer.from(key, "base64"))
      .update(`${sr}\n${se}`)
      .digest("base64");
    return (
      scheme === "SharedAccessSignature" &&
      sr === "my-hub.azure-devices.net" &&
      decodeURIComponent(sig ?? "") === signature &&
      Number(se) * 1_000 > someTime &&
      decodeURIComponent(skn ?? "") === "god wit"
    );
  };
  const made = await vendor((got) => {
    if (!isAuthorized(got)) return { status: 403 };
    const [, kind, device = "", ...rest] = got.url.pathname.split("/");
    if (got.url.host !== "my-hub.azure-devices.net" || kind !== "devices") return { status: 400 };
    if (got.method === "PUT" && rest.length === 0) {
      const { deviceId: id } = JSON.parse(got.body);
      if (id !== device) return { status: 400 };
      if (devices.has(device)) return { status: 409 };
      devices.add(device);
      return { status: 200, body: { deviceId: device } };
    }
    if (rest.join("/") !== "messages/events") return { status: 400 };
    return { status: devices.has(device) ? 204 : unknownStatus };
  });
  closing.push(made.close);
  return made;
};
const steps = (got: readonly Got[]) => got.map(({ method, url }) => `${method} ${url.pathname}`);
const create = `PUT /devices/${deviceId}`;
const send = `POST /devices/${deviceId}/messages/events`;

describe("an Azure IoT hub", () => {
  it("receives a message from the device with its properties", async () => {
    const { sendDeps, got } = await hub([deviceId]);
    expect(await sendNow(azureIotHub, integration, sending, sendDeps)).toMatchObject({
      status: 204,
    });
    expect(steps(got)).toEqual([send]);
    expect(got[0]?.url.searchParams.get("api-version")).toBe("2020-03-13");
    expect(got[0]?.headers).toMatchObject({
      "iothub-contenttype": "application/json",
      "iothub-contentencoding": "utf-8",
      "iothub-messageid": "msg_1",
    });
    expect(JSON.parse(got[0]!.body)).toEqual({
      data: "21.5",
      device_id: deviceId,
      event: "temperature",
      published_at: new Date(someTime).toISOString(),
    });
  });

  it.each([404, 401])(
    "that replies %i for an unknown device gets it registered first",
    async (status) => {
      const { sendDeps, got } = await hub([], status);
      expect(await sendNow(azureIotHub, integration, sending, sendDeps)).toMatchObject({
        status: 204,
      });
      expect(await sendNow(azureIotHub, integration, sending, sendDeps)).toMatchObject({
        status: 204,
      });
      expect(steps(got)).toEqual([send, create, send, send]);
    },
  );

  it("receives two events of an unknown device, also if both register it concurrently", async () => {
    const { sendDeps, got } = await hub();
    const isUnknownToBoth = Promise.withResolvers<void>();
    let replies = 0;
    const sendRequest: typeof sendDeps.sendRequest = async (request) => {
      const reply = await sendDeps.sendRequest(request);
      replies += 1;
      if (replies === 2) isUnknownToBoth.resolve();
      await isUnknownToBoth.promise;
      return reply;
    };
    const both = [sending, { ...sending, id: "msg_2" }];
    const sent = both.map((one) =>
      sendNow(azureIotHub, integration, one, { ...sendDeps, sendRequest }),
    );
    expect(await Promise.all(sent)).toMatchObject([{ status: 204 }, { status: 204 }]);
    expect(steps(got).filter((step) => step === create)).toHaveLength(2);
  });

  it("that refuses the key returns its reply, also if it knows the device", async () => {
    const { sendDeps, got } = await hub([deviceId]);
    const wrong = { ...integration, policy_key: "AAAA" };
    expect(await sendNow(azureIotHub, wrong, sending, sendDeps)).toMatchObject({ status: 403 });
    expect(steps(got)).toEqual([send]);
  });

  it("receives the same token until shortly before expiry", async () => {
    const { sendDeps, got, clock } = await hub([deviceId]);
    const tokens = () => new Set(got.map(({ headers }) => headers.authorization)).size;
    await sendNow(azureIotHub, integration, sending, sendDeps);
    clock.ms += 1_000;
    await sendNow(azureIotHub, integration, sending, sendDeps);
    expect(tokens()).toBe(1);
    clock.ms += sasTokenSeconds * 1_000;
    await sendNow(azureIotHub, integration, sending, sendDeps);
    expect(tokens()).toBe(2);
  });

  it("receives the rendered template, if there is one", () => {
    const json = { t: "{{PARTICLE_EVENT_VALUE}}" };
    expect(azureIotHub.render({ ...integration, json }, sending).body).toBe('{"t":"21.5"}');
    const text = '{"t":{{{PARTICLE_EVENT_VALUE}}}}';
    expect(azureIotHub.render({ ...integration, json: text }, sending).body).toBe('{"t":21.5}');
  });
});
