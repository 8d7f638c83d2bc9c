/**
 * The code of an execution environment's worker thread: loads the function once, then handles one
 * invocation after the other, as Lambda's Node.js runtime does.
 *
 * Two differences: the thread is not frozen between invocations, and a handler whose promise never
 * settles runs into its timeout, where Lambda detects an empty event loop.
 */
import { existsSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { ErrorReport, FromRuntime, Job, RuntimeData, ToRuntime } from "./messages.ts";
import { httpResponseStream, ResponseStream } from "./responseStream.ts";
import { installWires } from "./wireClient.ts";

/** The marker that `awslambda.streamifyResponse` sets on a handler. */
const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");

type Send = (message: FromRuntime) => void;

class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = `Runtime.${name}`;
  }
}

const reportOf = (error: unknown): ErrorReport =>
  types.isNativeError(error)
    ? {
        errorType: error.name,
        errorMessage: error.message,
        trace: (error.stack ?? "").split("\n"),
      }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };

const loadHandler = async ({ folder, handler }: RuntimeData): Promise<CallableFunction> => {
  const dot = handler.lastIndexOf(".");
  const [module, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const file = ["js", "mjs", "cjs"].map((ending) => join(folder, `${module}.${ending}`));
  const path = file.find((each) => existsSync(each));
  if (path === undefined) {
    throw new RuntimeError("ImportModuleError", `Error: Cannot find module '${module}'`);
  }
  // All environments of a function load the same code: the compile cache avoids repeated
  // compilation.
  enableCompileCache();
  const exports: object = await import(pathToFileURL(path).href);
  const found: unknown = Reflect.get(exports, name);
  if (typeof found !== "function") {
    throw new RuntimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (Reflect.get(found, streaming) === undefined && found.length > 2) {
    throw new RuntimeError(
      "CallbackHandlerDeprecated",
      "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24",
    );
  }
  return found;
};

const contextOf = (job: Job) => {
  // Measured with a monotonic clock.
  const ends = performance.now() + job.deadline - Date.now();
  return { ...namesOf(job), getRemainingTimeInMillis: () => Math.round(ends - performance.now()) };
};

const namesOf = ({ requestId, functionArn }: Job) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  invokedFunctionArn: functionArn,
  awsRequestId: requestId,
});

const payloadOf = (result: unknown, bytesMax: number): string => {
  const payload = JSON.stringify(result === undefined ? null : result);
  const bytes = Buffer.byteLength(payload);
  if (bytes <= bytesMax) return payload;
  const message = `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${bytesMax} bytes).`;
  throw Object.assign(new Error(message), { name: "Function.ResponseSizeTooLarge" });
};

/** Handles the invocations of one handler, one at a time. */
const invocationHandler = (handler: CallableFunction, data: RuntimeData, send: Send) => {
  let current: { readonly requestId: string; readonly stream: ResponseStream } | undefined;

  const stream = async (job: Job): Promise<void> => {
    const response = new ResponseStream({
      send: (bytes) => send({ kind: "chunk", bytes }),
      windowBytes: data.streamWindowBytes,
    });
    current = { requestId: job.requestId, stream: response };
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    try {
      await handler(JSON.parse(job.payload), response, contextOf(job));
      // A stream that was destroyed because its reader disconnected counts as finished.
      if (!response.writableEnded && !response.destroyed) {
        throw new Error("Response stream is not finished.");
      }
      await closed;
    } finally {
      response.destroy();
    }
  };

  const run = async (job: Job): Promise<string | undefined> => {
    if (Reflect.get(handler, streaming) !== undefined) {
      await stream(job);
      return undefined;
    }
    const result: unknown = await handler(JSON.parse(job.payload), contextOf(job));
    return payloadOf(result, data.payloadBytesMax);
  };

  return {
    async answer(job: Job): Promise<void> {
      process.env._X_AMZN_TRACE_ID = job.traceId;
      try {
        send({ kind: "done", payload: await run(job) });
      } catch (error) {
        send({ kind: "failed", report: reportOf(error) });
      }
    },
    streamOf: (requestId: string): ResponseStream | undefined =>
      current?.requestId === requestId ? current.stream : undefined,
  };
};

const begin = async (port: MessagePort, data: RuntimeData): Promise<void> => {
  // Before the function is loaded: it may take its HTTP client from Node.js at once.
  installWires(data.wires);
  const send: Send = (message) => port.postMessage(message);
  const { answer, streamOf } = invocationHandler(await loadHandler(data), data, send);
  port.on("message", (message: ToRuntime) => {
    if (message.kind === "invoke") void answer(message.job);
    else if (message.kind === "taken") streamOf(message.requestId)?.taken(message.bytes);
    else streamOf(message.requestId)?.destroy();
  });
  send({ kind: "ready" });
};

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: object) => Object.assign(handler, { [streaming]: "response" }),
    HttpResponseStream: httpResponseStream,
  },
});
const port = parentPort;
if (port === null) throw new Error("runtime.ts is the body of a worker thread");
const data: RuntimeData = workerData;
begin(port, data).catch((error: unknown) => {
  port.postMessage({ kind: "failed", report: reportOf(error) } satisfies FromRuntime);
});
