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
  question: "Does an alarm reach the encrypted topic?",
  changes: [
    "sets one alarm of the deployment to ALARM and back to OK: its subscribers receive both",
    "creates a queue with a subscription to the topic of the alarms",
  ],
  dollars: 0.01,
  minutes: 2,
  expected: "the message of the alarm arrives within two minutes",
  advice: "Compare the key policy and the topic policy in infra/constructs/pages.ts.",
  async run({ account, undo, wait, now }) {
    const found = await account.findAlarm();
    if (found === undefined) {
      return { observed: "the deployment has no alarm with a topic", isExpected: false };
    }
    const { receive } = await account.listen(found.topic);
    undo.later(`state of the alarm ${found.name}`, () => account.setState(found.name, "OK"));
    const start = now();
    await account.setState(found.name, "ALARM");
    const message = await poll(
      async () => (await receive()).find((body) => body.includes(found.name)),
      alarmMsMax,
      { wait, now, everyMs: pollMs },
    );
    const seconds = Math.round((now() - start) / 1_000);
    return message === undefined
      ? { observed: `no message within ${seconds} s`, isExpected: false }
      : { observed: `the message arrived after ${seconds} s`, isExpected: true };
  },
};
