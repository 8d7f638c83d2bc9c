import type { UpdateHello } from "#shared/release/model/observe.ts";
import type { UpdateReport } from "#shared/release/model/updateReport.ts";
import { newHash, oldHash } from "../../memory/release/samples.ts";
import type { Random } from "../random.ts";

/** What the new image does to a device. */
export const fates = ["works", "bricks", "reverts", "reverts_silently", "mute", "resets"] as const;

export type Fate = (typeof fates)[number];

/** How a device behaves besides. */
export interface Habits {
  readonly fate: Fate;
  /** It sleeps, and wakes for a minute in each interval. */
  readonly wakeMs?: number;
  /** It claims the new version and never installs it. */
  readonly lies: boolean;
  /** Its power fails once while it downloads. */
  readonly losesPower: boolean;
  /** It installs an offer that it receives again, again. */
  readonly updatesTwice: boolean;
  /** It defers once. */
  readonly defers: boolean;
  readonly slots: number;
}

type Said = { readonly hello: UpdateHello } | { readonly report: UpdateReport };

/** A device with its image, its connection and its plans. Times in milliseconds. */
export class SimulatedDevice {
  readonly id: string;
  readonly habits: Habits;
  region: string;
  isConnected = false;
  connection = 0;
  image = oldHash;
  publishedAt = -1;
  /** The image has harmed it: it does not work, or did not until it went back. */
  wasHarmed = false;
  isInstalled = false;
  private plans: { at: number; run: () => void }[] = [];
  private said: Said[] = [];
  private hasLostPower = false;
  private hasDeferred = false;
  private isDead = false;
  private isBusy = false;
  private isDownloading = false;
  /** It goes on when the cloud sends it a URL. */
  private needsUrl = false;
  private claimed: string | undefined;
  private readonly random: Random;

  constructor(id: string, region: string, habits: Habits, random: Random) {
    this.id = id;
    this.region = region;
    this.habits = habits;
    this.random = random;
  }

  /** Runs what is due, and returns what the device sends. Nothing is sent without a connection. */
  tick(now: number, isRegionUp: boolean): Said[] {
    const due = this.plans.filter(({ at }) => at <= now);
    this.plans = this.plans.filter(({ at }) => at > now);
    for (const plan of due) plan.run();
    const mustSleep = !this.isAwake(now) && !this.isBusy;
    if (this.isConnected && (mustSleep || !isRegionUp)) this.disconnect();
    if (!this.isConnected && isRegionUp && !mustSleep && !this.isDead && !this.isBooting) {
      this.connect();
    }
    const works = this.image === oldHash || this.habits.fate === "works";
    if (this.isConnected && works) this.publishedAt = now;
    if (!this.isConnected) return [];
    const said = this.said;
    this.said = [];
    return said;
  }

  /** It is about to do something. */
  get hasPlans(): boolean {
    return this.plans.length > 0;
  }

  /** The device connects to another region. The URL of its download does not work any more. */
  moveTo(region: string): void {
    this.disconnect();
    this.region = region;
    if (!this.isDownloading) return;
    this.plans = [];
    this.needsUrl = true;
  }

  /** The device has received an offer. */
  offer(release: string, now: number): void {
    const report = (state: object) =>
      this.said.push({ report: { release, ...state } as UpdateReport });
    if (this.habits.defers && !this.hasDeferred) {
      this.hasDeferred = true;
      report({ state: "deferred", until: now + 600_000 });
      return;
    }
    if (this.needsUrl) {
      this.needsUrl = false;
      this.download(release, now);
      return;
    }
    if (this.isBusy && !this.habits.updatesTwice) return;
    if (this.habits.lies) {
      report({ state: "accepted" });
      report({ state: "restarting" });
      this.claimed = "2";
      this.restartAt(now + 60_000, () => {});
      return;
    }
    this.isBusy = true;
    report({ state: "accepted" });
    this.after(now, 60_000, () => {
      if (this.habits.losesPower && !this.hasLostPower) {
        this.hasLostPower = true;
        this.isBusy = false;
        this.restartAt(now + 120_000, () => {});
        return;
      }
      this.download(release, now + 60_000);
    });
  }

  private download(release: string, now: number): void {
    const report = (state: object) =>
      this.said.push({ report: { release, ...state } as UpdateReport });
    this.isDownloading = true;
    report({ state: "downloading", offset: 50_000 });
    // The cloud refuses some downloads; the device asks again.
    if (this.random.bool(0.3)) report({ state: "unavailable", status: 503 });
    this.after(now, 60_000, () => {
      if (!this.isBusy) return;
      this.isDownloading = false;
      report({ state: "verified" });
      report({ state: "restarting" });
      this.after(now, 90_000, () => this.install(release, now + 90_000));
    });
  }

  /** The release was halted before the image was installed. */
  cancel(): void {
    if (this.isInstalled) return;
    this.isBusy = false;
    this.isDownloading = false;
    this.needsUrl = false;
    this.plans = [];
    this.isBooting = false;
  }

  /** Boots the other slot. */
  rollBack(now: number): void {
    if (this.habits.slots < 2 || this.image === oldHash) return;
    this.restartAt(now + 30_000, () => {
      this.image = oldHash;
      this.isInstalled = false;
    });
  }

  private hello(): UpdateHello {
    const crashes = this.habits.fate === "resets" && this.image === newHash;
    return {
      firmware: this.claimed ?? (this.image === newHash ? "2" : "1"),
      image: this.image,
      slots: this.habits.slots,
      other: this.image === newHash ? oldHash : newHash,
      reset: crashes ? "panic" : "power_down",
    };
  }

  private isBooting = false;

  private install(release: string, now: number): void {
    this.isInstalled = true;
    this.isBusy = false;
    const { fate } = this.habits;
    this.wasHarmed ||= fate !== "works";
    switch (fate) {
      case "works":
      case "mute":
        this.restartAt(now + 60_000, () => {
          this.image = newHash;
        });
        break;
      case "bricks":
        this.isDead = true;
        this.disconnect();
        break;
      case "resets":
        this.restartAt(now + 60_000, () => {
          this.image = newHash;
        });
        for (const minutes of [3, 5, 7, 9]) {
          this.after(
            now,
            minutes * 60_000,
            () => this.image === newHash && this.restartAt(now, () => {}),
          );
        }
        break;
      case "reverts":
      case "reverts_silently":
        this.restartAt(now + 240_000, () => {
          this.isInstalled = false;
          if (fate === "reverts") {
            this.said.push({ report: { release, state: "failed", error: "reverted" } });
          }
        });
        break;
    }
  }

  private isAwake(now: number): boolean {
    const { wakeMs } = this.habits;
    return wakeMs === undefined || now % wakeMs < 60_000;
  }

  private connect(): void {
    this.isConnected = true;
    this.connection += 1;
    this.said.unshift({ hello: this.hello() });
  }

  private disconnect(): void {
    this.isConnected = false;
  }

  private restartAt(at: number, boot: () => void): void {
    this.disconnect();
    this.isBooting = true;
    this.after(at, 0, () => {
      this.isBooting = false;
      boot();
    });
  }

  private after(now: number, ms: number, run: () => void): void {
    this.plans.push({ at: now + ms, run });
  }
}
