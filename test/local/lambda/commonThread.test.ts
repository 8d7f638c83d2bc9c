import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { expect, it, onTestFinished, vi } from "vitest";
import { FunctionError } from "../../../local/lambda/errors.ts";
import { type Lambda, startLambda } from "../../../local/lambda/lambda.ts";
import { patientWindowSecondsMin } from "../../../local/lambda/limits.ts";
import { openWire, wireHandlers } from "../../../local/wire/openWire.ts";
import { create, writeAssembly } from "./deploy.ts";

/** Small limits, so that few environments reach them soon. */
vi.mock("../../../local/lambda/limits.ts", async (original: () => Promise<object>) => ({
  ...(await original()),
  stopMsMax: 50,
  threadCheckMs: 50,
  threadUnresponsiveMsMax: 1_000,
}));

const source = `
  import { createRequire } from "node:module";
  import processModule from "node:process";
  import { threadId } from "node:worker_threads";
  const require = createRequire(import.meta.url);
  const http = process.getBuiltinModule("node:http");
  let earlier = 0;
  const get = (path) => new Promise((resolve, reject) => {
    const options = { hostname: "127.0.0.1", port: "1", path };
    http.request(options, async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve(Buffer.concat(chunks).toString());
    }).on("error", reject).end();
  });
  const connect = (port) => new Promise((resolve) => {
    const options = { hostname: "127.0.0.1", port, agent: false };
    http.request(options, (response) => response.resume().on("end", () => resolve("connected")))
      .on("error", ({ code }) => resolve(code)).end();
  });
  const call = (url) => new Promise((resolve) => {
    const request = { host: "127.0.0.1:1", method: "GET", url, headers: {}, body: "" };
    globalThis.awsTransport(request, ({ body }) => resolve(Buffer.from(body).toString()));
  });
  const acts = {
    hang: () => new Promise(() => {}),
    loop() { for (;;) {} },
    throw() { setImmediate(() => { throw new Error("uncaught"); }); return new Promise(() => {}); },
    wait: () => new Promise((resolve) => setTimeout(resolve, 500)),
    log() { console.log("a line of " + process.env.OWN); process.stdout.write("another\\n"); },
    connect: () => connect(process.env.PORT),
    fetch: () => fetch("http://127.0.0.1:" + process.env.PORT).then(
      () => "connected", (error) => error.cause.code),
    exit: () => process.exit(3),
    modules: () => process.moduleLoadList.join(),
    requests: async () => [await get("/" + process.env.OWN), await call("/" + process.env.OWN)],
  };
  export const handler = async (event, context) => ({
    result: await acts[event.act]?.(),
    thread: threadId,
    earlier: earlier++,
    own: process.env.OWN,
    same: processModule.env.OWN,
    name: context.functionName,
    worker: context.logStreamName,
    trace: process.env._X_AMZN_TRACE_ID,
  });`;

const addressOf = (server: Server): { port: number } => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return address;
};

interface Answer {
  readonly thread: number;
  readonly earlier: number;
  readonly own: string;
  readonly result?: unknown;
  readonly worker: string;
}

/** Starts functions of queues, and others that only users invoke, for the duration of a test. */
const start = async (port = 1) => {
  const assembly = await writeAssembly(source);
  const logged: { message: string; fields: Record<string, unknown> }[] = [];
  const received: string[] = [];
  const handle = async ({ url: path, roleKey }: { url: string; roleKey?: string | undefined }) => {
    received.push(`${path} with the ${roleKey}`);
    return { status: 200, headers: {}, body: `found ${path}` };
  };
  const handlers = wireHandlers([{ url: "http://127.0.0.1:1", handle }]);
  const lambda = await startLambda({
    assembly,
    variables: { allFunctions: {}, overrides: {} },
    queues: {
      async receive(_, { cancellation }) {
        await new Promise((resolve) => cancellation?.onCancel(resolve));
        return [];
      },
      deleteBatch: async () => {},
      waitingMessages: () => 0,
    },
    queuesUrl: "http://127.0.0.1:1",
    credentialsOf: ({ name }) => ({ accessKeyId: `key of ${name}`, secretAccessKey: "S" }),
    openWires: (roleKey) => [openWire(handlers, { roleKey, log: () => {} })],
    log: (message, fields = {}) => logged.push({ message, fields }),
  });
  onTestFinished(async () => {
    await lambda.stop();
    await rm(assembly, { recursive: true });
  });
  const add = async (name: string, isOfQueue: boolean, windowSeconds = 0, reserved?: number) => {
    await create(lambda.providers, "AWS::Lambda::Function", {
      FunctionName: name,
      Code: { S3Bucket: "assets", S3Key: "code.zip" },
      Handler: "index.handler",
      Runtime: "nodejs24.x",
      Timeout: 3,
      MemorySize: 128,
      ...(reserved && { ReservedConcurrentExecutions: reserved }),
      Environment: {
        Variables: { OWN: `own of ${name}`, PORT: `${port}`, POWERTOOLS_SERVICE_NAME: name },
      },
    });
    if (!isOfQueue) return;
    await create(lambda.providers, "AWS::Lambda::EventSourceMapping", {
      EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:queue",
      FunctionName: name,
      MaximumBatchingWindowInSeconds: windowSeconds,
    });
  };
  await add("first", true);
  await add("second", true);
  await add("patient", true, patientWindowSecondsMin);
  await add("other", false);
  await add("another", false);
  await add("reserved", false, 0, 1);
  lambda.open();
  return { lambda, logged, received, invoke: invoker(lambda) };
};

const invoker = (lambda: Lambda) => async (name: string, act?: string) => {
  const answer: Answer = JSON.parse(await lambda.invokeForText(name, { act }));
  return answer;
};

it("functions of queues share a thread, but neither modules nor variables", async () => {
  const { invoke } = await start();
  const [first, second, other] = [
    await invoke("first"),
    await invoke("second"),
    await invoke("other"),
  ];
  expect(second.thread).toBe(first.thread);
  expect(other.thread).not.toBe(first.thread);
  for (const [name, answer] of Object.entries({ first, second, other })) {
    expect(answer).toMatchObject({
      earlier: 0,
      own: `own of ${name}`,
      same: `own of ${name}`,
      name,
    });
    expect(answer).toHaveProperty("trace");
  }
  expect(await invoke("first")).toMatchObject({ thread: first.thread, earlier: 1 });
});

it("a function whose batches wait for long does not take time of the thread of queues", async () => {
  const { lambda, invoke } = await start();
  const first = await invoke("first");
  const patient = await invoke("patient");
  expect(patient.thread).not.toBe(first.thread);
  lambda.invokeAsync("other", {});
  await vi.waitFor(() => expect(lambda.usage().other?.invocations).toBe(1));
  expect((await invoke("other")).thread).toBe(patient.thread);
});

it("a thread does not load undici, which takes 9 MB, unless a function uses it", async () => {
  const { invoke } = await start();
  const { result } = await invoke("first", "modules");
  expect(result).toContain("NativeModule http");
  expect(result).not.toContain("undici");
});

it("requests in succession use one thread, whatever the function", async () => {
  const { invoke } = await start();
  const [one, another] = [await invoke("other"), await invoke("another")];
  expect(another).toMatchObject({ thread: one.thread, earlier: 0, own: "own of another" });
  expect(await invoke("other")).toMatchObject({ thread: one.thread, earlier: 1 });
});

it("concurrent requests have a thread each, and a faulty one fails no other", async () => {
  const { invoke } = await start();
  const [one, another] = [await invoke("other"), await invoke("another")];
  expect(another.thread).toBe(one.thread);
  const waiting = invoke("other", "wait");
  const faulty = invoke("another", "throw");
  await expect(faulty).rejects.toThrow("uncaught");
  expect(await waiting).toMatchObject({ thread: one.thread, earlier: 1 });
});

it("a request with reserved concurrency does not wait for another function's", async () => {
  const { invoke } = await start();
  const [one, reserved] = [await invoke("other"), await invoke("reserved")];
  expect(reserved.thread).toBe(one.thread);
  let isOver = false;
  const hanging = invoke("other", "hang");
  hanging.catch(() => {
    isOver = true;
  });
  const moved = await invoke("reserved");
  expect(moved.thread).not.toBe(reserved.thread);
  expect(isOver).toBe(false);
});

it("concurrent invocations of a function have environments of their own", async () => {
  const { invoke } = await start();
  const both = await Promise.all([invoke("first", "wait"), invoke("first", "wait")]);
  expect(both.map(({ earlier }) => earlier)).toEqual([0, 0]);
  expect(new Set(both.map(({ thread }) => thread)).size).toBe(1);
});

it("functions of a thread have their own output and their own wires", async () => {
  const { invoke, logged, received } = await start();
  for (const name of ["first", "second"]) {
    await invoke(name, "log");
    const { result } = await invoke(name, "requests");
    expect(result).toEqual([`found /own of ${name}`, `found /own of ${name}`]);
    const lines = [`a line of own of ${name}`, "another"];
    const output = lines.map((line) => ({
      message: "function output",
      fields: { function: name, line },
    }));
    expect(logged).toEqual(expect.arrayContaining(output));
  }
  const [first, second] = ["first", "second"].map(
    (name) => `/own of ${name} with the key of ${name}`,
  );
  expect(received).toEqual([first, first, second, second]);
});

it("a function that hangs until its timeout does not fail others, and leaves their thread", async () => {
  const { invoke } = await start();
  const before = await invoke("second");
  const hanging = invoke("first", "hang");
  hanging.catch(() => {});
  const waiting = async () => {
    for (let i = 0; i < 7; i += 1) await invoke("second", "wait");
    return await invoke("second");
  };
  const [after] = await Promise.all([
    waiting(),
    expect(hanging).rejects.toThrow("timed out after 3.00 seconds"),
  ]);
  const [first, second] = [await invoke("first"), await invoke("second")];
  expect(first.thread).not.toBe(second.thread);
  expect(after.thread).not.toBe(before.thread);
});

it.each([
  ["throw", "uncaught"],
  ["loop", "did not respond"],
])("a function that ends the thread (%s) does so once", async (act, reason) => {
  const { invoke, logged } = await start();
  const before = await invoke("second");
  const crash = invoke("first", act);
  await expect(crash).rejects.toThrow(FunctionError);
  await expect(crash).rejects.toThrow(reason);
  expect(logged.map(({ message }) => message)).toContain("thread ended");
  const second = await invoke("second");
  expect(second.thread).not.toBe(before.thread);
  await expect(invoke("first", "throw")).rejects.toThrow("uncaught");
  expect(await invoke("second")).toMatchObject({ thread: second.thread, earlier: 1 });
});

it.each(["first", "other"])("one environment of %s has no descriptors left", async (name) => {
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = addressOf(server);
  const { invoke, lambda } = await start(port);
  expect(lambda.exhaustDescriptors(name)).toBeUndefined();
  const two = await Promise.all([invoke(name, "wait"), invoke(name, "wait")]);
  const neighbour = await invoke("second");
  const worker = lambda.exhaustDescriptors(name);
  expect(two.map((answer) => answer.worker)).toContain(worker);
  const results = await Promise.all([
    ...[invoke(name, "connect"), invoke(name, "connect"), invoke("second", "connect")],
  ]);
  expect(results.find((answer) => answer.worker === worker)?.result).toBe("EMFILE");
  expect(results.filter(({ result }) => result === "connected")).toHaveLength(2);
  expect(results[2]?.worker).toBe(neighbour.worker);
  lambda.restoreDescriptors();
  const restored = await Promise.all([invoke(name, "fetch"), invoke(name, "connect")]);
  expect(restored.map(({ result }) => result)).toEqual(["connected", "connected"]);
  expect(restored.map((answer) => answer.worker)).toContain(worker);
});

it("the end of a process ends its environment, and no other of the thread", async () => {
  const { invoke } = await start();
  const [before, other] = [await invoke("first"), await invoke("second")];
  await expect(invoke("first", "exit")).rejects.toThrow("exit status 3");
  expect(await invoke("second")).toMatchObject({ thread: other.thread, earlier: 1 });
  const after = await invoke("first");
  expect(after).toMatchObject({ thread: before.thread, earlier: 0 });
  expect(after.worker).not.toBe(before.worker);
});
