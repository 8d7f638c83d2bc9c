import * as z from "zod";
import { readPayload } from "../../bench/latency/payload.ts";
import type { Elsewhere } from "../books/books.ts";
import type { Ground } from "../cloud/ground.ts";
import { placeOf } from "../lane.ts";
import type { TenantLane } from "./part.ts";

const letters = z.object({
  dead_letters: z.array(z.object({ event: z.object({ data: z.string() }) })),
  next: z.string().nullable(),
});
const ledger = z.object({ waiting: z.int() });
const pagesMax = 1_000;

/** Finds the dead letters of a run and the waiting deliveries of an integration of each lane. */
export const findElsewhere = (
  ground: Ground,
  lanes: readonly TenantLane[],
  { integrations, round }: { readonly integrations: readonly string[]; readonly round: number },
): Promise<Elsewhere[]> =>
  Promise.all(
    lanes.map(async ({ tenant }, lane) => {
      const path = `/v1/products/${tenant.product}/integrations/${integrations[lane]}`;
      const deadLetters = new Set<number>();
      let after: string | null = null;
      for (let pages = 0; pages < pagesMax; pages += 1) {
        const query: string = after === null ? "" : `?after=${encodeURIComponent(after)}`;
        const page = letters.parse(await ground.ask(tenant, "GET", `${path}/dead-letters${query}`));
        for (const { event } of page.dead_letters) {
          const { run, seq } = readPayload(event.data);
          if (placeOf(run).round === round) deadLetters.add(seq);
        }
        after = page.next;
        if (after === null) break;
      }
      const { waiting } = ledger.parse(await ground.ask(tenant, "GET", `${path}/ledger`));
      return { deadLetters, waiting };
    }),
  );
