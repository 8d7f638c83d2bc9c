import { describe, expect, it } from "vitest";
import type { Session, Sessions } from "#shared/presence/session.ts";

const session = (device: string, more: Partial<Session> = {}): Session => ({
  device: device.repeat(24),
  region: "us-east-1",
  connected: true,
  since: 1,
  at: 1,
  id: "s1",
  version: 0,
  hello: { functions: ["led"], variables: { temperature: "double" } },
  helloAt: 2,
  revision: 1,
  ...more,
});

/**
 * Contract of every implementation of sessions. `here` and `there` are two regions of one cloud.
 */
export const sessionsContract = (
  open: () => Promise<{ here: Sessions; there: Sessions }>,
): void => {
  describe("sessions", () => {
    it("are found in their own region, and listed in every region", async () => {
      const { here, there } = await open();
      expect(await here.put(session("a"))).toBe(true);
      expect(await there.put(session("a", { region: "eu-west-1", connected: false }))).toBe(true);
      expect(await here.find(session("a").device)).toEqual(session("a"));
      expect(await here.find(session("b").device)).toBeUndefined();
      const listed = await there.list([session("a").device, session("b").device]);
      expect(listed.map(({ region }) => region).sort()).toEqual(["eu-west-1", "us-east-1"]);
      expect(await here.listHere([session("b").device, session("a").device])).toEqual([
        session("a"),
      ]);
    });

    it("are not overwritten by a writer that has not read the latest version", async () => {
      const { here } = await open();
      await here.put(session("a"));
      expect(await here.put(session("a", { connected: false }))).toBe(false);
      expect(await here.put(session("a", { connected: false, revision: 3 }))).toBe(false);
      expect(await here.find(session("a").device)).toEqual(session("a"));
      const next = session("a", { connected: false, revision: 2 });
      expect(await here.put(next)).toBe(true);
      expect(await here.find(session("a").device)).toEqual(next);
    });

    it("are listed for more devices than one request accepts", async () => {
      const { here } = await open();
      const ids = Array.from({ length: 130 }, (_, i) => i.toString(16).padStart(24, "0"));
      for (const device of ids) await here.put({ ...session("a"), device });
      expect(await here.list(ids)).toHaveLength(130);
      expect(await here.list([])).toEqual([]);
    });
  });
};
