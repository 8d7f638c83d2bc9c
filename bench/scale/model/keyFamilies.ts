import { dynamoConcurrencySlots } from "#shared/aws/account/concurrencySlots.ts";
import { dynamoAuditLog } from "#shared/aws/audit/auditLog.ts";
import type { Tables } from "#shared/aws/call/tables.ts";
import { dynamoAttempts } from "#shared/aws/delivery/attempts.ts";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoLedgerRows } from "#shared/aws/delivery/ledgerRows.ts";
import { countRoutingChange } from "#shared/aws/delivery/routingChanges.ts";
import { dynamoTraffic } from "#shared/aws/delivery/traffic.ts";
import { dynamoWaitingDeliveries } from "#shared/aws/delivery/waitingDeliveries.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoRecentEvents } from "#shared/aws/event/recentEvents.ts";
import { dynamoSeenEvents } from "#shared/aws/event/seenEvents.ts";
import { dynamoPresenceHistory } from "#shared/aws/presence/presenceHistory.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoProgressRows } from "#shared/aws/release/progressRows.ts";
import { waitingShards } from "#shared/delivery/limits.ts";
import { zeroCounts } from "#shared/ledger/countDeliveries.ts";
import { attemptIntegrationsMax, attemptsSampledMax } from "#shared/ledger/limits.ts";
import { dayMs, minuteMs } from "#shared/platform/durations.ts";
import { targetHealthWriteMs } from "#shared/resilience/limits.ts";
import { globalTableNames as names } from "../../../infra/constructs/globalTableNames.ts";
import type { KeyFamily, Recorder } from "./keyFamily.ts";
import type { ModelFleet, Population } from "./population.ts";
import {
  attemptsOf,
  deadLetterOf,
  deliveryOf,
  deviceIdOf,
  eventOf,
  integrationOf,
  modelTime,
  sessionOf,
} from "./samples.ts";
import { daySeconds, listeningRenewalSeconds, ratesOf, traffic } from "./traffic.ts";
import { writeUsage } from "./writeUsage.ts";

const region = "us-east-1";
const now = (): number => modelTime;
const place = (table: string) => ({ table, region });
const ownRegion = { region, regions: [region] };

/** Each change of a connection, and a hello. */
const sessionWritesPerConnect = 3;
const statusesPerConnect = 2;
/** Aggregations of a minute that change its counts: its entries arrive over two runs. */
const ledgerRunsPerMinute = 2;
/** The part of the integrations whose targets fail. */
const failing = 0.01;
/** Writes of the progress of a device in an update. */
const progressWrites = 8;
/** CreateThing and the certificate's registration accept about so many devices in a second. */
const provisionsPerSecond = 10;

const perDevice =
  (perDay: number, write: (tables: Tables, device: string) => Promise<unknown>) =>
  async ({ devices }: Population, { tables, weigh }: Recorder): Promise<void> => {
    await weigh({ perSecond: perDay / daySeconds, copies: devices }, () =>
      write(tables, deviceIdOf("device")),
    );
  };

const perFleet =
  (
    rateOf: (fleet: ModelFleet, population: Population) => number,
    write: (tables: Tables, fleet: string) => Promise<unknown>,
  ) =>
  async (population: Population, { tables, weigh }: Recorder): Promise<void> => {
    for (const fleet of population.fleets) {
      const perSecond = rateOf(fleet, population);
      if (perSecond > 0) {
        await weigh({ perSecond, copies: fleet.alike }, () => write(tables, fleet.name));
      }
    }
  };

const eventsOf = ({ devices }: { readonly devices: number }): number =>
  devices / traffic.eventIntervalSeconds;

/** At most once in an invocation of `record`, and no more often than there are events. */
const perRecordRun = (fleet: { readonly devices: number }, population: Population): number =>
  Math.min(eventsOf(fleet), ratesOf(population).recordRuns);

/**
 * A run of `record` stores the attempts of at most `attemptIntegrationsMax` integrations, in turn:
 * all have the same part of the runs, unless they have fewer events.
 */
const perStoredSample = (fleet: ModelFleet, population: Population): number => {
  const { recordRuns } = ratesOf(population);
  let left = attemptIntegrationsMax * recordRuns;
  let others = population.number;
  // Fleets with fewer events than their part leave more to the others.
  for (const one of population.fleets.toReversed()) {
    const rate = perRecordRun(one, population);
    const part = left / others;
    if (rate > part) return Math.min(perRecordRun(fleet, population), part);
    left -= rate * one.alike;
    others -= one.alike;
  }
  return perRecordRun(fleet, population);
};

/** The rows that grow with devices, fleets or events, of all tables. */
export const keyFamilies: readonly KeyFamily[] = [
  {
    what: "session of a device",
    write: perDevice(traffic.connectsPerDay * sessionWritesPerConnect, (tables, device) =>
      dynamoSessions(tables, names.sessions, ownRegion).put(sessionOf(device)),
    ),
  },
  {
    what: "changes of presence of a device",
    write: perDevice(traffic.connectsPerDay * statusesPerConnect, async (tables, device) => {
      const history = dynamoPresenceHistory(tables, names.sessions, now);
      const change = { device, fleet: "p1", region, at: modelTime, online: true, index: 0 };
      for (const write of [1, 2, 3]) await history.add({ ...change, write });
    }),
  },
  {
    what: "marks of events with an id",
    async write(population, { tables, weigh }) {
      const events = ratesOf(population).events * traffic.withId;
      const seen = dynamoSeenEvents(tables, "SeenEvents");
      const { id } = eventOf("p1", 1);
      await weigh({ perSecond: 1, copies: events }, async () => {
        await seen.claim(id, id, modelTime);
        await seen.confirm(id, id, modelTime);
      });
    },
  },
  {
    what: "recent events of a fleet with listeners",
    async write({ fleets }, { tables, weigh }) {
      const recent = dynamoRecentEvents(tables, "RecentEvents", now);
      for (const fleet of fleets.filter((_, rank) => rank % traffic.listenedEvery === 0)) {
        await weigh({ perSecond: eventsOf(fleet), copies: fleet.alike }, () =>
          recent.put([{ fleet: fleet.name, received: eventOf(fleet.name, 1) }]),
        );
      }
    },
  },
  {
    what: "counters of changes of integrations and listeners",
    async write({ fleets }, { tables, weigh }) {
      const perSecond =
        1 / traffic.listenedEvery / listeningRenewalSeconds +
        (failing * 1_000) / targetHealthWriteMs;
      for (const { name, alike } of fleets) {
        await weigh({ perSecond: perSecond * alike }, () =>
          countRoutingChange(tables, names.integrations, name),
        );
      }
    },
  },
  {
    what: "deliveries of an integration by ten minutes",
    write: perFleet(
      (fleet) => Math.min(eventsOf(fleet), ledgerRunsPerMinute / 60),
      async (tables, fleet) => {
        const counts = { ...zeroCounts, missingIds: [], late: 3, settledAt: modelTime };
        const rows = dynamoLedgerRows(tables, place(names.ledger), now);
        await rows.put(modelTime, new Map([[integrationOf(fleet), counts]]));
      },
    ),
  },
  {
    what: "sampled attempts of an integration",
    write: perFleet(perStoredSample, (tables, fleet) =>
      dynamoAttempts(tables, place(names.ledger), now).add(
        attemptsOf(fleet, attemptsSampledMax),
        modelTime,
      ),
    ),
  },
  {
    what: "events of a fleet by the hour",
    write: perFleet(perRecordRun, (tables, fleet) =>
      dynamoTraffic(tables, place(names.ledger), now).add([
        { fleet, metric: "events", at: modelTime, counts: [1_000] },
      ]),
    ),
  },
  { what: "usage of devices by the minute", write: writeUsage("device", "minute") },
  { what: "usage of devices by the hour", write: writeUsage("device", "hour") },
  { what: "usage of devices by the day", write: writeUsage("device", "day") },
  { what: "usage of fleets by the minute", write: writeUsage("fleet", "minute") },
  {
    what: "concurrency slots of a user (calls)",
    write: perFleet(
      ({ devices }) => ratesOf({ devices }).calls,
      async (tables, fleet) => {
        const slots = dynamoConcurrencySlots(tables, "Places");
        const taken = { kind: "calls", user: fleet, number: 1, id: "a", until: modelTime } as const;
        await slots.acquire("calls", fleet, { max: 16, now: modelTime, until: modelTime });
        await slots.release(taken);
      },
    ),
  },
  {
    what: "audit log of a fleet",
    write: perFleet(
      () => traffic.changesPerDay / daySeconds,
      async (tables, fleet) => {
        const intent = {
          id: integrationOf(fleet),
          fleet,
          at: modelTime,
          actor: { kind: "user", name: "ada@example.com" },
          action: "integration.update",
          subject: { kind: "integration", id: integrationOf(fleet) },
        } as const;
        const log = dynamoAuditLog(tables, names.audit);
        await log.begin(intent);
        await log.end(intent, { outcome: "done", before: { event: "a" }, after: { event: "b" } });
      },
    ),
  },
  {
    what: "dead letters of an integration",
    during: "the target of the largest fleet fails for more than three days",
    async write({ fleets: [largest] }, { tables, weigh }) {
      if (largest === undefined) return;
      const letters = dynamoDeadLetters(tables, names.deadLetters, now);
      await weigh({ perSecond: eventsOf(largest) }, () =>
        letters.put(deadLetterOf(largest.name, 1)),
      );
    },
  },
  {
    what: "waiting deliveries of a shard",
    during: "the target of the largest fleet fails",
    async write({ fleets: [largest] }, { tables, weigh }) {
      if (largest === undefined) return;
      const waiting = dynamoWaitingDeliveries(tables, "Waiting");
      const samples = 64 * waitingShards;
      for (let n = 0; n < samples; n += 1) {
        await weigh({ perSecond: eventsOf(largest) / samples }, () =>
          waiting.keep(deliveryOf(largest.name, n)),
        );
      }
    },
  },
  {
    what: "progress of devices in a release",
    during: `the largest fleet is updated within ${traffic.updateHours} hours`,
    async write({ fleets: [largest] }, { tables, weigh }) {
      if (largest === undefined) return;
      const rows = dynamoProgressRows(tables, names.firmware, region);
      const updates = largest.devices / traffic.updateHours / 3_600;
      const samples = 16;
      for (let n = 0; n < samples; n += 1) {
        await weigh({ perSecond: (updates * progressWrites) / samples }, () =>
          rows.put({
            release: "release-1",
            device: deviceIdOf(`${n}`),
            region,
            revision: 5,
            reserved: { at: modelTime, connection: integrationOf("a") },
            offers: [modelTime],
            offered: { at: modelTime, connection: integrationOf("a") },
            accepted: { at: modelTime },
            downloading: { at: modelTime, offset: 1_000 },
            verified: { at: modelTime },
            former: { at: modelTime, patienceMs: minuteMs, intervalMs: dayMs, publishes: true },
          }),
        );
      }
    },
  },
  {
    what: "index of devices by fleet and name",
    during: "the largest fleet is provisioned",
    async write({ fleets: [largest] }, { tables, weigh }) {
      if (largest === undefined) return;
      const devices = dynamoDevices(tables, names.devices);
      const createdAt = new Date(modelTime).toISOString();
      const samples = 16;
      for (let n = 0; n < samples; n += 1) {
        const id = deviceIdOf(`${n}`);
        await weigh({ perSecond: provisionsPerSecond / samples }, () =>
          devices.add({ id, fleet: largest.name, name: `meter-${n}`, product: 1, createdAt }),
        );
      }
    },
  },
];
