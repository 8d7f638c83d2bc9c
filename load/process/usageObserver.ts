import * as z from "zod";
import { askApi } from "../../bench/system/api.ts";
import type { Observer, Report } from "./observer.ts";
import type { UsageJob } from "./observerJob.ts";

const usage = z.object({ total: z.object({ operations: z.int() }) });

/**
 * Reads the usage of each lane's product. It has no numbers of units: the unit that is reported for
 * each counted data operation is the next one. More operations than units repeat the last unit.
 */
export const openUsageObserver = ({ accounts }: UsageJob, report: Report): Observer => {
  const counted = accounts.map(() => 0);
  return {
    async look() {
      for (const [lane, { api, token, product }] of accounts.entries()) {
        const path = `/v1/products/${product}/usage?by=kind`;
        const { total } = usage.parse(await askApi({ url: api, token }, "GET", path));
        for (let seq = counted[lane] ?? 0; seq < total.operations; seq += 1) report(lane, seq);
        counted[lane] = Math.max(counted[lane] ?? 0, total.operations);
      }
    },
    async stop() {},
  };
};
