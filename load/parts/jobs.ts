import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { eventName } from "../../bench/system/system.ts";
import type { Ground } from "../cloud/ground.ts";
import type { DriverJob } from "../process/driverJob.ts";
import { openPublishSender } from "../process/publishSender.ts";
import { addUnsendable } from "./deadLetters.ts";
import type { Part, PartContext, StartObserver, TenantLane } from "./part.ts";

/** The highest rate of a job, and the jobs of a fleet that may run at the same time. */
const jobPerSecond = 200;
const jobsMax = 5;
/** A plan counts no more. */
const unitsMax = 10_000;

interface Webhook {
  readonly event: string;
  readonly url: string;
}

/** A kind of jobs. */
interface JobKind {
  /**
   * Adds an integration for each webhook, and publishes the events, before or afterwards. Returns
   * the integrations.
   */
  add(
    ground: Ground,
    lane: TenantLane,
    how: { readonly webhooks: readonly Webhook[]; publish(): Promise<void> },
  ): Promise<string[]>;
  /** The path of its jobs, below that of the integration, and the body of a request. */
  readonly path: string;
  body(begun: number): object;
  /** Called when the plan has all units. */
  ready?(ground: Ground, lane: TenantLane, integration: string): Promise<void>;
}

const integrations = ({ tenant }: TenantLane): string =>
  `/v1/products/${tenant.product}/integrations`;

const replays: JobKind = {
  async add(ground, { tenant }, { webhooks, publish }) {
    const ids: string[] = [];
    for (const webhook of webhooks) ids.push(await addUnsendable(ground, tenant, webhook));
    await publish();
    return ids;
  },
  path: "dead-letters/replay",
  body: () => ({}),
  async ready(ground, lane, integration) {
    const path = `${integrations(lane)}/${integration}`;
    await ground.ask(lane.tenant, "PATCH", path, { requestType: "POST" });
  },
};

/** Workers learn of a changed archive within this time. */
const archiveMs = 5_000;

const backfills: JobKind = {
  async add(ground, { tenant }, { webhooks, publish }) {
    const archive = { enabled: true, days: 1 };
    await ground.ask(tenant, "PUT", `/v1/products/${tenant.product}/archive`, archive);
    await wait(archiveMs);
    await publish();
    const ids: string[] = [];
    for (const webhook of webhooks) ids.push(await ground.addWebhook(tenant, webhook));
    return ids;
  },
  path: "backfill",
  body: (begun) => ({ from: new Date(begun).toISOString() }),
};

/** Dead letters that jobs deliver again, at the highest rate of each job. */
export const replay: Part = {
  does: `dead letters that up to ${jobsMax} jobs of a fleet deliver again`,
  units: "deliveries",
  documented: { perSecond: jobPerSecond, source: "Replaying dead letters: the maximum of a job" },
  seconds: 5,
  unitsMax,
  measured: "arrivals",
  prepare: (context, startObserver) => prepareJobs(context, startObserver, replays),
};

/** Archived events that jobs deliver, at the highest rate of each job. */
export const backfill: Part = {
  does: `archived events that up to ${jobsMax} jobs of a fleet deliver`,
  units: "deliveries",
  documented: { perSecond: jobPerSecond, source: "Archive and backfill: the maximum of a job" },
  seconds: 5,
  unitsMax,
  measured: "arrivals",
  prepare: (context, startObserver) => prepareJobs(context, startObserver, backfills),
};

const prepareJobs = async (
  { ground, lanes, log }: PartContext,
  startObserver: StartObserver,
  kind: JobKind,
) => {
  const url = await startObserver({ kind: "target", port: ground.target.port, unit: "payload" });
  const drivers: DriverJob[] = [];
  for (const [number, lane] of lanes.entries()) {
    log("making what the jobs deliver");
    drivers.push(await prepareLane(ground, lane, { kind, url, number }));
  }
  return { drivers };
};

const prepareLane = async (
  ground: Ground,
  lane: TenantLane,
  { kind, url, number }: { kind: JobKind; url: string; number: number },
): Promise<DriverJob> => {
  const { rate } = lane.lane;
  const jobs = Math.min(jobsMax, Math.ceil(rate / jobPerSecond));
  const begun = Date.now();
  const webhooks = Array.from({ length: jobs }, (_, i) => ({ event: `${eventName}-${i}`, url }));
  const publish = () => publishAll(ground, lane, { number, jobs });
  const ids = await kind.add(ground, lane, { webhooks, publish });
  await waitForPlans(ground, lane, { ids, path: kind.path, body: kind.body(begun) });
  for (const id of ids) await kind.ready?.(ground, lane, id);
  const headers = {
    authorization: `Bearer ${lane.tenant.token}`,
    "content-type": "application/json",
  };
  const perSecond = Math.min(jobPerSecond, Math.ceil(rate / jobs));
  const starts = ids.map((id) => ({
    method: "POST",
    path: `${integrations(lane)}/${id}/${kind.path}`,
    headers,
    body: JSON.stringify({ ...kind.body(begun), perSecond }),
  }));
  return { kind: "jobs", base: ground.api, starts };
};

/** Below the rate at which a cloud on one machine processes events. */
const publishesPerSecond = 500;
const publishesPerTick = 50;

/** Publishes an event of each unit: unit `seq` for job `seq % jobs`. */
const publishAll = async (
  ground: Ground,
  { lane, tenant }: TenantLane,
  { number, jobs }: { number: number; jobs: number },
): Promise<void> => {
  const devices = await ground.addDevices(tenant, publishesPerSecond / 100);
  const { mqtt, ca } = ground;
  const sender = await openPublishSender({ kind: "publish", mqtt, ca, devices, event: eventName });
  for (let seq = 0; seq < lane.count; ) {
    const sends: Promise<{ readonly result: string }>[] = [];
    for (; sends.length < publishesPerTick && seq < lane.count; seq += 1) {
      const event = `${eventName}-${seq % jobs}`;
      sends.push(
        sender.send({ lane: number, round: firstRound, seq, dueAt: 0, event, onSent: () => {} }),
      );
    }
    await wait((publishesPerTick * 1_000) / publishesPerSecond);
    const ends = await Promise.all(sends);
    if (ends.some(({ result }) => result !== "accepted")) throw new Error("an event was refused");
  }
  await sender.stop();
};

const plan = z.object({ count: z.int() });
/** Jobs have no warm-up. */
const firstRound = 0;
const planMsMax = 300_000;
const pollMs = 500;

/** Waits until the plans of the jobs together have each unit. */
const waitForPlans = async (
  ground: Ground,
  lane: TenantLane,
  { ids, path, body }: { ids: readonly string[]; path: string; body: object },
): Promise<void> => {
  const last = performance.now() + planMsMax;
  for (;;) {
    let count = 0;
    for (const id of ids) {
      const url = `${integrations(lane)}/${id}/${path}`;
      count += plan.parse(
        await ground.ask(lane.tenant, "POST", url, { ...body, plan: true }),
      ).count;
    }
    if (count >= lane.lane.count) return;
    if (performance.now() > last) {
      throw new Error(`only ${count} of ${lane.lane.count} deliveries are there in time`);
    }
    await wait(pollMs);
  }
};
