import { alarmMsMax, pollMs } from "../limits.ts";
import { type Probe, poll } from "../probe.ts";

/** An alarm of the deployment, and its topic. */
export interface AlarmAccount {
  findAlarm(): Promise<{ readonly name: string; readonly topic: string } | undefined>;
  /** Subscribes a new queue to a topic. `receive` returns the bodies of new messages. */
  listen(topic: string): Promise<{ receive(): Promise<readonly string[]> }>;
  setState(alarm: string, state: "ALARM" | "OK"): Promise<void>;
}

export const alarm: Probe<AlarmAccount> = {
  name: "alarm",
  question: "Do an alarm and its end reach the encrypted topic?",
  changes: [
    "sets one alarm of the deployment to ALARM and back to OK: its subscribers receive both",
    "creates a queue with a subscription to the topic of the alarms",
  ],
  dollars: 0.01,
  minutes: 4,
  expected: "each message arrives within two minutes",
  advice: "Compare the key policy and the topic policy in infra/constructs/pages.ts.",
  async run({ account, undo, wait, now }) {
    const found = await account.findAlarm();
    if (found === undefined) {
      return { observed: "the deployment has no alarm with a topic", isExpected: false };
    }
    const { receive } = await account.listen(found.topic);
    undo.later(`state of the alarm ${found.name}`, () => account.setState(found.name, "OK"));
    /** The seconds until the message of a state arrives, or the reason why none does. */
    const secondsUntil = async (state: "ALARM" | "OK"): Promise<number | string> => {
      const start = now();
      await account.setState(found.name, state);
      const message = await poll(
        async () => (await receive()).find((body) => isAbout(body, { name: found.name, state })),
        alarmMsMax,
        { wait, now, everyMs: pollMs },
      );
      const seconds = Math.round((now() - start) / 1_000);
      return message === undefined ? `no message of ${state} within ${seconds} s` : seconds;
    };
    const started = await secondsUntil("ALARM");
    if (typeof started === "string") return { observed: started, isExpected: false };
    const ended = await secondsUntil("OK");
    if (typeof ended === "string") return { observed: ended, isExpected: false };
    const observed = `the alarm arrived after ${started} s, and its end after ${ended} s`;
    return { observed, isExpected: true };
  },
};

/** The message is a JSON text within the JSON of SNS, where quotes are escaped. */
const isAbout = (body: string, { name, state }: { name: string; state: string }): boolean =>
  body.includes(name) &&
  new RegExp(`"NewStateValue"\\s*:\\s*"${state}"`).test(body.replaceAll("\\", ""));
