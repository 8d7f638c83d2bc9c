import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What happens to one request: the connection ends, a byte changes, or the server refuses. */
export type Fault =
  | { readonly cutAfter: number }
  | { readonly flipAt: number }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly ignoreRange: true }
  /** Bytes arrive, and then nothing more. */
  | { readonly hangAfter: number }
  | { readonly image: Buffer; readonly etag: string };

export interface ImageServer {
  readonly url: string;
  /** The `Range` header of each request. */
  readonly ranges: (string | undefined)[];
}

/** Serves an image with range requests. Each request takes the next fault, if there is one. */
export const startImageServer = async (
  image: Buffer,
  faults: readonly Fault[] = [],
  tls?: { readonly certificate: string; readonly privateKey: string },
  ownTag = '"1"',
): Promise<ImageServer> => {
  const ranges: (string | undefined)[] = [];
  const waiting = [...faults];
  const listener: RequestListener = (request, response) => {
    ranges.push(request.headers.range);
    answer(image, request.headers.range, { fault: waiting.shift(), response, ownTag });
  };
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: tls.certificate, key: tls.privateKey }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/image`, ranges };
};

const answer = (
  whole: Buffer,
  range: string | undefined,
  {
    fault,
    response,
    ownTag,
  }: {
    readonly fault: Fault | undefined;
    readonly response: ServerResponse;
    readonly ownTag: string;
  },
): void => {
  if (fault !== undefined && "status" in fault) {
    response.writeHead(fault.status, fault.headers ?? {}).end();
    return;
  }
  const other = fault !== undefined && "image" in fault ? fault : undefined;
  const image = Buffer.from(other?.image ?? whole);
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  if (fault !== undefined && "flipAt" in fault) {
    image[fault.flipAt] = image[fault.flipAt]! ^ 1;
  }
  const etag = other?.etag ?? ownTag;
  const isWhole = fault !== undefined && "ignoreRange" in fault;
  const body = isWhole ? image : image.subarray(from);
  if (isWhole) response.writeHead(200, { etag, "content-length": body.length });
  else {
    response.writeHead(206, {
      etag,
      "content-length": body.length,
      "content-range": `bytes ${from}-${image.length - 1}/${image.length}`,
    });
  }
  if (fault !== undefined && "cutAfter" in fault) {
    response.write(body.subarray(0, fault.cutAfter), () => response.destroy());
    if (fault.cutAfter === 0) response.destroy();
    return;
  }
  if (fault !== undefined && "hangAfter" in fault) {
    response.write(body.subarray(0, fault.hangAfter));
    return;
  }
  response.end(body);
};
