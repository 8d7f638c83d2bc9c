import { createHash } from "node:crypto";
import * as z from "zod";
import { provisionBatchMax } from "#shared/device/provision/limits.ts";
import type { CommandDeps } from "../command.ts";
import { InvocationError } from "../invocationError.ts";
import type { WantedDevice } from "./deviceFile.ts";
import { madeDevice, type OutFolder } from "./outFolder.ts";

/** Maximum concurrent requests. */
const batchesAtOnce = 3;
/**
 * Maximum attempts for a device or a request without an answer. With the waits below, more than
 * five minutes.
 */
const triesMax = 10;
const waitMsMin = 1_000;
const waitMsMax = 60_000;

/** The wait before the next attempt, in milliseconds. It doubles each time. */
const waitBefore = (tries: number): number => Math.min(waitMsMax, waitMsMin * 2 ** (tries - 1));

const failure = z.object({ code: z.string(), message: z.string(), retry: z.boolean() });
const answer = z.object({
  results: z.array(
    z.union([
      z.object({ key: z.string(), device: madeDevice }),
      z.object({ key: z.string(), failure }),
    ]),
  ),
  ca: z.string(),
});

/** A device that was not provisioned, and the reason. */
export interface FailedDevice {
  readonly line: number;
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

interface Deps extends Pick<CommandDeps, "invoke" | "wait" | "say"> {
  readonly out: OutFolder;
  /** Waits until the rate allows this number of devices. */
  readonly pace: (devices: number) => Promise<void>;
  readonly onProgress: (made: number) => void;
}

interface Todo {
  readonly wanted: WantedDevice;
  readonly tries: number;
}

/**
 * Provisions devices in a few concurrent batches, and stores each identity before the next request
 * of its batch. Retries transient failures and returns the others. Fails when the cloud does not
 * answer for minutes; a repeated run continues.
 */
export const provisionDevices = async (
  wanted: readonly WantedDevice[],
  target: object,
  deps: Deps,
): Promise<FailedDevice[]> => {
  const queue: Todo[] = wanted.map((device) => ({ wanted: device, tries: 0 }));
  const failed: FailedDevice[] = [];
  let stopped = false;
  const work = async (): Promise<void> => {
    while (queue.length > 0 && !stopped) {
      const batch = queue.splice(0, provisionBatchMax);
      await deps.pace(batch.length);
      const again = await provisionBatch(batch, { target, failed, deps });
      if (again.length === 0) continue;
      queue.push(...again);
      await deps.wait(waitBefore(Math.max(...again.map(({ tries }) => tries))));
    }
  };
  const guarded = (): Promise<void> =>
    work().catch((error: unknown) => {
      stopped = true;
      throw error;
    });
  // All workers end before this function returns, so that none writes after the folder is closed.
  const ends = await Promise.allSettled(Array.from({ length: batchesAtOnce }, guarded));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return failed;
};

/** Provisions the devices of one batch, and returns those to retry. */
const provisionBatch = async (
  batch: readonly Todo[],
  { target, failed, deps }: { target: object; failed: FailedDevice[]; deps: Deps },
): Promise<Todo[]> => {
  const { out } = deps;
  const requests = await out.requests(batch.map(({ wanted }) => wanted));
  const devices = batch.map(({ wanted }, i) => ({
    key: keyOf(out.run, wanted),
    name: wanted.name,
    csr: requests[i],
  }));
  const { results, ca } = answer.parse(
    await invokePatiently({ addDevices: { ...target, devices } }, deps),
  );
  const byKey = new Map(results.map((result) => [result.key, result]));
  const outcomes = batch.map((todo) => ({ todo, result: byKey.get(keyOf(out.run, todo.wanted)) }));
  const made = outcomes.flatMap(({ todo, result }) =>
    result !== undefined && "device" in result
      ? [{ wanted: todo.wanted, device: result.device }]
      : [],
  );
  await out.keep(made, ca);
  deps.onProgress(made.length);
  return outcomes.flatMap(({ todo, result }) => {
    if (result !== undefined && "device" in result) return [];
    return triedAgain(todo, { failure: result?.failure ?? noResult, failed });
  });
};

const noResult = { code: "unavailable", message: "The cloud gave no result.", retry: true };

const triedAgain = (
  { wanted, tries }: Todo,
  { failure: why, failed }: { failure: z.output<typeof failure>; failed: FailedDevice[] },
): Todo[] => {
  if (why.retry && tries + 1 < triesMax) return [{ wanted, tries: tries + 1 }];
  const { line, name = "" } = wanted;
  failed.push({ line, name, code: why.code, message: why.message });
  return [];
};

/** The idempotency key of a line: the same for each repetition of the run. */
const keyOf = (run: string, { key }: WantedDevice): string =>
  `${run}:${createHash("sha256").update(key).digest("hex")}`;

/** A batch may be repeated: each device has its idempotency key. */
const invokePatiently = async (
  request: object,
  { invoke, wait, say }: Pick<Deps, "invoke" | "wait" | "say">,
): Promise<unknown> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await invoke(request);
    } catch (error) {
      // Errors of the function itself are final, except time-outs, which have the same type.
      const isLast = tries === (error instanceof InvocationError ? 3 : triesMax);
      if (isLast) throw error;
      const seconds = waitBefore(tries) / 1_000;
      const why = error instanceof Error ? error.message || error.name : String(error);
      say(`no response (${why.split("\n")[0]}); next attempt in ${seconds} s`);
      await wait(seconds * 1_000);
    }
  }
};
