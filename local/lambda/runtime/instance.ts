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

/** Makes a new instance of a module and returns its exports. */
export type RunScript = (globals: InstanceGlobals) => object;

/** The parameters of the function around a module, in the order of the arguments below. */
const parameters =
  "exports, require, module, __filename, __dirname, process, console, awsTransport";

/** Compiles a script once. Its instances share source and bytecode, but no state. */
export const compileScript = ({ code, file }: FunctionScript): RunScript => {
  const script = new Script(`(function (${parameters}) {${code}\n})`, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return ({ process: own, console: output, network }) => {
    const module = { exports: {} };
    const replaced: Readonly<Record<string, unknown>> = { process: own, http: network.http };
    const fromThread = createRequire(file);
    const require = Object.assign(
      (name: string): unknown => replaced[name.replace(/^node:/, "")] ?? fromThread(name),
      fromThread,
    );
    const run: CallableFunction = script.runInThisContext();
    const { exports } = module;
    run(exports, require, module, file, dirname(file), own, output, network.transport);
    return module.exports;
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
