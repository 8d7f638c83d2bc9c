import { AsyncLocalStorage } from "node:async_hooks";
import { Socket } from "node:net";

/** The file descriptors of one environment. */
export interface Descriptors {
  /** Without free descriptors, new connections of the code that `run` calls fail with EMFILE. */
  areExhausted: boolean;
  run<Result>(act: () => Result): Result;
}

/** Set in code of environments without free descriptors. */
const withoutDescriptors = new AsyncLocalStorage<true>();
let isInstalled = false;

/**
 * The descriptors of an environment of this thread. On AWS each environment is a process with a
 * limit of its own; here all share those of one process. Connections that are open remain usable,
 * as do the services that functions reach without sockets.
 */
export const environmentDescriptors = (): Descriptors => {
  let areExhausted = false;
  return {
    get areExhausted() {
      return areExhausted;
    },
    set areExhausted(next) {
      if (next) install();
      areExhausted = next;
    },
    run: (act) => (areExhausted ? withoutDescriptors.run(true, act) : act()),
  };
};

/** Every client of Node.js connects by this method: HTTP, TLS, `fetch` and WebSockets. */
const install = (): void => {
  if (isInstalled) return;
  isInstalled = true;
  const { connect } = Socket.prototype;
  Reflect.set(Socket.prototype, "connect", function (this: Socket, ...given: readonly unknown[]) {
    if (withoutDescriptors.getStore() === undefined) return Reflect.apply(connect, this, given);
    process.nextTick(() => this.destroy(tooManyFiles()));
    return this;
  });
};

/** https://man7.org/linux/man-pages/man2/socket.2.html */
const tooManyFiles = (): Error =>
  Object.assign(new Error("connect EMFILE"), { code: "EMFILE", errno: -24, syscall: "connect" });
