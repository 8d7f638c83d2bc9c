import type { LossCounts } from "../loss/deliveryTracker.ts";
import { lossTests } from "../loss/lossTests.ts";
import type { Losses } from "../loss/measureLosses.ts";
import type { LossResult } from "../loss/runLossTest.ts";
import type { Section } from "./section.ts";
import { count } from "./units.ts";

/** Lost and repeated events of each system in each loss test that ran. */
export const lossSection = ({ systems, results }: Losses): Section => ({
  headings: ["Lost of the acknowledged events", ...systems],
  rows: lossTests
    .filter(({ number }) => results.some(({ test }) => test === number))
    .map(({ number, name }) => [
      `${number}. ${name}`,
      ...systems.map((system) =>
        cell(results.find((one) => one.test === number && one.system === system)),
      ),
    ]),
  note: `An event is lost if the broker acknowledged it and it never arrived at its target; "twice" counts events that arrived more than once. Killing Godwit ends the process that runs its broker, queues, tables and workers; of a peer, only the worker is killed. The broker of a peer is aedes, which queues any number of messages for a session. A request that a hanging target has read completely counts as arrived.`,
});

const cell = (result: LossResult | undefined): string => {
  if (result === undefined) return "";
  const { counts, other } = result;
  return other === undefined ? short(counts) : `${short(counts)}; hanging: ${short(other)}`;
};

const short = ({ acknowledged, lost, repeated }: LossCounts): string =>
  `${count(lost)} of ${count(acknowledged)}${repeated > 0 ? ` (${count(repeated)} twice)` : ""}`;
