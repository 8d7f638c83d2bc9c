import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { isClosed } from "../../../load/books/books.ts";
import { openDeployment } from "../../../load/cloud/deployment.ts";
import type { Ground } from "../../../load/cloud/ground.ts";
import { openGround } from "../../../load/cloud/openGround.ts";
import { lanesOf } from "../../../load/lanes.ts";
import { type PartName, partNames, parts } from "../../../load/parts/parts.ts";
import { startDriver, startObserver } from "../../../load/process/processes.ts";
import { runPart } from "../../../load/runPart.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { startTestCloud } from "../support/testCloud.ts";

let cloud: Cloud;
let ground: Ground;

beforeAll(async () => {
  cloud = await startTestCloud();
  const { api, mqtt, state, user } = cloud;
  const ca = await readFile(join(state, "ca.pem"), "utf8");
  const { token, password } = user;
  ground = openGround({ api, mqtt, ca, token, password, target: { port: 0 } });
});
afterAll(() => cloud.stop());

const processes = { driver: startDriver(), observer: startObserver() };
afterAll(() => Promise.all([processes.driver.stop(), processes.observer.stop()]));

/** The part of the rate and of the time of `npm run load`. */
const part = 1 / 100;
const seconds = 0.1;

it("opens a deployment by its URL, and removes the users, products and devices of a run", async () => {
  vi.stubEnv("GODWIT_TOKEN", cloud.user.token);
  const target = { url: "https://target.example.com", port: 0 };
  const opened = await openDeployment({ address: { api: cloud.api }, target, yes: true });
  expect(opened).toMatchObject({ mqtt: cloud.mqtt, target: { publicUrl: target.url } });
  vi.unstubAllEnvs();
  const { api, mqtt, admin } = cloud;
  const own = openGround({ api, mqtt, admin, target: { port: 0 } });
  const tenant = await own.addTenant();
  await own.addDevices(tenant, 1);
  await own.addWebhook(tenant, { event: "load", url: target.url });
  expect(await own.ask(tenant, "GET", "/v1/products")).toMatchObject({
    products: [{ id: tenant.product }],
  });
  await own.stop();
  const users = JSON.stringify(await admin({ listUsers: {} }));
  expect(users).not.toContain(tenant.username);
});

/** Usage is counted, events are archived and the status page is written in a minute or two. */
const slow: readonly PartName[] = ["usage", "backfill", "status"];

it.each(partNames.filter((name) => !slow.includes(name)))(
  "%s: loses nothing at a hundredth of the load",
  async (name) => {
    const { documented } = parts[name];
    const rate = Math.max(10, documented.perSecond * 5 * part);
    const lanes = lanesOf(parts[name], { rate, seconds, isMad: false });
    const log = () => {};
    const { lanes: measured } = await runPart(name, parts[name], {
      ground,
      local: undefined,
      lanes,
      processes,
      isQuick: true,
      log,
    });
    const [{ books } = { books: undefined }] = measured;
    expect(books).toMatchObject({ failed: 0, lost: 0, refused: 0, kept: 0, repeated: 0 });
    expect(books && isClosed(books)).toBe(true);
    expect(books?.delivered).toBe(lanes[0]?.count);
  },
);
