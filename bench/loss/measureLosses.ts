import type { PeerName } from "../peer/peers.ts";
import { lossKinds } from "./lossKinds.ts";
import { lossTests } from "./lossTests.ts";
import { type LossResult, runLossTest } from "./runLossTest.ts";

/** Results of the loss tests. */
export interface Losses {
  readonly systems: readonly string[];
  readonly results: readonly LossResult[];
}

/** Runs each loss test with the cloud and with the peer, one after the other. */
export const measureLosses = async (
  { tests, peer }: { tests: readonly number[]; peer: PeerName | undefined },
  log: (text: string) => void,
): Promise<Losses> => {
  const kinds = lossKinds(peer);
  const results: LossResult[] = [];
  for (const test of lossTests.filter(({ number }) => tests.includes(number))) {
    for (const kind of kinds) {
      log(`${test.number}. ${test.name}: ${kind.name}`);
      const result = await runLossTest(test, kind);
      log(JSON.stringify(result));
      results.push(result);
    }
  }
  return { systems: kinds.map(({ name }) => name), results };
};
