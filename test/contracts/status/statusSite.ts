import { describe, expect, it } from "vitest";
import type { SiteState, StatusSite } from "#shared/status/statusSite.ts";
import { someTime } from "../../memory/samples.ts";

const state: SiteState = {
  since: someTime,
  regions: [
    {
      region: "eu-west-1",
      readAt: someTime,
      alarms: [
        {
          name: "Godwit-A",
          text: {
            sentence: "A fails.",
            severity: "critical",
            components: ["events"],
            runbook: "a-fails",
          },
          state: "ALARM",
          since: someTime,
          isComposite: false,
          hasActions: true,
        },
      ],
    },
  ],
  records: [],
  recordsReadAt: someTime,
  unsaved: [],
  files: { "index.html": "1" },
  writtenAt: someTime,
};

/** Contract of every implementation of `StatusSite`. */
export const statusSiteContract = (
  open: () => Promise<{ site: StatusSite; read(path: string): Promise<string | undefined> }>,
): void => {
  describe("the site of the status page", () => {
    it("has no state at first, then the one that was stored last", async () => {
      const { site } = await open();
      expect(await site.readState()).toBeUndefined();
      await site.putState(state);
      await site.putState({ ...state, since: someTime + 1 });
      expect(await site.readState()).toEqual({ ...state, since: someTime + 1 });
    });

    it("replaces its files", async () => {
      const { site, read } = await open();
      const file = { path: "api/v2/status.json", type: "application/json", body: "é" };
      await site.putFile(file);
      expect(await read(file.path)).toBe("é");
      await site.putFile({ ...file, body: "2" });
      expect(await read(file.path)).toBe("2");
      expect(await read("index.html")).toBeUndefined();
    });
  });
};
