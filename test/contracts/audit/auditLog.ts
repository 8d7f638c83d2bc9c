import { describe, expect, it } from "vitest";
import type { AuditEntry, AuditIntent } from "#shared/audit/auditEntry.ts";
import type { AuditLog, AuditQuery } from "#shared/audit/auditLog.ts";

const start = 1_735_787_045_678;

const intent = (given: Partial<AuditIntent> = {}): AuditIntent => ({
  id: "a1",
  fleet: "f1",
  at: start,
  actor: { kind: "user", name: "ada@example.com", token: "9f86d081884c" },
  action: "integration.update",
  subject: { kind: "integration", id: "i1" },
  fields: ["url"],
  origin: { address: "192.0.2.1", userAgent: "curl/8" },
  requestId: "r1",
  ...given,
});

const all: AuditQuery = {
  fleet: "f1",
  since: 0,
  until: start * 2,
  limit: 10,
  matches: () => true,
};

/** Contract of every implementation of `AuditLog`. */
export const auditLogContract = (open: () => Promise<AuditLog>): void => {
  describe("an audit log", () => {
    it("lists an entry without an outcome as unknown, and with it as it was stored", async () => {
      const log = await open();
      expect(await log.begin(intent())).toBe(true);
      expect(await log.list(all)).toEqual({ entries: [{ ...intent(), outcome: "unknown" }] });
      const [before, after] = [{ url: "https://a.example" }, { url: "https://b.example" }];
      await log.end(intent(), { outcome: "done", before, after });
      const [entry] = (await log.list(all)).entries;
      expect(entry).toEqual({ ...intent(), outcome: "done", before, after });
    });

    it("keeps the first intent and the first outcome", async () => {
      const log = await open();
      await log.begin(intent());
      await log.end(intent(), { outcome: "failed", failure: "conflict" });
      expect(await log.begin(intent({ action: "integration.remove" }))).toBe(false);
      await log.end(intent(), { outcome: "done" });
      expect((await log.list(all)).entries).toMatchObject([
        { action: "integration.update", outcome: "failed", failure: "conflict" },
      ]);
    });

    it("lists the subject that was created", async () => {
      const log = await open();
      await log.begin(intent({ subject: { kind: "integration" } }));
      const subject = { kind: "integration", id: "new", name: "temp" };
      await log.end(intent(), { outcome: "done", subject });
      expect((await log.list(all)).entries).toMatchObject([{ subject }]);
    });

    it("lists only the fleet, in the time span, newest first", async () => {
      const log = await open();
      for (const at of [1, 2, 3, 4]) await log.begin(intent({ at: start + at, id: `n${at}` }));
      await log.begin(intent({ fleet: "f2" }));
      await log.begin(intent({ fleet: "f1#" }));
      const ids = async (given: Partial<AuditQuery>) =>
        (await log.list({ ...all, ...given })).entries.map(({ id }) => id);
      expect(await ids({})).toEqual(["n4", "n3", "n2", "n1"]);
      expect(await ids({ since: start + 2, until: start + 3 })).toEqual(["n3", "n2"]);
      expect(await ids({ since: start + 3, until: start + 2 })).toEqual([]);
      expect(await ids({ fleet: "f3" })).toEqual([]);
    });

    it.each([1, 2, 3, 7])("pages by %i without a gap or a repeat, with filters", async (limit) => {
      const log = await open();
      const wanted: string[] = [];
      for (let n = 0; n < 20; n += 1) {
        const action = n % 3 === 0 ? "device.update" : "integration.update";
        const one = intent({
          at: start + Math.floor(n / 2),
          id: `n${String(n).padStart(2)}`,
          action,
        });
        await log.begin(one);
        if (n % 4 !== 0) await log.end(one, { outcome: "done" });
        if (n % 3 === 0) wanted.unshift(one.id);
      }
      const listed: AuditEntry[] = [];
      let after: string | undefined;
      do {
        const matches = ({ action }: AuditEntry) => action === "device.update";
        const page = await log.list({ ...all, limit, after, matches });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        listed.push(...page.entries);
        after = page.next;
      } while (after !== undefined);
      expect(listed.map(({ id }) => id)).toEqual(wanted);
      for (const { id, outcome } of listed) {
        expect(outcome).toBe(Number(id.slice(1)) % 4 === 0 ? "unknown" : "done");
      }
    });

    it("begins again with a cursor that is outside of the time span", async () => {
      const log = await open();
      await log.begin(intent());
      expect((await log.list({ ...all, after: "0" })).entries).toEqual([]);
      expect((await log.list({ ...all, after: "999999999999999#z" })).entries).toHaveLength(1);
    });
  });
};
