import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { createDevice } from "../device/client.ts";
import type { Device, DeviceOptions } from "../device/device.ts";
import { stableConnectionMs } from "../device/limits.ts";
import { fileOutbox } from "../device/outbox/fileOutbox.ts";
import { systemClock } from "../device/platform/clock.ts";
import type { CloudProcess, CloudRegion } from "./cloud/cloudProcess.ts";
import type { EventTracker } from "./load/eventTracker.ts";
import { startTarget, type Target } from "./load/target.ts";

const identity = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

/** Who a device is. */
export type DrillIdentity = z.output<typeof identity>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Where a drill plays: a cloud, and the clients that it has there. */
export interface DrillContext {
  readonly cloud: CloudProcess;
  readonly target: Target;
  /** A word that no other run on this cloud has, for names of events. */
  readonly runId: string;
  addDevices(count: number): Promise<DrillIdentity[]>;
  /** Devices of other users, each with no more than so many. */
  addDevicesOfOtherUsers(count: number, eachMax: number): Promise<DrillIdentity[]>;
  /** A device that is not connected yet and goes when the drill ends. */
  device(who: DrillIdentity, options?: Partial<DeviceOptions>): Device;
  /** A file for a durable outbox. */
  outbox(who: DrillIdentity): ReturnType<typeof fileOutbox>;
  /** Makes connections that are there now as old as those of devices that have been there for long. */
  ageConnections(): void;
  api(method: string, path: string, body?: object, region?: CloudRegion): Promise<Answer>;
  /** A webhook for an event whose arrivals go into the books; at the stage's own target unless it is another. */
  trackDeliveries(event: string, tracker: EventTracker, at?: Target): Promise<void>;
  addWebhook(event: string, url: string): Promise<string>;
  onCleanup(act: () => unknown): void;
}

/** Devices that are made at once. */
const concurrentAddsMax = 8;

/** Runs something on a stage, and leaves the cloud as it was: well, with no client of ours. */
export const withContext = async <T>(
  cloud: CloudProcess,
  run: (context: DrillContext) => Promise<T>,
): Promise<T> => {
  const cleanups: (() => unknown)[] = [];
  try {
    return await run(await createContext(cloud, cleanups));
  } finally {
    for (const { control } of cloud.allRegions) await control.recover();
    for (const end of cleanups.reverse()) await end();
  }
};

const createContext = async (
  cloud: CloudProcess,
  cleanups: (() => unknown)[],
): Promise<DrillContext> => {
  const { ca } = cloud;
  const runId = randomBytes(4).toString("hex");
  const user = await addUser(cloud, `${runId}@example.com`);
  const target = await startTarget();
  cleanups.push(target.stop);
  const folder = await mkdtemp(join(tmpdir(), "godwit-drill-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  let agedMs = 0;
  const clock = { ...systemClock, elapsed: () => performance.now() + agedMs };
  const api: DrillContext["api"] = async (method, path, body, region = cloud.primary) => {
    const headers = { authorization: `Bearer ${user.token}`, "content-type": "application/json" };
    const init = { method, headers, body: body && JSON.stringify(body) };
    const answer = await fetch(`${region.api}${path}`, init);
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const addWebhook: DrillContext["addWebhook"] = async (event, url) => {
    const integration = { event, url, integration_type: "Webhook" };
    const { status, body } = await api("POST", "/v1/integrations", integration);
    if (status >= 300) throw new Error(`no webhook: ${status} ${JSON.stringify(body)}`);
    const { id } = z.object({ id: z.string() }).parse(body);
    cleanups.push(() => api("DELETE", `/v1/integrations/${id}`));
    return id;
  };
  return {
    cloud,
    target,
    runId,
    addDevices: (count) => addDevices(cloud, user.username, count),
    async addDevicesOfOtherUsers(count, eachMax) {
      const made: DrillIdentity[] = [];
      while (made.length < count) {
        const { username } = await addUser(cloud, `${runId}-${made.length}@example.com`);
        const some = Math.min(eachMax, count - made.length);
        made.push(...(await addDevices(cloud, username, some)));
      }
      return made;
    },
    device(who, options = {}) {
      const endpoints = options.endpoints ?? cloud.allRegions.map(({ mqtt }) => mqtt);
      const device = createDevice({ ...who, ca, clock, ...options, endpoints });
      cleanups.push(() => device.close());
      return device;
    },
    outbox: ({ id }) => fileOutbox(join(folder, id)),
    ageConnections() {
      agedMs += stableConnectionMs;
    },
    api,
    addWebhook,
    async trackDeliveries(event, tracker, at = target) {
      const url = at.path(event, (data, response) => {
        tracker.recordArrival(data);
        response.end();
      });
      await addWebhook(event, url);
    },
    onCleanup: (act) => void cleanups.push(act),
  };
};

const issued = z.object({ token: z.string() });

/** Each stage has a user of its own: devices of an earlier drill on the same cloud do not count against its bounds. */
const addUser = async (
  { admin }: CloudProcess,
  username: string,
): Promise<{ username: string; token: string }> => {
  await admin({ addUser: { username, password: randomBytes(12).toString("hex") } });
  const { token } = issued.parse(await admin({ addToken: { username, expiresInSeconds: 0 } }));
  return { username, token };
};

const addDevices = async (
  { admin }: CloudProcess,
  username: string,
  count: number,
): Promise<DrillIdentity[]> => {
  const made: DrillIdentity[] = [];
  const prefix = randomBytes(4).toString("hex");
  while (made.length < count) {
    const some = Math.min(concurrentAddsMax, count - made.length);
    const names = Array.from({ length: some }, (_, i) => `${prefix}-${made.length + i}`);
    made.push(
      ...(await Promise.all(
        names.map(async (name) => identity.parse(await admin({ addDevice: { username, name } }))),
      )),
    );
  }
  return made;
};
