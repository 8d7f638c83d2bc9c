import type { FunctionConfig } from "../function/functionConfig.ts";
import { environmentsPerThreadMax } from "../limits.ts";
import { buildFunctionScript } from "../runtime/functionScript.ts";
import type { FunctionScript } from "../runtime/messages.ts";
import { mentionsStreaming } from "../runtime/moduleFile.ts";
import type { Environment } from "./environment.ts";
import { EnvironmentThread, type ThreadDeps } from "./environmentThread.ts";

/**
 * The threads of one function. Environments of a function that streams its responses mostly wait
 * and share threads; others have a thread each.
 */
export class EnvironmentThreads {
  readonly #config: FunctionConfig;
  readonly #deps: ThreadDeps;
  readonly #threads = new Set<EnvironmentThread>();
  #script: Promise<FunctionScript> | undefined;
  #isQuiet: boolean | undefined;
  #isShared = false;
  #canShare = true;

  constructor(config: FunctionConfig, deps: ThreadDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  /** Whether environments share threads. Known when the first one is loaded. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** Whether a further environment needs no further thread. */
  get hasRoom(): boolean {
    return this.#withRoom() !== undefined;
  }

  /** Opens an environment in a thread with room, or in a new one. */
  open(): Environment {
    const thread = this.#withRoom() ?? this.#start();
    const environment = thread.open(this.#isShared ? this.#buildScript() : undefined);
    void environment.ready.then(
      () => {
        this.#isShared = environment.isStreaming && this.#canShare;
        thread.startMeasuring();
      },
      () => {},
    );
    return environment;
  }

  /**
   * The average fraction of time that the threads computed since the last call. A thread that is
   * being loaded does not count: on a slow machine it would look idle. 1 when all are being loaded.
   */
  takeUtilization(): number {
    const parts = [...this.#threads].flatMap((thread) => thread.takeUtilization() ?? []);
    if (parts.length === 0) return 1;
    return parts.reduce((sum, each) => sum + each, 0) / parts.length;
  }

  #withRoom(): EnvironmentThread | undefined {
    if (!this.#isShared) return undefined;
    return [...this.#threads].find((thread) => thread.hasRoom(environmentsPerThreadMax));
  }

  #start(): EnvironmentThread {
    const { folder, handler } = this.#config;
    this.#isQuiet ??= mentionsStreaming(folder, handler);
    const thread = new EnvironmentThread(this.#config, this.#deps, this.#isQuiet);
    this.#threads.add(thread);
    void thread.ended.then(() => this.#threads.delete(thread));
    return thread;
  }

  #buildScript(): Promise<FunctionScript> {
    this.#script ??= this.#build();
    return this.#script;
  }

  async #build(): Promise<FunctionScript> {
    try {
      return await buildFunctionScript(this.#config);
    } catch (error) {
      this.#canShare = false;
      this.#isShared = false;
      throw error;
    }
  }
}
