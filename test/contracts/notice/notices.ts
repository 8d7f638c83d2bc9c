import { describe, expect, it } from "vitest";
import type { IncidentLog } from "#shared/notice/incident/incidentLog.ts";
import type { FanOut, FanOuts, Notice, Notices } from "#shared/notice/outbox/notice.ts";
import type { SenderLease } from "#shared/notice/outbox/senderLease.ts";
import type { SealedKeys } from "#shared/notice/subscription/noticeKeys.ts";
import type {
  Channel,
  PendingSubscriptions,
  Subscription,
  Subscriptions,
  Verifications,
} from "#shared/notice/subscription/subscription.ts";

const now = Date.now();

export const aSubscription = (id: string, given: Partial<Subscription> = {}): Subscription => ({
  id,
  channel: { kind: "email", address: "ada@example.com" },
  components: ["events"],
  regions: [],
  api: "https://api.example.com",
  key: "us-east-1",
  confirmedAt: now,
  ...given,
});

const webhook = (host: string): Channel => ({ kind: "webhook", url: `https://${host}/hook` });

/** The contract of subscriptions and what is pending. */
export const subscriptionsContract = (
  open: () => Promise<{
    subscriptions: Subscriptions;
    pending: PendingSubscriptions;
    verifications: Verifications;
    sealedKeys: SealedKeys;
  }>,
): void => {
  describe("subscriptions", () => {
    it("are found, replaced and removed", async () => {
      const { subscriptions } = await open();
      expect(await subscriptions.find("s-1")).toBeUndefined();
      await subscriptions.put(aSubscription("s-1"));
      await subscriptions.put(aSubscription("s-1", { regions: ["eu-west-1"], product: 7 }));
      expect(await subscriptions.find("s-1")).toEqual(
        aSubscription("s-1", { regions: ["eu-west-1"], product: 7 }),
      );
      expect(await subscriptions.remove("s-1")).toBe(true);
      expect(await subscriptions.remove("s-1")).toBe(false);
      expect(await subscriptions.find("s-1")).toBeUndefined();
    });

    it("are listed in pages, also those of one product", async () => {
      const { subscriptions } = await open();
      const ids = ["p1-a", "p12-a", "p1-b", "s-a", "s-b"];
      for (const id of ids) await subscriptions.put(aSubscription(id));
      const listed: string[] = [];
      let after: string | undefined;
      do {
        const page = await subscriptions.page({ limit: 2, after });
        listed.push(...page.subscriptions.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      expect(listed).toEqual(ids.toSorted());
      const own = await subscriptions.page({ prefix: "p1-", limit: 10 });
      expect(own.subscriptions.map(({ id }) => id)).toEqual(["p1-a", "p1-b"]);
    });

    it("are counted by prefix and by host", async () => {
      const { subscriptions } = await open();
      await subscriptions.put(aSubscription("s-1"));
      await subscriptions.put(aSubscription("s-2", { channel: webhook("a.example.com") }));
      await subscriptions.put(aSubscription("s-3", { channel: webhook("b.example.com") }));
      await subscriptions.put(aSubscription("p1-1", { channel: webhook("a.example.com") }));
      expect(await subscriptions.count("s-", "a.example.com")).toEqual({ all: 3, ofHost: 1 });
      expect(await subscriptions.count("s-")).toEqual({ all: 3, ofHost: 0 });
      expect(await subscriptions.count("p1-")).toEqual({ all: 1, ofHost: 0 });
    });

    it("await a click until they expire", async () => {
      const { pending } = await open();
      const { confirmedAt: _, ...wanted } = aSubscription("s-1");
      const expiresAt = Date.now() + 3_600_000;
      await pending.add("hash", wanted, expiresAt);
      await pending.add("old", wanted, now - 5_000);
      expect(await pending.find("hash")).toEqual({ subscription: wanted, expiresAt });
      expect(await pending.find("old")).toBeUndefined();
      expect(await pending.find("other")).toBeUndefined();
      await pending.remove("hash");
      expect(await pending.find("hash")).toBeUndefined();
    });

    it("of webhooks await their verification", async () => {
      const { verifications } = await open();
      const { confirmedAt: _, ...wanted } = aSubscription("s-1", { channel: webhook("h.example") });
      await verifications.put({ subscription: wanted, failed: 0, dueAt: now });
      await verifications.put({ subscription: wanted, failed: 1, dueAt: now + 5 });
      const stored = { subscription: wanted, failed: 1, dueAt: now + 5 };
      expect(await verifications.list(10)).toEqual([stored]);
      expect(await verifications.find("s-1")).toEqual(stored);
      await verifications.remove("s-1");
      expect(await verifications.list(10)).toEqual([]);
    });

    it("have keys, which are written once", async () => {
      const { sealedKeys } = await open();
      expect(await sealedKeys.find("us-east-1")).toBeUndefined();
      expect(await sealedKeys.add("us-east-1", "one")).toBe("one");
      expect(await sealedKeys.add("us-east-1", "other")).toBe("one");
      expect(await sealedKeys.find("us-east-1")).toBe("one");
    });
  });
};

const aNotice = (update: string, subscription: string, given: Partial<Notice> = {}): Notice => ({
  incident: "i1",
  update,
  subscription,
  target: "ada@example.com",
  kind: "email",
  state: "waiting",
  attempts: 0,
  sent: 0,
  dueAt: now,
  createdAt: now,
  ...given,
});

const aFanOut = (given: Partial<FanOut> = {}): FanOut => ({
  incident: "i1",
  update: "u1",
  isComplete: false,
  isOpen: true,
  dueAt: now,
  createdAt: now,
  revision: 0,
  ...given,
});

/** The contract of notices, their fan-outs, the log and the lease. */
export const noticesContract = (
  open: () => Promise<{
    notices: Notices;
    fanOuts: FanOuts;
    log: IncidentLog;
    lease: SenderLease;
  }>,
): void => {
  describe("notices", () => {
    it("are added once, and replaced", async () => {
      const { notices } = await open();
      const first = aNotice("u1", "s-1");
      await notices.add(first);
      await notices.add({ ...first, attempts: 3 });
      expect(await notices.page({ incident: "i1" }, { limit: 5 })).toEqual({ notices: [first] });
      const delivered = aNotice("u1", "s-1", { state: "delivered", triedAt: now, error: "x" });
      await notices.put(delivered);
      expect((await notices.page({ incident: "i1" }, { limit: 5 })).notices).toEqual([delivered]);
    });

    it("are listed in pages by incident and by update", async () => {
      const { notices } = await open();
      for (const id of ["s-1", "s-2", "s-3"]) await notices.add(aNotice("u1", id));
      await notices.add(aNotice("u10", "s-1"));
      await notices.add(aNotice("u1", "s-1", { incident: "i2" }));
      const of = { incident: "i1", update: "u1" };
      const first = await notices.page(of, { limit: 2 });
      const rest = await notices.page(of, { limit: 2, after: first.next });
      const ids = [...first.notices, ...rest.notices].map(({ subscription }) => subscription);
      expect(ids).toEqual(["s-1", "s-2", "s-3"]);
      expect(rest.next).toBeUndefined();
      expect((await notices.page({ incident: "i1" }, { limit: 9 })).notices).toHaveLength(4);
    });

    it("have fan-outs, which are found by update and listed by age", async () => {
      const { fanOuts } = await open();
      const first = await fanOuts.put(aFanOut());
      const done = { ...first!, after: "s-1", isComplete: true };
      const written = { ...done, revision: 2 };
      expect(await fanOuts.put(done)).toEqual(written);
      // Another worker has written these revisions.
      expect(await fanOuts.put({ ...done, isOpen: false })).toBeUndefined();
      expect(await fanOuts.put(aFanOut())).toBeUndefined();
      await fanOuts.put(aFanOut({ update: "u2", createdAt: now - 10 }));
      expect(await fanOuts.find({ incident: "i1", update: "u1" })).toEqual(written);
      expect(await fanOuts.find({ incident: "i1", update: "u3" })).toBeUndefined();
      expect(await fanOuts.list(now)).toEqual([written]);
      expect(await fanOuts.list(now - 10)).toHaveLength(2);
    });

    it("and their incidents have a log, newest entry first", async () => {
      const { log } = await open();
      const entry = (at: number) => ({ at, by: "ada", action: "open" as const, incident: "i1" });
      for (const ms of [1, 2, 3]) await log.add(entry(now + ms));
      await log.add({ ...entry(now + 4), incident: "i2" });
      expect(await log.list("i1")).toEqual([3, 2, 1].map((ms) => entry(now + ms)));
    });

    it("are sent by one region, until it no longer renews its lease", async () => {
      const { lease } = await open();
      const [one, other] = ["us-east-1", "eu-west-1"];
      // A claim is not enough: another region may have made one at the same time.
      expect(await lease.acquire({ region: one, now, until: now + 10 })).toBe(false);
      expect(await lease.acquire({ region: one, now: now + 1, until: now + 10 })).toBe(true);
      expect(await lease.acquire({ region: other, now: now + 10, until: now + 20 })).toBe(false);
      expect(await lease.acquire({ region: one, now: now + 10, until: now + 20 })).toBe(true);
      expect(await lease.acquire({ region: other, now: now + 21, until: now + 31 })).toBe(false);
      expect(await lease.acquire({ region: other, now: now + 22, until: now + 32 })).toBe(true);
      expect(await lease.acquire({ region: one, now: now + 23, until: now + 33 })).toBe(false);
    });
  });
};
