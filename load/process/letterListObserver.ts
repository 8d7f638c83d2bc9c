import * as z from "zod";
import { readPayload } from "../../bench/latency/payload.ts";
import { askApi } from "../../bench/system/api.ts";
import { placeOf } from "../lane.ts";
import type { Observer, Report } from "./observer.ts";
import type { LetterListJob } from "./observerJob.ts";

/** The path of the dead letters of an integration. */
export const deadLetterPath = ({
  product,
  integration,
}: {
  product: number;
  integration: string;
}): string => `/v1/products/${product}/integrations/${integration}/dead-letters`;

const page = z.object({
  dead_letters: z.array(z.object({ id: z.string(), event: z.object({ data: z.string() }) })),
  cursor: z.string().optional(),
});
const pagesMax = 500;

/** Reads the new dead letters of each lane, the newest first. */
export const openLetterListObserver = ({ lists }: LetterListJob, report: Report): Observer => {
  const seen = lists.map(() => new Set<string>());
  const lookAt = async (lane: number): Promise<void> => {
    const [list, known] = [lists[lane], seen[lane]];
    if (list === undefined || known === undefined) return;
    let cursor: string | undefined;
    for (let pages = 0; pages < pagesMax; pages += 1) {
      const query = cursor === undefined ? "" : `?cursor=${cursor}`;
      const read = page.parse(
        await askApi({ url: list.api, token: list.token }, "GET", `${list.path}${query}`),
      );
      const fresh = read.dead_letters.filter(({ id }) => !known.has(id));
      for (const { id, event } of fresh) {
        known.add(id);
        const { run, seq } = readPayload(event.data);
        report(lane, seq, placeOf(run).round);
      }
      cursor = read.cursor;
      // Regions and workers store letters at slightly different times: one page further is enough.
      if (cursor === undefined || (read.dead_letters.length > 0 && fresh.length === 0)) return;
    }
  };
  return {
    async look() {
      for (let lane = 0; lane < lists.length; lane += 1) await lookAt(lane);
    },
    async stop() {},
  };
};
