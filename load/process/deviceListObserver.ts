import * as z from "zod";
import { askApi } from "../../bench/system/api.ts";
import type { Observer, Report } from "./observer.ts";
import type { DeviceListJob } from "./observerJob.ts";

const page = z.object({
  devices: z.array(z.object({ name: z.string().nullable(), firmware: z.string().nullable() })),
  cursor: z.string().optional(),
});
const pagesMax = 200;
const perPage = 200;

/** Lists the devices of each lane, and reports the units that they show for the first time. */
export const openDeviceListObserver = (
  { field, accounts, every }: DeviceListJob,
  report: Report,
): Observer => {
  const seen = accounts.map(() => new Set<number>());
  const reportOnce = (lane: number, seq: number): void => {
    if (seen[lane]?.has(seq) !== false) return;
    seen[lane]?.add(seq);
    report(lane, seq);
  };
  const lookAt = async (lane: number): Promise<void> => {
    const account = accounts[lane];
    if (account === undefined) return;
    let cursor: string | undefined;
    for (let pages = 0; pages < pagesMax; pages += 1) {
      const query = new URLSearchParams({ limit: String(perPage), ...(cursor && { cursor }) });
      const path = `/v1/products/${account.product}/devices?${query}`;
      const read = page.parse(await askApi({ ...account, url: account.api }, "GET", path));
      for (const one of read.devices) {
        const number = /(\d+)$/.exec(one[field] ?? "")?.[1];
        if (number === undefined) continue;
        const step = every ?? Number(number) + 1;
        for (let seq = Number(number); seq >= 0; seq -= step) reportOnce(lane, seq);
      }
      cursor = read.cursor;
      if (cursor === undefined) return;
    }
  };
  return {
    async look() {
      for (let lane = 0; lane < accounts.length; lane += 1) await lookAt(lane);
    },
    async stop() {},
  };
};
