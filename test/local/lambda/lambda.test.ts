import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  busyStartEveryMs,
  eagerBatchesMax,
  environmentIdleMs,
  environmentsEagerMax,
  freeEnvironmentsMin,
  furtherEnvironmentIdleMs,
  payloadBytesMax,
} from "../../../local/lambda/limits.ts";
import { create, deploy } from "./deploy.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const queued = {
  messageId: "m1",
  receiptHandle: "r1",
  body: "{}",
  md5OfBody: "",
  attributes: {},
  messageAttributes: {},
};

/** Waits at the given URL for concurrent invocations. */
const meet = "export const handler = async (url) => (await fetch(url)).text();";

/** A barrier for a number of invocations. */
const meetingOf = async (invocations: number): Promise<string> => {
  const waiting: ServerResponse[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length === invocations) for (const one of waiting) one.end("all are here");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

describe("an invocation", () => {
  it("returns the handler's result, by the function's name and by its ARN", async () => {
    const { lambda, name, arn } = await deploy("export const handler = async (e) => [e, 1];");
    expect(await lambda.invoke(name, { a: "ü" })).toEqual([{ a: "ü" }, 1]);
    expect(await lambda.invoke(arn, null)).toEqual([null, 1]);
    expect(await lambda.invoke(`${arn}:$LATEST`, 2)).toEqual([2, 1]);
  });

  it("returns null when the handler returns nothing", async () => {
    const { lambda, name } = await deploy("export const handler = async () => {};");
    expect(await lambda.invokeForText(name, {})).toBe("null");
  });

  it("has Lambda's context", async () => {
    const { lambda, name, arn } = await deploy(
      "export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() });",
      { properties: { Timeout: 30, MemorySize: 256 } },
    );
    const context = await lambda.invoke(name, {});
    expect(context).toMatchObject({
      functionName: name,
      functionVersion: "$LATEST",
      invokedFunctionArn: arn,
      memoryLimitInMB: "256",
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(context).toHaveProperty(
      "left",
      expect.toSatisfy((ms) => ms > 0 && ms <= 30_000),
    );
  });

  it("fails with the handler's error and keeps its environment", async () => {
    const { lambda, name } = await deploy(
      "let n = 0; export const handler = async (e) => { n += 1; if (e.bad) throw new TypeError('no'); return n; };",
    );
    await expect(lambda.invoke(name, { bad: true })).rejects.toMatchObject({
      report: { errorType: "TypeError", errorMessage: "no" },
    });
    expect(await lambda.invoke(name, {})).toBe(2);
  });

  it("rejects an event and a response above Lambda's limits", async () => {
    const { lambda, name } = await deploy(
      "export const handler = async (e) => 'x'.repeat(e.length ?? 0);",
    );
    const quotes = 2;
    const largest = payloadBytesMax - quotes;
    await expect(lambda.invoke(name, "x".repeat(largest + 1))).rejects.toThrow(RangeError);
    await expect(lambda.invoke(name, { length: largest + 1 })).rejects.toMatchObject({
      report: { errorType: "Function.ResponseSizeTooLarge" },
    });
    expect(await lambda.invoke(name, { length: largest })).toHaveLength(largest);
  });

  it("fails when the function cannot be loaded, with the reason", async () => {
    const broken = await deploy("throw new Error('no table name');");
    await expect(broken.lambda.invoke(broken.name, {})).rejects.toThrow("no table name");
    const nameless = await deploy("export const other = async () => {};");
    await expect(nameless.lambda.invoke(nameless.name, {})).rejects.toThrow(
      "Runtime.HandlerNotFound: index.handler is undefined or not exported",
    );
    const old = await deploy("export const handler = (event, context, callback) => callback();");
    await expect(old.lambda.invoke(old.name, {})).rejects.toThrow("callback-based");
  });
});

describe("the environment of a function", () => {
  const show = "export const handler = async () => process.env;";

  it("has its own variables and Lambda's, and none of this machine's", async () => {
    vi.stubEnv("SECRET_OF_THIS_MACHINE", "x");
    const { lambda, name } = await deploy(show, {
      properties: { Environment: { Variables: { TABLE: "t" } } },
      variables: { allFunctions: { AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1" }, overrides: {} },
    });
    const seen = await lambda.invoke(name, {});
    expect(seen).toMatchObject({
      TABLE: "t",
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1",
      AWS_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      _X_AMZN_TRACE_ID: expect.stringMatching(/^Root=1-/),
    });
    const mine = Object.keys(process.env).filter((key) => !["PATH", "TZ", "LANG"].includes(key));
    expect(Object.keys(seen as object).filter((key) => mine.includes(key))).toEqual([]);
  });

  it("gets a local value only for variables of the template", async () => {
    const variables = { allFunctions: {}, overrides: { PRIVATE_TARGETS: "allowed" } };
    const properties = { Environment: { Variables: { PRIVATE_TARGETS: "refused" } } };
    const set = await deploy(show, { variables, properties });
    expect(await set.lambda.invoke(set.name, {})).toHaveProperty("PRIVATE_TARGETS", "allowed");
    const unset = await deploy(show, { variables });
    expect(await unset.lambda.invoke(unset.name, {})).not.toHaveProperty("PRIVATE_TARGETS");
  });
});

const countAndWait = `
  let n = 0;
  export const handler = async (e) => {
    n += 1;
    await new Promise((resolve) => setTimeout(resolve, e.ms ?? 0));
    return n;
  };`;

describe("execution environments", () => {
  it("are reused while warm", async () => {
    const { lambda, name } = await deploy(countAndWait);
    expect([await lambda.invoke(name, {}), await lambda.invoke(name, {})]).toEqual([1, 2]);
    expect(lambda.usage()[name]).toMatchObject({ inits: 1, invocations: 2 });
  });

  it("handle one invocation each, up to the reserved concurrency; more are throttled", async () => {
    const properties = { ReservedConcurrentExecutions: 2 };
    const { lambda, name } = await deploy(countAndWait, { properties });
    const answers = await Promise.allSettled(
      [1, 2, 3].map(async () => await lambda.invoke(name, { ms: 2_000 })),
    );
    expect(answers).toMatchObject([
      { value: 1 },
      { value: 1 },
      { reason: { name: "TooManyRequestsException" } },
    ]);
    expect(lambda.usage()[name]).toMatchObject({ inits: 2, throttles: 1 });
  });

  it("are waited for without reserved concurrency", async () => {
    const { lambda, name } = await deploy(countAndWait);
    const answers = Array.from({ length: 30 }, () => lambda.invoke(name, { ms: 5 }));
    expect(await Promise.all(answers)).toHaveLength(30);
    expect(lambda.usage()[name]!.inits).toBeLessThanOrEqual(10);
  });

  it("are all used by many concurrent invocations, although few start at once", async () => {
    const properties = { ReservedConcurrentExecutions: 6, Timeout: 60 };
    const { lambda, name } = await deploy(meet, { properties });
    const url = await meetingOf(6);
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, async () => await lambda.invoke(name, url)),
    );
    expect(answers.filter(({ status }) => status === "rejected")).toHaveLength(2);
    expect(lambda.usage()[name]).toMatchObject({ inits: 6, throttles: 2 });
  });

  it("increase to the number of waiting invocations", async () => {
    const invocations = environmentsEagerMax + 3;
    const { lambda, name } = await deploy(meet, { properties: { Timeout: 60 } });
    const url = await meetingOf(invocations);
    const all = Array.from({ length: invocations }, () => lambda.invoke(name, url));
    expect(new Set(await Promise.all(all))).toEqual(new Set(["all are here"]));
    expect(lambda.usage()[name]?.inits).toBe(invocations);
  });

  it("do not look idle while they load", async () => {
    const { lambda, name } = await deploy(
      `await new Promise((resolve) => setTimeout(resolve, 400));
       export const handler = async () => { for (const end = Date.now() + 200; Date.now() < end; ); };`,
      { properties: { Timeout: 60 } },
    );
    await Promise.all(Array.from({ length: 12 }, () => lambda.invoke(name, {})));
    expect(lambda.usage()[name]?.inits).toBeLessThanOrEqual(environmentsEagerMax);
  });

  it("do not exceed what the cores can keep busy when they compute", async () => {
    const { lambda, name } = await deploy(
      "export const handler = async () => { for (const end = Date.now() + 300; Date.now() < end; ); };",
      { properties: { Timeout: 60 } },
    );
    await Promise.all(Array.from({ length: 30 }, () => lambda.invoke(name, {})));
    expect(lambda.usage()[name]?.inits).toBeLessThanOrEqual(environmentsEagerMax);
  });

  it("are left to other callers by a queue with slow batches", async () => {
    const { lambda, name } = await deploy(
      "export const handler = async (e) => { if (e.Records) await new Promise(() => {}); };",
      {
        properties: { Timeout: 60 },
        mapping: { BatchSize: 1 },
        queues: { receive: async () => [queued], deleteBatch: async () => {} },
      },
    );
    lambda.open();
    const batches = eagerBatchesMax + 1;
    await vi.waitFor(
      () => expect(lambda.usage()[name]!.invocations).toBeGreaterThanOrEqual(batches),
      10_000,
    );
    const { inits, invocations } = lambda.usage()[name]!;
    expect(inits).toBeGreaterThanOrEqual(invocations + freeEnvironmentsMin - 1);
    await lambda.invoke(name, {});
  });

  it("are ended when idle for long", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { lambda, name } = await deploy(countAndWait);
    await lambda.invoke(name, {});
    vi.advanceTimersByTime(2 * environmentIdleMs);
    await vi.waitFor(async () => expect(await lambda.invoke(name, {})).toBe(1));
    expect(lambda.usage()[name]).toMatchObject({ inits: 2 });
  });

  it("are ended sooner when several are idle, all but one", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { lambda, name } = await deploy(countAndWait);
    const bothWith = async (inits: number) => {
      const invoked = [1, 2].map(() => lambda.invoke(name, { ms: 1_000 }));
      // A busy machine starts a second environment after a while.
      await vi.waitFor(() => {
        vi.advanceTimersByTime(busyStartEveryMs);
        expect(lambda.usage()[name]!.inits).toBe(inits);
      }, 10_000);
      return Promise.all(invoked);
    };
    await bothWith(2);
    vi.advanceTimersByTime(3 * furtherEnvironmentIdleMs);
    // One has counted its first invocation, the other is new.
    expect((await bothWith(3)).toSorted()).toEqual([1, 2]);
  });
});

describe("a crashing function fails only its own invocation:", () => {
  const source = `
    let n = 0;
    export const handler = async (e) => {
      n += 1;
      if (e.wait) await new Promise((resolve) => setTimeout(resolve, e.wait));
      if (e.exit !== undefined) process.exit(e.exit);
      if (e.throws) { setTimeout(() => { throw new Error("out of nowhere"); }); await new Promise(() => {}); }
      if (e.rejects) { Promise.reject(new Error("nobody listens")); await new Promise(() => {}); }
      if (e.fills === "heap") { const all = []; for (;;) all.push({ n: [1, 2, 3] }); }
      if (e.fills === "array") { const all = []; for (;;) all.push(1); }
      if (e.fills === "buffers") { const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1)); }
      if (e.hangs) await new Promise(() => {});
      if (e.loops) for (;;);
      return n;
    };`;

  it.each([
    ["exit", { exit: 3 }, "Runtime exited with error: exit status 3"],
    ["exit without an error", { exit: 0 }, "Runtime exited without providing a reason"],
    ["an uncaught error", { throws: true }, "out of nowhere"],
    ["an unhandled rejection", { rejects: true }, "nobody listens"],
    ["a full heap", { fills: "heap" }, "signal: killed"],
    ["an array that grows without a limit", { fills: "array" }, "signal: killed"],
    ["buffers without end", { fills: "buffers" }, "signal: killed"],
    ["no end", { hangs: true }, "Task timed out after 1.00 seconds"],
    ["an endless loop", { loops: true }, "Task timed out after 1.00 seconds"],
  ])("%s", async (_, event, reason) => {
    const Timeout = reason.includes("timed out") ? 1 : 10;
    const properties = { Timeout, MemorySize: 64, ReservedConcurrentExecutions: 2 };
    const { lambda, name } = await deploy(source, { properties });
    const [bad, good] = await Promise.allSettled([
      lambda.invoke(name, event),
      lambda.invoke(name, { wait: 200 }),
    ]);
    expect(bad).toMatchObject({ reason: { message: expect.stringContaining(reason) } });
    expect(good).toMatchObject({ value: 1 });
    expect(await lambda.invoke(name, {})).toBe(2);
    expect(lambda.usage()[name]).toMatchObject({ errors: 1 });
  });
});

describe("the output of a function", () => {
  it("is logged line by line, and metrics are counted", async () => {
    const metrics = {
      _aws: {
        Timestamp: 1,
        CloudWatchMetrics: [
          { Namespace: "N", Dimensions: [["service"]], Metrics: [{ Name: "Found" }] },
        ],
      },
      service: "s",
      Found: 3,
    };
    const { lambda, name, logged } = await deploy(`
      export const handler = async () => {
        console.log("one\\ntwo");
        console.error("three");
        console.log(${JSON.stringify(JSON.stringify(metrics))});
      };`);
    await lambda.invoke(name, {});
    await vi.waitFor(() => {
      expect(logged.map(({ fields }) => fields.line)).toEqual(
        expect.arrayContaining(["one", "two", "three"]),
      );
      expect(lambda.metrics.series()).toMatchObject([
        { namespace: "N", name: "Found", dimensions: { service: "s" }, samples: 1, sum: 3 },
      ]);
    });
    expect(logged).toHaveLength(3);
  });
});

describe("an asynchronous invocation", () => {
  it("is repeated some seconds after it was throttled", async () => {
    const properties = { ReservedConcurrentExecutions: 1 };
    const { lambda, name } = await deploy(countAndWait, { properties });
    for (let i = 0; i < 3; i += 1) lambda.invokeAsync(name, { ms: 10 });
    const invoked = () => expect(lambda.usage()[name]).toMatchObject({ invocations: 3 });
    await vi.waitFor(invoked, 15_000);
    await vi.waitFor(async () => expect(await lambda.invoke(name, {})).toBe(4));
    expect(lambda.usage()[name]).toMatchObject({ inits: 1, errors: 0 });
  });
});

describe("stop", () => {
  it("completes batches in progress", async () => {
    const waiting = [queued];
    const deleted: string[] = [];
    const { lambda, name } = await deploy(
      "export const handler = async () => { await new Promise((r) => setTimeout(r, 200)); };",
      {
        mapping: {},
        queues: {
          receive: async (_, { cancellation }) => {
            const taken = waiting.splice(0);
            if (taken.length > 0) return taken;
            return await new Promise((_, reject) => cancellation?.onCancel(reject));
          },
          deleteBatch: async (_, handles) => void deleted.push(...handles),
        },
      },
    );
    lambda.open();
    await vi.waitFor(() => expect(lambda.usage()[name]!.invocations).toBe(1));
    await lambda.stop();
    expect(deleted).toEqual(["r1"]);
  });

  it("completes invocations in progress, and fails those that do not end", async () => {
    const { lambda, name, logged } = await deploy(countAndWait, { properties: { Timeout: 60 } });
    const soon = lambda.invoke(name, { ms: 1_000 });
    const never = lambda.invoke(name, { ms: 50_000 }).catch((error: Error) => error.message);
    // On a busy machine the second environment starts later.
    await vi.waitFor(() => expect(lambda.usage()[name]!.inits).toBe(2), 10_000);
    await lambda.stop();
    expect(await soon).toBe(1);
    expect(await never).toContain("the local cloud stopped");
    expect(logged).toEqual([]);
  });

  it("rejects further invocations", async () => {
    const { lambda, name } = await deploy(countAndWait);
    await lambda.invoke(name, {});
    await lambda.stop();
    await expect(lambda.invoke(name, {})).rejects.toThrow();
  });
});

describe("an unsupported template", () => {
  it.each([
    ["another runtime", { Runtime: "python3.14" }],
    ["a property that is not known", { Layers: ["arn"] }],
    ["code that is no asset", { Code: { ZipFile: "exports.handler = 1" } }],
    ["code that the assembly does not have", { Code: { S3Bucket: "b", S3Key: "other.zip" } }],
  ])("is rejected: %s", async (_, properties) => {
    await expect(deploy("", { properties })).rejects.toThrow();
  });

  it("is rejected: an event source that is not a queue", async () => {
    const { lambda, name } = await deploy("");
    const mapping = { FunctionName: name, EventSourceArn: "arn:aws:kinesis:us-east-1:1:stream/s" };
    await expect(
      create(lambda.providers, "AWS::Lambda::EventSourceMapping", mapping),
    ).rejects.toThrow();
  });
});
