import { IoTClient } from "@aws-sdk/client-iot";
import { afterAll, describe, expect, it } from "vitest";
import { iotCore } from "../../probe/aws/devices.ts";
import { zip } from "../../probe/aws/zip.ts";
import { parseOptions } from "../../probe/options.ts";
import type { Probe } from "../../probe/probe.ts";
import { type Account, probes, runProbe } from "../../probe/probes.ts";
import { formatAnswer, formatPlan } from "../../probe/report.ts";
import { openUndo } from "../../probe/undo.ts";
import type { Receipt } from "../../probe/workbench.ts";
import { credentials, region, startTestCloud } from "../local/iot/support/cloud.ts";

const probeOf = (name: string): Probe<Account> => probes.find((one) => one.name === name)!;

/** An account whose clock only moves when a probe waits. */
const fakeAccount = () => {
  let time = 0;
  const wait = async (ms: number): Promise<void> => {
    time += ms;
  };
  const states: string[] = [];
  const messages: string[] = [];
  const receipts: Receipt[] = [];
  const behavior = {
    /** Seconds that a message waits on a quiet queue. */
    waitsMs: 17_000,
    batch: 10,
    path: "a%2Fb/c",
    alarms: true,
    topicWorks: true,
    endsArrive: true,
    streamMs: undefined as number | undefined,
  };
  const account: Account = {
    findAlarm: async () => (behavior.alarms ? { name: "Late", topic: "topic" } : undefined),
    listen: async () => ({ receive: async () => messages.splice(0) }),
    async setState(alarm, state) {
      states.push(`${alarm} ${state}`);
      const isSent = state === "OK" ? behavior.endsArrive : behavior.topicWorks;
      // Written with spaces, as MiniStack writes it; CloudWatch writes none.
      const Message = JSON.stringify({ AlarmName: alarm, NewStateValue: state }, null, 1);
      if (isSent) messages.push(JSON.stringify({ Type: "Notification", Message }));
    },
    sendDirectMessage: async () => ({
      status: 404,
      name: "ResourceNotFoundException",
      message: "no such client",
    }),
    endpoint: async () => "host:8883",
    chain: async () => ["*.iot.us-east-1.amazonaws.com", "Amazon RSA 2048 M01", "Amazon Root CA 1"],
    openStream: async () => ({ leave: () => {} }),
    longestStream: async () => (time > 60_000 ? behavior.streamMs : undefined),
    workbench: async () => ({
      roleMs: 9_000,
      roleAttempts: 8,
      async send(count) {
        const size = Math.min(count, behavior.batch);
        const receivedAt = time + behavior.waitsMs;
        for (let i = 0; i < count; i += 1) {
          receipts.push({ sentAt: time, receivedAt, size, batch: `${time} ${(i / size) | 0}` });
        }
      },
      receipts: async () => receipts.splice(0, 10),
      pathParameter: async () => behavior.path,
    }),
  };
  const undo = openUndo(wait);
  const deps = { account, undo, wait, now: () => time };
  return { account, behavior, states, undo, run: (name: string) => runProbe(probeOf(name), deps) };
};

describe("a probe", () => {
  it.each([
    ["direct-message", "404 ResourceNotFoundException: no such client"],
    ["alarm", "the alarm arrived after 0 s, and its end after 0 s"],
    ["role", "after 9000 ms and 8 refused attempts"],
    ["greedy-path", "a%2Fb/c"],
    ["quiet-queue", "17.0, 17.0, 17.0, 17.0 s"],
    ["batch-sizes", "200 messages in 20 batches: 10.0 on average, at most 10"],
    ["root-authority", "*.iot.us-east-1.amazonaws.com ← Amazon RSA 2048 M01 ← Amazon Root CA 1"],
  ])("%s answers as expected", async (name, observed) => {
    expect(await fakeAccount().run(name)).toEqual({ observed, isExpected: true });
  });

  it("reports an alarm that does not arrive, and resets it", async () => {
    const { behavior, run, states, undo } = fakeAccount();
    behavior.topicWorks = false;
    const observed = "no message of ALARM within 120 s";
    expect(await run("alarm")).toEqual({ observed, isExpected: false });
    await undo.run();
    expect(states).toEqual(["Late ALARM", "Late OK"]);
    Object.assign(behavior, { topicWorks: true, endsArrive: false });
    const endless = "no message of OK within 120 s";
    expect(await run("alarm")).toEqual({ observed: endless, isExpected: false });
    behavior.alarms = false;
    expect(await run("alarm")).toMatchObject({ isExpected: false });
  });

  it("reports a queue that is slower, single messages and a decoded path", async () => {
    const { behavior, run } = fakeAccount();
    Object.assign(behavior, { waitsMs: 40_000, batch: 1, path: "a/b/c" });
    expect(await run("quiet-queue")).toMatchObject({ isExpected: false });
    expect(await run("batch-sizes")).toMatchObject({ isExpected: false });
    expect(await run("greedy-path")).toEqual({ observed: "a/b/c", isExpected: false });
  });

  it("reports how long a stream's function lived, when CloudWatch has its duration", async () => {
    const { behavior, run } = fakeAccount();
    expect(await run("stream")).toMatchObject({ isExpected: false });
    behavior.streamMs = 90_000;
    expect(await run("stream")).toEqual({
      observed: "the function ran 90 s; its client left after 5 s",
      isExpected: true,
    });
    behavior.streamMs = 900_000;
    expect(await run("stream")).toMatchObject({ isExpected: false });
  });

  it("that fails reports the error as its answer", async () => {
    const { account, run } = fakeAccount();
    account.endpoint = () => Promise.reject(new TypeError("no network"));
    expect(await run("root-authority")).toEqual({
      observed: "TypeError: no network",
      isExpected: false,
    });
  });
});

describe("changes of an account", () => {
  const wait = async () => {};

  it("are undone once, the newest first, also while a signal interrupts", async () => {
    const undo = openUndo(wait);
    const done: string[] = [];
    for (const name of ["role", "function"]) {
      undo.later(name, async () => void done.push(name));
    }
    expect(await Promise.all([undo.run(), undo.run()])).toEqual([[], []]);
    expect(done).toEqual(["function", "role"]);
  });

  it("are undone again after a failure, and reported if it lasts", async () => {
    const undo = openUndo(wait);
    let attempts = 0;
    undo.later("queue", async () => {
      attempts += 1;
      if (attempts < 3) throw new Error("in use");
    });
    undo.later("role", () => Promise.reject(new Error("denied")));
    undo.later("gone", () => {
      const error = new Error("gone");
      error.name = "ResourceNotFoundException";
      return Promise.reject(error);
    });
    expect(await undo.run()).toEqual(["role: denied"]);
    expect(attempts).toBe(3);
  });
});

describe("the command line of `npm run probe`", () => {
  it("runs all probes that it can, and shows the plan only", () => {
    const options = parseOptions(["--region", "us-east-1"], {});
    expect(options).toMatchObject({ region: "us-east-1", isConfirmed: false });
    expect(options).not.toHaveProperty("probes", expect.arrayContaining([probeOf("stream")]));
    const all = parseOptions(["--region", "eu-west-1", "--api", "https://a", "--yes"], {
      TOKEN: "t",
    });
    expect(all).toMatchObject({ probes, isConfirmed: true, token: "t" });
  });

  it.each([
    [[], "--region is missing. Try --help."],
    [["--region", "Frankfurt"], "'Frankfurt' is no AWS region."],
    [
      ["alarms", "--region", "us-east-1"],
      "unknown probe 'alarms'. Did you mean 'alarm'? Try --help.",
    ],
    [
      ["stream", "--region", "us-east-1"],
      "the probe stream requires --api and --token. Try --help.",
    ],
    [
      ["--regions", "us-east-1"],
      "Unknown option '--regions'. Did you mean '--region'? Try --help.",
    ],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args, {})).toThrow(message);
  });

  it("shows what the probes change, and their price", () => {
    const plan = formatPlan([probeOf("alarm"), probeOf("greedy-path")], { account: "1", region });
    expect(plan).toContain("creates a REST API");
    expect(plan).toContain("at most $0.02");
  });

  it("shows the advice only if the answer is another one", () => {
    const alarm = probeOf("alarm");
    const answer = { observed: "no message", isExpected: false };
    expect(formatAnswer(alarm, answer)).toContain(alarm.advice);
    expect(formatAnswer(alarm, { ...answer, isExpected: true })).not.toContain(alarm.advice);
  });
});

describe("IoT Core of this machine", async () => {
  const cloud = await startTestCloud();
  process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = cloud.iot.data.url;
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  const iot = new IoTClient({ region, credentials, endpoint: cloud.iot.control.url });
  const { sendDirectMessage, endpoint, chain } = iotCore({ iot, region });
  afterAll(async () => {
    iot.destroy();
    await cloud.stop();
  });

  it("answers a direct message to an absent client as the probe expects", async () => {
    const error = await sendDirectMessage("f".repeat(24));
    expect(error).toMatchObject({ status: 404, name: "ResourceNotFoundException" });
  });

  it("has an endpoint whose certificates are listed up to their root", async () => {
    const names = await chain(await endpoint());
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(names.at(-1)).toMatch(/Godwit/);
  });
});

it("the code of the workbench's function is a ZIP archive with one stored file", () => {
  const archive = zip("index.mjs", "export {}");
  expect(archive.subarray(0, 4).toString("latin1")).toBe("PK\x03\x04");
  // The end of the central directory: one entry, its length, and where it begins.
  const end = archive.subarray(-22);
  expect(end.readUInt16LE(10)).toBe(1);
  const start = end.readUInt32LE(16);
  expect(archive.subarray(start, start + 4).toString("latin1")).toBe("PK\x01\x02");
  expect(start + end.readUInt32LE(12)).toBe(archive.length - 22);
  expect(archive.subarray(39, start).toString()).toBe("export {}");
});
