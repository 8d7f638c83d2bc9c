import {
  burstMessages,
  mappingMsMax,
  pollMs,
  quietMessages,
  quietMsMax,
  quietPauseMs,
  windowSeconds,
} from "../limits.ts";
import { type Probe, type ProbeDeps, poll } from "../probe.ts";
import type { Receipt, WorkbenchAccount } from "../workbench.ts";

const workbench = "creates a role, two queues, and a function that a queue invokes";

export const roleAtCreation: Probe<WorkbenchAccount> = {
  name: "role",
  question: "How long after its creation can Lambda assume a role?",
  changes: [workbench],
  dollars: 0.01,
  minutes: 2,
  expected: "within 15 s; CloudFormation waits for it",
  advice: "Deploy again after a failure: docs/runbook.md describes the first deployment.",
  async run({ account }) {
    const { roleMs, roleAttempts } = await account.workbench();
    return {
      observed: `after ${roleMs} ms and ${roleAttempts} refused attempts`,
      isExpected: roleMs <= 15_000,
    };
  },
};

export const quietQueue: Probe<WorkbenchAccount> = {
  name: "quiet-queue",
  question: `How long does a message wait on a quiet queue with a batch window of ${windowSeconds} s?`,
  changes: [workbench, `sends ${quietMessages} messages, one by one`],
  dollars: 0.01,
  minutes: 5,
  expected: "up to 20 s, however short the window is",
  advice: "If it is below 2 s, the slow lane may have a batching window again: infra/sizes.ts.",
  async run(deps) {
    const bench = await deps.account.workbench();
    // The first messages also wait until the mapping is enabled.
    await bench.send(1);
    if ((await receive(deps, 1, mappingMsMax)).length === 0) {
      return { observed: "the function received nothing", isExpected: false };
    }
    const waited: number[] = [];
    for (let sent = 0; sent < quietMessages; sent += 1) {
      await deps.wait(quietPauseMs);
      await bench.send(1);
      const [receipt] = await receive(deps, 1, quietMsMax);
      if (receipt !== undefined) waited.push(receipt.receivedAt - receipt.sentAt);
    }
    const list = waited.map((ms) => (ms / 1_000).toFixed(1)).join(", ");
    return {
      observed: `${list} s`,
      isExpected: waited.length === quietMessages && Math.max(...waited) <= 21_000,
    };
  },
};

export const batchSizes: Probe<WorkbenchAccount> = {
  name: "batch-sizes",
  question: `In which batches does Lambda receive ${burstMessages} messages that were sent at once?`,
  changes: [workbench, `sends ${burstMessages} messages`],
  dollars: 0.01,
  minutes: 3,
  expected: "five or more messages a batch",
  advice: "Change the batch size that bench/cost and README assume.",
  async run(deps) {
    const bench = await deps.account.workbench();
    await bench.send(burstMessages);
    const receipts = await receive(deps, burstMessages, mappingMsMax);
    const sizes = [...new Map(receipts.map(({ batch, size }) => [batch, size])).values()];
    const mean = receipts.length / Math.max(1, sizes.length);
    const largest = Math.max(0, ...sizes);
    return {
      observed: `${receipts.length} messages in ${sizes.length} batches: ${mean.toFixed(1)} on average, at most ${largest}`,
      isExpected: receipts.length >= burstMessages && mean >= 5,
    };
  },
};

export const greedyPath: Probe<WorkbenchAccount> = {
  name: "greedy-path",
  question: "What does a function receive for `%2F` in a greedy path?",
  changes: [workbench, "creates a REST API"],
  dollars: 0.01,
  minutes: 2,
  expected: "a%2Fb/c: encoded, as `functions/edge/http/request.ts` decodes it",
  advice: "Change the decoding of path parameters in functions/edge/http/request.ts.",
  async run({ account }) {
    const observed = await (await account.workbench()).pathParameter("a%2Fb/c");
    return { observed, isExpected: observed === "a%2Fb/c" };
  },
};

/** Receipts until there are `count`, or the time is over. */
const receive = async (
  { account, wait, now }: ProbeDeps<WorkbenchAccount>,
  count: number,
  msMax: number,
): Promise<readonly Receipt[]> => {
  const bench = await account.workbench();
  const all: Receipt[] = [];
  await poll(
    async () => {
      all.push(...(await bench.receipts()));
      return all.length >= count ? true : undefined;
    },
    msMax,
    { wait, now, everyMs: pollMs },
  );
  return all;
};
