import { once } from "node:events";
import { createServer } from "node:net";
import { StartError } from "./startError.ts";

/**
 * Fails with a `StartError` when somebody else listens on a port of 127.0.0.1, so that a start which
 * cannot work ends before any of its work is done. 0 is always free.
 */
export const assertPortIsFree = async (name: string, port: number): Promise<void> => {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`${name} ${port} cannot be used: ${reason}`, { cause });
  }
  server.close();
  await once(server, "close");
};

/** The port of a further region, when the first region's is given; 0 is any that is free, for all of them. */
export const portOfRegion = (first: number, index: number): number =>
  first === 0 ? 0 : first + index;
