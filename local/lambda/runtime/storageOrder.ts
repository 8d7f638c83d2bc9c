import type { WireRequest, WireResponse } from "../../wire/messages.ts";

/** What happens to a request. */
export interface Exchange {
  onSent(): void;
  /** Called once, unless the request is aborted. */
  respond(response: WireResponse): void;
}

/** A port to services. */
export interface Port {
  /** Sends a message and returns a function that aborts it. */
  send(message: object, exchange: Exchange): () => void;
}

/** Sends of the invocation in progress that the queues of a port have not stored yet. */
interface Unstored {
  readonly port: Port;
  /** The endpoint of the queues. */
  readonly host: string;
  /** A barrier in progress. */
  stored?: Promise<WireResponse>;
}

/**
 * The order in which the effects of a function's requests are stored.
 *
 * A message that a function handles is deleted after the invocation, by the same journal that
 * stores the messages which the function sends. After a power failure, its deletion is only stored
 * if they are. So a send is answered before it is stored. Effects elsewhere are not in this
 * journal: a row may say that a message was sent. So every other request of the invocation that may
 * change something waits until the answered sends are stored.
 */
export class StorageOrder {
  #isOrdered = false;
  #unstored: Unstored | undefined;

  /** Starts an invocation. Only a batch of messages has an order. */
  start(isBatch: boolean): void {
    this.#isOrdered = isBatch;
    this.#unstored = undefined;
  }

  /** Sends a request and returns a function that aborts it. */
  send(port: Port, request: Omit<WireRequest, "id">, exchange: Exchange): () => void {
    const { host } = request;
    const unstored = this.#unstored;
    if (unstored !== undefined && host !== unstored.host && !isRead(request)) {
      if (port === unstored.port) return port.send({ ...request, waitsForStorage: true }, exchange);
      return this.#sendAfter(unstored, port, request, exchange);
    }
    if (!this.#isOrdered) return port.send(request, exchange);
    return port.send(
      { ...request, isOrdered: true },
      {
        onSent: () => exchange.onSent(),
        respond: (response) => {
          if ("isUnstored" in response && response.isUnstored) this.#unstored = { port, host };
          exchange.respond(response);
        },
      },
    );
  }

  #sendAfter(
    unstored: Unstored,
    port: Port,
    request: Omit<WireRequest, "id">,
    exchange: Exchange,
  ): () => void {
    let isAborted = false;
    let abort = (): void => {};
    unstored.stored ??= new Promise((respond) => {
      unstored.port.send({ isBarrier: true }, { onSent() {}, respond });
    });
    void unstored.stored.then((response) => {
      if (this.#unstored === unstored) this.#unstored = undefined;
      if (isAborted) return;
      if ("code" in response) exchange.respond(response);
      else abort = port.send(request, exchange);
    });
    return () => {
      isAborted = true;
      abort();
    };
  }
}

/** Whether a request changes nothing. */
const isRead = ({ method, headers }: Omit<WireRequest, "id">): boolean =>
  method === "GET" ||
  method === "HEAD" ||
  /\.(BatchGetItem|Decrypt|DescribeTable|GetItem|Query|Scan)$/.test(headers["x-amz-target"] ?? "");
