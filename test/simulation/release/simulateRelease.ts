import type { Device } from "#shared/device/device.ts";
import { dayMs, hourMs, minuteMs } from "#shared/platform/durations.ts";
import type { HeartbeatProfile } from "#shared/presence/recovery/heartbeatProfile.ts";
import type { Session } from "#shared/presence/session.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { connectionOf } from "#shared/release/connection.ts";
import { formerOf } from "#shared/release/controller/assessDevices.ts";
import { type Census, readCensus } from "#shared/release/controller/census.ts";
import type { ControllerDeps } from "#shared/release/controller/deps.ts";
import { runReleases } from "#shared/release/controller/runReleases.ts";
import { decideRelease } from "#shared/release/decideRelease.ts";
import { countDevices } from "#shared/release/model/conservation.ts";
import { deviceStates } from "#shared/release/model/deviceStatus.ts";
import { automatic } from "#shared/release/model/fact.ts";
import type { Release } from "#shared/release/model/release.ts";
import { foldFacts, isEnded, type Phase } from "#shared/release/model/releaseStatus.ts";
import { completeOffer, onHello, reportProgress } from "#shared/release/progress.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { aRelease, newHash, product } from "../../memory/release/samples.ts";
import { fleet } from "../../memory/samples.ts";
import { createRandom } from "../random.ts";
import { Crashed, replicatedStores } from "./replicated.ts";
import { type Habits, SimulatedDevice } from "./simulatedDevice.ts";

/** A simulated release. Times in minutes from its beginning. */
export interface ReleasePlan {
  readonly seed: number;
  readonly regions: readonly string[];
  readonly devices: readonly Habits[];
  /** The regions of the devices, in turn. By default at random. */
  readonly places?: readonly string[];
  readonly release: Partial<Release>;
  /** A region that is lost, from a minute on, until another one, or to the end. */
  readonly loss?: { readonly region: string; readonly from: number; readonly to: number };
  /** All devices lose their connection for these minutes: the cause is not the update. */
  readonly outage?: { readonly from: number; readonly to: number };
  /** The minutes in which devices would refuse the image. */
  readonly refusal?: { readonly from: number; readonly to: number };
  /** The probability that a worker ends after a write. */
  readonly crashes: number;
  /** Minutes after which a person halts the release, and resumes it. */
  readonly halt?: { readonly at: number; readonly resumeAt?: number };
  /** A person orders the rollback of the completed release. */
  readonly rollsBack?: boolean;
  readonly minutesMax: number;
}

export interface SimulationResult {
  readonly violations: readonly string[];
  /** Devices that the image has harmed, for however long. */
  readonly harmed: number;
  /** Devices that run the new image in the end. */
  readonly updated: number;
  /** Devices that do not work in the end. */
  readonly broken: number;
  readonly phase: Phase;
  /** Each offer that a device has received: the device and the region. */
  readonly offers: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly minutes: number;
}

const start = 1_767_225_600_000;
const tickMs = 30_000;

/** Runs a release until it has ended, with all controllers, devices and workers. */
export const simulateRelease = async (plan: ReleasePlan): Promise<SimulationResult> =>
  new Simulation(plan).run();

interface Message {
  readonly device: SimulatedDevice;
  readonly connection: string;
  readonly at: number;
  readonly said: ReturnType<SimulatedDevice["tick"]>[number];
}

class Simulation {
  private now = start;
  private readonly random;
  private readonly release: Release;
  private readonly devices: Map<string, SimulatedDevice>;
  private readonly sessions = new Map<string, Session>();
  private readonly stores;
  private readonly deps: Map<string, ControllerDeps>;
  private readonly queues = new Map<string, Message[]>();
  private readonly violations: string[] = [];
  private readonly offers: string[] = [];
  /** The regions that have paged the operator. */
  private readonly pages = new Set<string>();
  private readonly plan: ReleasePlan;
  /** Regions whose view of a halt has no resume: they must not offer anything. */
  private halts: { id: string; at: number }[] = [];

  constructor(plan: ReleasePlan) {
    this.plan = plan;
    this.random = createRandom(plan.seed);
    this.release = aRelease({
      id: `release-${plan.seed}`,
      createdAt: start,
      region: plan.regions[0]!,
      ...plan.release,
    });
    this.devices = new Map(
      plan.devices.map((habits, i) => {
        const id = (i + 1).toString(16).padStart(24, "0");
        const region = this.random.pick(plan.regions);
        const place = plan.places?.[i % plan.places.length] ?? region;
        return [id, new SimulatedDevice(id, place, habits, this.random)];
      }),
    );
    this.stores = replicatedStores(plan.regions, {
      now: () => this.now,
      lagMs: () => this.random.int(100, 2_000),
      crashes: () => this.random.bool(plan.crashes),
    });
    this.deps = new Map(plan.regions.map((region) => [region, this.depsOf(region)]));
  }

  async run(): Promise<SimulationResult> {
    const { minutesMax } = this.plan;
    await this.tickDevices();
    await this.stores.of(this.release.region).releases.add(this.release);
    let census: Census | undefined;
    for (let minute = 0; minute <= minutesMax; minute += 1) {
      if (this.isAsleep(minute)) {
        this.now += minuteMs;
        continue;
      }
      for (let tick = 0; tick < minuteMs / tickMs; tick += 1) {
        this.stores.deliver();
        await this.tickDevices();
        await this.handleMessages();
        this.now += tickMs;
      }
      await this.decide(minute);
      for (const region of this.plan.regions) {
        if (this.isUp(region)) census = await this.control(region);
      }
      if (this.violations.length > 0) break;
      if (await this.hasOrderedRollback(census)) continue;
      if (census !== undefined && isEnded(census.status) && this.isQuiet(census)) break;
      if (this.isStill(census)) break;
    }
    await this.checkPages();
    const counts: Record<string, number> = {};
    for (const { status } of census?.devices.values() ?? []) {
      const key = status.state === "failed" ? `failed ${status.why}` : status.state;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    const all = [...this.devices.values()];
    return {
      violations: this.violations,
      harmed: all.filter((one) => one.wasHarmed).length,
      updated: all.filter((one) => one.image === newHash).length,
      broken: all.filter((one) => one.image === newHash && one.habits.fate !== "works").length,
      phase: census?.status.phase ?? "enrolling",
      offers: this.offers,
      counts,
      minutes: (this.now - start) / minuteMs,
    };
  }

  private isQuiet({ devices }: Census): boolean {
    return ![...devices.values()].some(({ status }) => status.state === "downloading");
  }

  /** Nothing happens in this minute: no device has a plan, and those that sleep do not wake. */
  private isAsleep(minute: number): boolean {
    const { halt, loss, outage } = this.plan;
    const changes = [halt?.at, halt?.resumeAt, loss?.from, outage?.from, outage?.to];
    const isSoon = changes.some((at) => at !== undefined && at >= minute && at < minute + 40);
    const isIdle = this.now > (this.still?.at ?? start) + 40 * minuteMs;
    const isBusy = [...this.devices.values()].some((one) => one.hasPlans);
    return isIdle && !isSoon && !isBusy && minute % 10 !== 0 && minute % 60 > 1;
  }

  /** Nothing has changed for hours, in which every device was awake. */
  private isStill(census: Census | undefined): boolean {
    const states = [...(census?.devices.values() ?? [])].map(({ status }) => status.state).join();
    const before = this.still;
    if (before?.states !== `${states} ${census?.status.phase}`) {
      this.still = { states: `${states} ${census?.status.phase}`, at: this.now };
      return false;
    }
    return this.now > before.at + 30 * hourMs;
  }

  private still: { states: string; at: number } | undefined;

  private isUp(region: string): boolean {
    const { loss } = this.plan;
    const minute = (this.now - start) / minuteMs;
    const isLost = loss?.region === region && minute >= loss.from && minute < loss.to;
    if (isLost) this.stores.lost.add(region);
    else this.stores.lost.delete(region);
    return !isLost;
  }

  private get isOut(): boolean {
    const { outage } = this.plan;
    const minute = (this.now - start) / minuteMs;
    return outage !== undefined && minute >= outage.from && minute < outage.to;
  }

  private async tickDevices(): Promise<void> {
    const { regions } = this.plan;
    const { isOut } = this;
    for (const device of this.devices.values()) {
      if (!this.isUp(device.region)) {
        const others = regions.filter((one) => this.isUp(one));
        if (others[0] !== undefined && this.random.bool(0.5)) device.moveTo(others[0]);
      }
      const wasConnected = device.isConnected;
      const before = device.connection;
      const region = device.region;
      const messages = device.tick(this.now, this.isUp(region) && !isOut);
      if (device.isConnected !== wasConnected || device.connection !== before) {
        this.writeSession(device);
      }
      const connection = this.connection(device);
      const queue = this.queues.get(region) ?? [];
      this.queues.set(region, queue);
      for (const said of messages) {
        if ("hello" in said) this.writeSession(device, said.hello);
        queue.push({ device, connection, at: this.now, said });
        // Queues deliver some messages twice.
        if (this.random.bool(0.05)) queue.push({ device, connection, at: this.now, said });
      }
    }
  }

  private connection({ id, region }: SimulatedDevice): string {
    const session = this.sessions.get(`${id} ${region}`);
    return session === undefined ? "" : connectionOf(session);
  }

  private writeSession(device: SimulatedDevice, hello?: object): void {
    // The others have not seen it leave, if their region is lost.
    for (const region of this.plan.regions) {
      const key = `${device.id} ${region}`;
      const before = this.sessions.get(key);
      const isHere = region === device.region;
      if (!isHere && (before === undefined || !this.isUp(region))) continue;
      const connected = isHere && device.isConnected;
      const said = isHere && hello !== undefined;
      this.sessions.set(key, {
        ...before,
        device: device.id,
        region,
        connected,
        since: before?.connected === connected ? before.since : this.now,
        at: this.now,
        revision: (before?.revision ?? 0) + 1,
        ...(isHere && { id: `c${device.connection}`, version: device.connection }),
        ...(connected && before?.connected !== true && { handshakeAt: this.now }),
        ...(said && {
          hello: {
            functions: [],
            variables: {},
            ...hello,
            wake: device.habits.wakeMs && device.habits.wakeMs / 1_000,
          },
          helloAt: this.now,
        }),
      } as Session);
    }
  }

  private async handleMessages(): Promise<void> {
    for (const [region, queue] of this.queues) {
      if (!this.isUp(region)) continue;
      const due = queue.splice(0).toSorted(() => this.random.next() - 0.5);
      for (const message of due) {
        try {
          await this.handle(message, region);
        } catch (error) {
          if (!(error instanceof Crashed)) throw error;
          queue.push(message);
        }
      }
    }
  }

  private async handle({ device, connection, at, said }: Message, region: string): Promise<void> {
    const deps = this.deps.get(region)!;
    const known = { id: device.id, product };
    if ("report" in said) {
      const { action } = (await reportProgress(known, said.report, at, deps)) ?? {};
      if (action?.kind === "cancel") device.cancel();
      return;
    }
    const action = await onHello(known, { hello: said.hello, connection, at }, deps);
    if (action.kind === "offer") {
      const result = await deps.link.sendOffer(device.id, action.release);
      await completeOffer(known, action.release, { result, connection }, deps);
    } else if (action.kind === "rollback") await deps.link.sendRollback(device.id, action.release);
    else if (action.kind === "cancel") await deps.link.sendCancel(device.id, action.release);
  }

  private async control(region: string): Promise<Census> {
    const deps = this.deps.get(region)!;
    try {
      await runReleases(this.now + minuteMs, deps);
    } catch (error) {
      if (!(error instanceof Crashed)) throw error;
    }
    const census = await readCensus(this.release, deps);
    this.checkConservation(census, region);
    return census;
  }

  /** Targeted = current + held + …, by id, in total and for each wave. */
  private checkConservation({ release, status, devices }: Census, region: string): void {
    if (status.enrolled === undefined) return;
    const counted = [...devices].map(([device, one]) => ({
      device,
      wave: one.enrolment.wave,
      state: one.status.state,
    }));
    const options = { waves: release.waves.length, enrolled: status.enrolled.targeted };
    const { total, waves, missing } = countDevices(counted, options);
    for (const counts of [total, ...waves]) {
      const sum = deviceStates.reduce((all, state) => all + counts[state], 0);
      if (sum !== counts.targeted) this.violations.push(`${region}: the states do not add up`);
    }
    const isWhole = [...this.devices.keys()].every((id) => devices.has(id));
    const isReplicated = this.plan.regions.length === 1 || this.now > start + 5 * minuteMs;
    if (isReplicated && this.plan.loss === undefined && (missing > 0 || !isWhole)) {
      this.violations.push(`${region}: ${missing} devices are missing`);
    }
  }

  /** A region whose controller has halted the release has paged, also if it crashed meanwhile. */
  private async checkPages(): Promise<void> {
    const facts = await this.stores.of(this.release.region).facts.list(this.release.id);
    for (const fact of facts) {
      if (fact.kind !== "halted" || fact.by !== automatic || this.pages.has(fact.region)) continue;
      this.violations.push(`${fact.region} has halted the release without a page`);
    }
  }

  /** A person halts the release in any region, and resumes it. */
  private async decide(minute: number): Promise<void> {
    const { halt } = this.plan;
    const region = this.plan.regions.find((one) => this.isUp(one));
    if (halt === undefined || region === undefined) return;
    const { facts } = this.stores.of(region);
    const place = { release: this.release.id, region, at: this.now, by: "ada" };
    try {
      if (minute === halt.at) {
        this.halts.push({ id: "by-ada", at: this.now });
        await facts.add({ ...place, kind: "halted", halt: "by-ada" });
      }
      if (minute === halt.resumeAt) {
        this.halts = [];
        for (const one of foldFacts(await facts.list(this.release.id)).halts) {
          await facts.add({ ...place, kind: "resumed", halt: one.halt });
        }
      }
    } catch (error) {
      if (!(error instanceof Crashed)) throw error;
    }
  }

  /** A person orders the rollback of a release that is complete. */
  private async hasOrderedRollback(census: Census | undefined): Promise<boolean> {
    if (this.plan.rollsBack !== true || census?.status.phase !== "completed") return false;
    const { facts, releases } = this.stores.of(this.release.region);
    try {
      await decideRelease(
        this.release,
        "rollback",
        { by: "ada" },
        {
          ...{ facts, releases, region: this.release.region, now: () => this.now },
        },
      );
    } catch (error) {
      if (!(error instanceof Crashed)) throw error;
    }
    return true;
  }

  private depsOf(region: string): ControllerDeps {
    const stores = this.stores.of(region);
    const rows = [...this.devices.keys()].map(
      (id): Device => ({ id, fleet, product, createdAt: "2026-01-01T00:00:00.000Z" }),
    );
    return {
      ...stores,
      former: async (id, { returnMs }) =>
        formerOf(this.profileOf(id), this.devices.get(id)?.habits.wakeMs ?? 0, {
          returnMs,
          at: this.now,
        }),
      active: createActiveReleases({ releases: stores.releases, now: () => this.now }),
      devices: memoryDevices(rows),
      sessions: {
        list: async (ids) =>
          ids.flatMap((id) =>
            this.plan.regions.flatMap((where) => this.sessions.get(`${id} ${where}`) ?? []),
          ),
      },
      quarantined: async () => new Set(),
      released: async () => [],
      evidence: {
        profiles: async (ids) => new Map(ids.map((id) => [id, this.profileOf(id)])),
        calls: async () => ({ ok: 0, failed: 0 }),
        hasWorseVitals: async () => undefined,
      },
      link: {
        sendOffer: (id, release) => this.send(id, region, release),
        sendRollback: (id) => this.toDevice(id, region, (one) => one.rollBack(this.now)),
        sendCancel: (id) => this.toDevice(id, region, (one) => one.cancel()),
      },
      notices: {
        page: () => void this.pages.add(region),
        halted: async () => {},
      },
      releaseFormer: async () => "former",
      imageRefusal: async () => (this.isRefused(0) ? "it has expired" : undefined),
      copyImage: async () => {},
      regions: this.plan.regions,
      responds: async (other) => this.isUp(other) && !this.isOut,
      region,
      now: () => this.now,
      onError: (_, error) => {
        if (!(error instanceof Crashed)) throw error;
      },
    };
  }

  /** Whether devices have refused the image for these minutes. */
  private isRefused(minutes: number): boolean {
    const { refusal } = this.plan;
    const minute = (this.now - start) / minuteMs;
    return refusal !== undefined && minute >= refusal.from + minutes && minute < refusal.to;
  }

  private async send(id: string, region: string, release: Release) {
    if (this.isRefused(2)) this.violations.push(`${region} has offered a refused image`);
    const status = foldFacts(await this.stores.of(region).facts.list(release.id));
    if (status.phase !== "running") {
      this.violations.push(`${region} has offered a release that is ${status.phase}`);
    }
    if (this.halts.some(({ at }) => this.now > at + 2 * minuteMs)) {
      this.violations.push(`${region} has offered a release that a person has halted`);
    }
    return this.toDevice(id, region, (device) => {
      this.offers.push(`${id} ${region}`);
      device.offer(release.id, this.now);
    });
  }

  private async toDevice(id: string, region: string, run: (device: SimulatedDevice) => void) {
    const device = this.devices.get(id);
    if (device === undefined || !device.isConnected || device.region !== region) {
      return "offline" as const;
    }
    run(device);
    // A message may arrive without a confirmation.
    return this.random.bool(0.05) ? ("unconfirmed" as const) : ("confirmed" as const);
  }

  private profileOf(id: string): HeartbeatProfile {
    const { publishedAt = start, habits } = this.devices.get(id) ?? {};
    const last = Math.max(publishedAt, start - hourMs);
    return {
      device: id,
      first: start - 2 * dayMs,
      last,
      period: start - 2 * dayMs,
      longest: habits?.wakeMs ?? 2 * minuteMs,
      before: 0,
      ...(habits?.wakeMs !== undefined && { wake: habits.wakeMs }),
    };
  }
}
