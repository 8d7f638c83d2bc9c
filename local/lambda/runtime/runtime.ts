/**
 * The code of a worker thread with execution environments of one function, or of several functions.
 * Each environment loads the function once, then handles one invocation after the other, as
 * Lambda's Node.js runtime does.
 *
 * Differences: the thread is not frozen between invocations, and a handler whose promise never
 * settles runs into its timeout, where Lambda detects an empty event loop. Environments that share
 * a thread have modules of their own, but one `globalThis`; those of one function have one
 * `process.env`.
 */
import { randomUUID } from "node:crypto";
import { enableCompileCache } from "node:module";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { environmentDescriptors } from "./descriptors.ts";
import { type CompiledScript, compileScript, functionGlobals } from "./instance.ts";
import type {
  ErrorReport,
  FromEnvironment,
  FromRuntime,
  FunctionScript,
  Job,
  RuntimeData,
  SharedFunction,
  ToEnvironment,
  ToRuntime,
  WithSends,
} from "./messages.ts";
import { moduleFile } from "./moduleFile.ts";
import { httpResponseStream, ResponseStream } from "./responseStream.ts";
import { installNetwork, openWireNetwork, type WireNetwork } from "./wireClient.ts";

/** The marker that `awslambda.streamifyResponse` sets on a handler. */
const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");

/** Sends a message of one environment. */
type Send = (message: WithoutNumber<FromEnvironment>) => void;
type WithoutNumber<Message> = Message extends unknown ? Omit<Message, "environment"> : never;

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

/** Imports the function's module, which a thread can do once: it is never unloaded. */
const importModule = async ({ folder, handler }: RuntimeData): Promise<object> => {
  const path = moduleFile(folder, handler);
  if (path === undefined) {
    const module = handler.slice(0, handler.lastIndexOf("."));
    throw new RuntimeError("ImportModuleError", `Error: Cannot find module '${module}'`);
  }
  // All threads of a function load the same code: the compile cache avoids repeated compilation.
  enableCompileCache();
  return await import(pathToFileURL(path).href);
};

const findHandler = (exports: object, handler: string): CallableFunction => {
  const found: unknown = Reflect.get(exports, handler.slice(handler.lastIndexOf(".") + 1));
  if (typeof found !== "function") {
    throw new RuntimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  }
  if (!isStreaming(found) && found.length > 2) {
    throw new RuntimeError(
      "CallbackHandlerDeprecated",
      "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24",
    );
  }
  return found;
};

const isStreaming = (handler: object): boolean => Reflect.get(handler, streaming) !== undefined;

const contextOf = (job: Job, env: NodeJS.ProcessEnv) => {
  // Measured with a monotonic clock.
  const ends = performance.now() + job.deadline - Date.now();
  return {
    ...namesOf(job, env),
    getRemainingTimeInMillis: () => Math.round(ends - performance.now()),
  };
};

const namesOf = ({ requestId, functionArn }: Job, env: NodeJS.ProcessEnv) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
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

interface Loaded {
  readonly handler: CallableFunction;
  /** The function's `process.env`. */
  readonly env: NodeJS.ProcessEnv;
  readonly network: WireNetwork;
  /** Called after each invocation. */
  readonly onAnswered?: () => void;
  /** Releases what the environment holds besides its module. */
  readonly close?: () => void;
}

/** Handles the invocations of one handler, one at a time. */
const invocationHandler = (
  { handler, env, network, onAnswered = () => {}, close }: Loaded,
  data: RuntimeData,
  send: Send,
) => {
  let current: { readonly requestId: string; readonly stream: ResponseStream } | undefined;
  const descriptors = environmentDescriptors();

  const stream = async (job: Job): Promise<void> => {
    const response = new ResponseStream({
      // A copy: posting a view would copy its whole underlying memory.
      send: (bytes) => send({ kind: "chunk", bytes: new Uint8Array(bytes) }),
      windowBytes: data.streamWindowBytes,
    });
    current = { requestId: job.requestId, stream: response };
    const closed = new Promise<void>((resolve) => response.once("close", resolve));
    try {
      await handler(JSON.parse(job.payload), response, contextOf(job, env));
      // A stream that was destroyed by a stop of the local cloud counts as finished.
      if (!response.writableEnded && !response.destroyed) {
        throw new Error("Response stream is not finished.");
      }
      await closed;
    } finally {
      response.destroy();
    }
  };

  const run = async (job: Job): Promise<string | undefined> => {
    if (isStreaming(handler)) {
      await stream(job);
      return undefined;
    }
    const result: unknown = await handler(JSON.parse(job.payload), contextOf(job, env));
    return payloadOf(result, data.payloadBytesMax);
  };

  return {
    async answer(job: Job, acceptsSends: boolean): Promise<void> {
      env._X_AMZN_TRACE_ID = job.traceId;
      network.startInvocation({ isBatch: job.isBatch, acceptsSends });
      let sends: WithSends | undefined;
      try {
        const payload = await descriptors.run(() => run(job));
        // At once: later, they might leave on their own, and their response would be missed.
        sends = sendsOf(network);
        const settled = network.settled();
        if (settled !== undefined) await settled;
        send({ kind: "done", payload, ...sends });
      } catch (error) {
        send({ kind: "failed", report: reportOf(error), ...(sends ?? sendsOf(network)) });
      }
      onAnswered();
    },
    streamOf: (requestId: string): ResponseStream | undefined =>
      current?.requestId === requestId ? current.stream : undefined,
    descriptors,
    /** Ends a response stream in progress. */
    close(): void {
      current?.stream.destroy();
      close?.();
    },
  };
};

type Invocations = ReturnType<typeof invocationHandler>;

/** The accepted sends that leave with the end of an invocation, if there are any. */
const sendsOf = (network: WireNetwork): WithSends => {
  const sends = network.endInvocation();
  return sends.length > 0 ? { sends } : {};
};

/** A name in Lambda's format, unique to an execution environment. */
const logStreamName = (): string => {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
};

/** A script that this thread has received. */
interface Received extends Pick<CompiledScript, "run"> {
  /**
   * Called after each invocation. After the first one, it sends what V8 has compiled so far, for
   * later starts.
   */
  onAnswered(): void;
}

const receiveScript = (given: FunctionScript, port: MessagePort): Received => {
  const { compiledFile } = given;
  const script = compileScript(given);
  return {
    run: script.run,
    onAnswered() {
      const made = script.takeCompiled();
      if (made === undefined) return;
      // A copy: posting a view would copy its whole underlying memory.
      const compiled = new Uint8Array(made);
      port.postMessage({ kind: "compiled", compiledFile, compiled } satisfies FromRuntime);
    },
  };
};

/** The environments of this thread, by number. */
const environments = (data: RuntimeData, network: WireNetwork, port: MessagePort) => {
  const opened = new Map<number, Invocations>();
  /** The scripts that this thread has received, by file. */
  const scripts = new Map<string, Received>();
  let ownScript: Received | undefined;

  const loadOwn = async (): Promise<Loaded> => {
    process.env.AWS_LAMBDA_LOG_STREAM_NAME = logStreamName();
    const globals = { process, console, network };
    const module = ownScript?.run(globals) ?? (await importModule(data));
    return { handler: findHandler(module, data.handler), env: process.env, network };
  };
  const loadShared = ({ file, handler, variables, wires }: SharedFunction, send: Send): Loaded => {
    const received = scripts.get(file);
    if (received === undefined) throw new RuntimeError("ImportModuleError", `Error: no ${file}`);
    const own = openWireNetwork(wires);
    const onOutput = (text: string): void => send({ kind: "output", text });
    const onExit = (code: number): void => send({ kind: "exited", code });
    const named = { ...variables, AWS_LAMBDA_LOG_STREAM_NAME: logStreamName() };
    const globals = functionGlobals(named, { network: own, onOutput, onExit });
    const { env } = globals.process;
    try {
      const found = findHandler(received.run(globals), handler);
      const { onAnswered } = received;
      return { handler: found, env, network: own, onAnswered, close: own.close };
    } catch (error) {
      own.close();
      throw error;
    }
  };
  const open = async (environment: number, shared: SharedFunction | undefined): Promise<void> => {
    const send: Send = (message) =>
      port.postMessage({ ...message, environment } satisfies FromRuntime);
    try {
      const loaded = shared === undefined ? await loadOwn() : loadShared(shared, send);
      opened.set(environment, invocationHandler(loaded, data, send));
      const { AWS_LAMBDA_LOG_STREAM_NAME: logStream = "" } = loaded.env;
      send({ kind: "ready", isStreaming: isStreaming(loaded.handler), logStream });
    } catch (error) {
      send({ kind: "failed", report: reportOf(error) });
    }
  };

  return (message: ToEnvironment): void => {
    const { environment } = message;
    const invocations = opened.get(environment);
    switch (message.kind) {
      case "open":
        if (message.script !== undefined) {
          ownScript = receiveScript(message.script, port);
          scripts.set(message.script.file, ownScript);
        }
        void open(environment, message.shared);
        break;
      case "invoke":
        void invocations?.answer(message.job, message.acceptsSends);
        break;
      case "taken":
        invocations?.streamOf(message.requestId)?.taken(message.bytes);
        break;
      case "descriptors":
        if (invocations) invocations.descriptors.areExhausted = message.areExhausted;
        break;
      case "close":
        opened.delete(environment);
        invocations?.close();
        break;
    }
  };
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
const network = openWireNetwork(data.wires);
// Before the function is loaded: it may take its HTTP client from Node.js at once.
installNetwork(network);
const deliver = environments(data, network, port);
port.on("message", (message: ToRuntime) => {
  if (message.kind === "ping") port.postMessage({ kind: "pong" } satisfies FromRuntime);
  else deliver(message);
});
