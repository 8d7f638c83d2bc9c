import { environmentsPerThreadMax, sharedYoungGenerationMb } from "../limits.ts";
import { buildFunctionScript } from "../runtime/functionScript.ts";
import type { FunctionScript } from "../runtime/messages.ts";
import { mentionsStreaming } from "../runtime/moduleFile.ts";
import type { Environment } from "./environment.ts";
import { EnvironmentThread, type HostedFunction, type ThreadDeps } from "./environmentThread.ts";
import type { SharedThreads } from "./sharedThreads.ts";

/**
 * The threads of one function. Its environments are in threads that it shares with other functions,
 * if it has joined them. Otherwise, environments of a function that streams its responses mostly
 * wait and share threads of the function; others have a thread each.
 */
export class EnvironmentThreads {
  readonly #hosted: HostedFunction;
  readonly #deps: ThreadDeps;
  readonly #threads = new Set<EnvironmentThread>();
  #common: SharedThreads | undefined;
  #script: Promise<FunctionScript> | undefined;
  #isQuiet: boolean | undefined;
  #isShared = false;
  #canShare = true;

  constructor(hosted: HostedFunction, deps: ThreadDeps) {
    this.#hosted = { ...hosted, onCrash: () => this.#leave() };
    this.#deps = deps;
  }

  /**
   * From now on, opens environments in threads that other functions use too, and calls `onFree`
   * when one of them may be free. Has no effect on a function that streams, that has left such
   * threads, or that has joined some.
   */
  join(common: SharedThreads, onFree: () => void): void {
    if (!this.#canShare || this.#common !== undefined || this.#mentionsStreaming()) return;
    this.#common = common;
    common.onFree(onFree);
  }

  /** An environment has ended its work. */
  notifyFree(): void {
    this.#common?.notifyFree();
  }

  /**
   * Whether environments that work share threads. Known when the first one is loaded.
   */
  get isShared(): boolean {
    return this.#isShared || this.#common?.isExclusive === false;
  }

  /** Whether a further environment needs no further thread. */
  get hasRoom(): boolean {
    return this.#common?.hasRoom ?? this.#withRoom() !== undefined;
  }

  /** Opens an environment in a thread with room, or in a new one. */
  open(isFirst: boolean): Environment {
    if (this.#common !== undefined) {
      return this.#common.open(this.#hosted, { script: this.#buildScript(), isFirst });
    }
    const thread = this.#withRoom() ?? this.#start();
    const environment = thread.open(this.#hosted, this.#isShared ? this.#buildScript() : undefined);
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
    if (this.#common !== undefined) return this.#common.computingFraction;
    const parts = [...this.#threads].flatMap((thread) => thread.takeUtilization() ?? []);
    if (parts.length === 0) return 1;
    return parts.reduce((sum, each) => sum + each, 0) / parts.length;
  }

  /** A function that may have ended a thread with other functions must not do so again. */
  #leave(): void {
    this.#common = undefined;
    this.#canShare = false;
  }

  #withRoom(): EnvironmentThread | undefined {
    if (!this.#isShared) return undefined;
    return [...this.#threads].find((thread) => thread.hasRoom(environmentsPerThreadMax));
  }

  #mentionsStreaming(): boolean {
    const { folder, handler } = this.#hosted.config;
    this.#isQuiet ??= mentionsStreaming(folder, handler);
    return this.#isQuiet;
  }

  #start(): EnvironmentThread {
    const options = {
      own: this.#hosted,
      // Environments of a streaming function mostly wait, so the thread keeps less garbage.
      ...(this.#mentionsStreaming() && { youngGenerationMb: sharedYoungGenerationMb }),
    };
    const thread = new EnvironmentThread(options, this.#deps);
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
      return await buildFunctionScript(this.#hosted.config);
    } catch (error) {
      this.#leave();
      this.#isShared = false;
      throw error;
    }
  }
}
