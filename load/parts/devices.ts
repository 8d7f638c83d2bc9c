import type { Part } from "./part.ts";

/** Connects of devices at once need a device each. */
const connectsMax = 2_000;
const provisionedMax = 10_000;
/** Devices that send hello in turn: each one at most once in this time, up to 100 devices. */
const helloEverySeconds = 0.5;
const hellosFromMax = 100;

const accountsOf = (
  api: string,
  lanes: Parameters<Part["prepare"]>[0]["lanes"],
): { api: string; token: string; product: number }[] =>
  lanes.map(({ tenant: { token, product } }) => ({ api, token, product }));

/** Devices that connect, until their fleet receives the event that they are online. */
export const reconnect: Part = {
  does: "devices that connect, until their fleet receives the event that they are online",
  units: "connects",
  documented: { perSecond: 30, source: "Drills: herd, 30 connects a second" },
  seconds: 10,
  unitsMax: connectsMax,
  measured: "arrivals",
  async prepare({ ground, lanes, log }, startObserver) {
    log("adding a device for each connect");
    const devices = [];
    for (const { lane, tenant } of lanes) devices.push(await ground.addDevices(tenant, lane.count));
    const url = await startObserver({
      kind: "target",
      port: ground.target.port,
      unit: "device",
      deviceIds: devices.map((all) => all.map(({ id }) => id)),
    });
    for (const { tenant } of lanes) await ground.addWebhook(tenant, { event: "spark/status", url });
    const { mqtt, ca } = ground;
    return { drivers: devices.map((all) => ({ kind: "connect", mqtt, ca, devices: all })) };
  },
};

/** Hellos of connected devices, until the API shows what they report. */
export const hello: Part = {
  does: "hellos of connected devices, until the API shows what they report",
  units: "hellos",
  documented: { perSecond: 100, source: "Load at five times: hellos" },
  seconds: 10,
  unitsMax: 50_000,
  measured: "arrivals",
  async prepare({ ground, lanes }, startObserver) {
    const rate = Math.max(...lanes.map(({ lane }) => lane.rate));
    const count = Math.min(hellosFromMax, Math.ceil(rate * helloEverySeconds));
    const devices = [];
    for (const { tenant } of lanes) devices.push(await ground.addDevices(tenant, count));
    await startObserver({
      kind: "deviceList",
      field: "firmware",
      accounts: accountsOf(ground.api, lanes),
      every: count,
    });
    const { mqtt, ca } = ground;
    return { drivers: devices.map((all) => ({ kind: "hello", mqtt, ca, devices: all })) };
  },
};

/** Devices that the API provisions, until the list of devices shows them. */
export const provisioning: Part = {
  does: "devices that the API provisions, until the list of devices shows them",
  units: "devices",
  documented: { perSecond: 20, source: "Load at five times: provisioning" },
  seconds: 10,
  unitsMax: provisionedMax,
  measured: "executions",
  async prepare({ ground, lanes }, startObserver) {
    await startObserver({
      kind: "deviceList",
      field: "name",
      accounts: accountsOf(ground.api, lanes),
    });
    const drivers = lanes.map(({ tenant }) => ({
      kind: "request" as const,
      base: ground.api,
      sequences: [
        [
          {
            method: "POST",
            path: `/v1/products/${tenant.product}/devices`,
            headers: {
              authorization: `Bearer ${tenant.token}`,
              "content-type": "application/json",
            },
            body: '{"provision":true,"name":"load-{seq}"}',
            expect: '"name":"load-{seq}"',
          },
        ],
      ],
    }));
    return { drivers };
  },
};
