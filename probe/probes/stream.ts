import { pollMs, streamConnectedMs, streamMsMax } from "../limits.ts";
import { type Probe, poll } from "../probe.ts";

export interface StreamAccount {
  /** Opens an event stream. `leave` closes the connection. */
  openStream(): Promise<{ leave(): void }>;
  /** The longest run of the stream's function that ended since a time (ms since 1970), in ms. */
  longestStream(since: number): Promise<number | undefined>;
}

/** CloudWatch has metrics of one minute. */
const everyMs = 15 * pollMs;
/** The longest life of a stream's function that this project plans for. */
const expectedSecondsMax = 120;

export const stream: Probe<StreamAccount> = {
  name: "stream",
  question: "How long does the function of a stream live after its client has left?",
  changes: ["opens an event stream for some seconds (requires --api and --token)"],
  dollars: 0.01,
  minutes: 17,
  expected: `at most ${expectedSecondsMax} s`,
  advice: "Reduce the lifetime of a stream in shared/stream/limits.ts.",
  async run({ account, wait, now }) {
    const start = now();
    const { leave } = await account.openStream();
    await wait(streamConnectedMs);
    leave();
    const ms = await poll(() => account.longestStream(start), streamMsMax, { wait, now, everyMs });
    if (ms === undefined) {
      return { observed: "CloudWatch has no duration of the function", isExpected: false };
    }
    const seconds = Math.round(ms / 1_000);
    const connected = streamConnectedMs / 1_000;
    return {
      observed: `the function ran ${seconds} s; its client left after ${connected} s`,
      isExpected: seconds <= expectedSecondsMax,
    };
  },
};
