import { once } from "node:events";
import { createServer } from "node:net";
import { StartError } from "./startError.ts";

/**
 * Fails with a `StartError` when another process listens on this port of 127.0.0.1, before the
 * start does any work. Port 0 always succeeds.
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

/**
 * The port of the region with this index, given the first region's port. 0 stays 0: any free port.
 */
export const portOfRegion = (first: number, index: number): number =>
  first === 0 ? 0 : first + index;
