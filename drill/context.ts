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
import type { PageWatch } from "./pageWatch.ts";

const identitySchema = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

/** Identity of a device in a drill. */
export type DrillIdentity = z.output<typeof identitySchema>;

interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

/** What a drill runs with: a cloud and its clients. */
export interface DrillContext {
  readonly cloud: CloudProcess;
  readonly target: Target;
  readonly pages: Pick<PageWatch, "begin" | "expectName" | "beforeRecovery">;
  /** Unique to this run on the cloud; part of event names. */
  readonly runId: string;
  /** The user of this drill, with an access token. */
  readonly user: { readonly username: string; readonly token: string };
  addDevices(count: number): Promise<DrillIdentity[]>;
  /** Adds devices of other users, at most `eachMax` for each user. */
  addDevicesOfOtherUsers(count: number, eachMax: number): Promise<DrillIdentity[]>;
  /** Creates a disconnected device. It is closed at the end of the drill. */
  device(identity: DrillIdentity, options?: Partial<DeviceOptions>): Device;
  /** Creates a durable outbox. */
  outbox(identity: DrillIdentity): ReturnType<typeof fileOutbox>;
  /** Advances the devices' clock, so that current connections count as stable. */
  ageConnections(): void;
  api(method: string, path: string, body?: object, region?: CloudRegion): Promise<ApiResponse>;
  /** Adds a webhook and records its arrivals in the tracker. Default target: `target`. */
  trackDeliveries(event: string, tracker: EventTracker, at?: Target): Promise<void>;
  addWebhook(event: string, url: string): Promise<string>;
  onCleanup(act: () => unknown): void;
}

const concurrentAddsMax = 8;

/** Runs a drill in a context. Clears all faults and closes all clients afterwards. */
export const withContext = async <T>(
  cloud: CloudProcess,
  pages: DrillContext["pages"],
  run: (context: DrillContext) => Promise<T>,
): Promise<T> => {
  const cleanups: (() => unknown)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const { control } of cloud.allRegions) await control.recover();
    for (const end of cleanups.reverse()) await end();
  };
  let result: T;
  try {
    result = await run({ ...(await createContext(cloud, cleanups)), pages });
  } catch (error) {
    // The first error says why the drill failed.
    await cleanUp().catch(() => {});
    throw error;
  }
  await cleanUp();
  return result;
};

const createContext = async (
  cloud: CloudProcess,
  cleanups: (() => unknown)[],
): Promise<Omit<DrillContext, "pages">> => {
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
    if (status >= 300) throw new Error(`cannot add a webhook: ${status} ${JSON.stringify(body)}`);
    const { id } = z.object({ id: z.string() }).parse(body);
    cleanups.push(() => api("DELETE", `/v1/integrations/${id}`));
    return id;
  };
  return {
    cloud,
    target,
    runId,
    user,
    addDevices: (count) => addDevices(cloud, user.username, count),
    async addDevicesOfOtherUsers(count, eachMax) {
      const added: DrillIdentity[] = [];
      while (added.length < count) {
        const { username } = await addUser(cloud, `${runId}-${added.length}@example.com`);
        const some = Math.min(eachMax, count - added.length);
        added.push(...(await addDevices(cloud, username, some)));
      }
      return added;
    },
    device(identity, options = {}) {
      const endpoints = options.endpoints ?? cloud.allRegions.map(({ mqtt }) => mqtt);
      const device = createDevice({ ...identity, ca, clock, ...options, endpoints });
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

/**
 * Each context has its own user, so that devices of earlier drills do not count towards its limits.
 */
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
  const added: DrillIdentity[] = [];
  const prefix = randomBytes(4).toString("hex");
  while (added.length < count) {
    const some = Math.min(concurrentAddsMax, count - added.length);
    const names = Array.from({ length: some }, (_, i) => `${prefix}-${added.length + i}`);
    added.push(
      ...(await Promise.all(
        names.map(async (name) =>
          identitySchema.parse(await admin({ addDevice: { username, name } })),
        ),
      )),
    );
  }
  return added;
};
