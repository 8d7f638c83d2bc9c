import { Console } from "node:console";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import { constants, Script } from "node:vm";
import type { FunctionScript } from "./messages.ts";
import type { WireNetwork } from "./wireClient.ts";

/** What an instance of a function's module has instead of the thread's own. */
export interface InstanceGlobals {
  readonly process: NodeJS.Process;
  readonly console: Console;
  readonly network: Pick<WireNetwork, "http" | "transport">;
}

/** A compiled script. */
export interface CompiledScript {
  /** Makes a new instance of the module and returns its exports. */
  run(globals: InstanceGlobals): object;
  /**
   * Returns V8's compiled code once, with the functions that have run so far. `undefined` when the
   * script was compiled with that of an earlier start.
   */
  takeCompiled(): Uint8Array | undefined;
}

/** The parameters of the function around a module, in the order of the arguments below. */
const parameters =
  "exports, require, module, __filename, __dirname, process, console, awsTransport";

/**
 * Compiles a script once. Its instances share source and bytecode, but no state. Without the
 * compiled code of an earlier start, or when V8 rejects it because it is of another version, V8
 * compiles each function when it first runs: about twice the processor time of a cold start.
 */
export const compileScript = ({
  code,
  file,
  compiled,
}: Pick<FunctionScript, "code" | "file" | "compiled">): CompiledScript => {
  const script = new Script(`(function (${parameters}) {${code}\n})`, {
    filename: file,
    ...(compiled && { cachedData: compiled }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  let isKnown = compiled !== undefined && script.cachedDataRejected !== true;
  const run = ({ process: own, console: output, network }: InstanceGlobals): object => {
    const module = { exports: {} };
    const replaced: Readonly<Record<string, unknown>> = { process: own, http: network.http };
    const fromThread = createRequire(file);
    const require = Object.assign(
      (name: string): unknown => replaced[name.replace(/^node:/, "")] ?? fromThread(name),
      fromThread,
    );
    const evaluate: CallableFunction = script.runInThisContext();
    const { exports } = module;
    evaluate(exports, require, module, file, dirname(file), own, output, network.transport);
    return module.exports;
  };
  return {
    run,
    takeCompiled() {
      if (isKnown) return undefined;
      isKnown = true;
      return script.createCachedData();
    },
  };
};

interface FunctionPorts {
  readonly network: WireNetwork;
  readonly onOutput: (text: string) => void;
  /** Called by `process.exit`, which ends the environment and not its thread. */
  readonly onExit: (code: number) => void;
}

/** The `process` and `console` of a function that shares its thread with other functions. */
export const functionGlobals = (
  variables: Readonly<Record<string, string>>,
  { network, onOutput, onExit }: FunctionPorts,
): InstanceGlobals => {
  const output = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      onOutput(String(chunk));
      done();
    },
  });
  const getBuiltinModule = (name: string): unknown =>
    /^(node:)?http$/.test(name) ? network.http : process.getBuiltinModule(name);
  const exit = (code: number | string | null = 0): never => {
    onExit(Number(code));
    throw new Error(`the process exits with status ${code}`);
  };
  const own: NodeJS.Process = Object.create(process, {
    env: { value: { ...variables }, writable: true },
    stdout: { value: output },
    stderr: { value: output },
    exit: { value: exit },
    getBuiltinModule: { value: getBuiltinModule },
  });
  return { process: own, console: new Console(output), network };
};
