import type { AcceptedSend, WireRequest, WireResponse } from "../../wire/messages.ts";
import { AcceptedSends, isSend } from "./acceptedSends.ts";
import type { Exchange, Port } from "./port.ts";

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
 * if they are. So a send is answered before it is stored, and many before they have left the thread
 * (`AcceptedSends`). Effects elsewhere are not in this journal: a row may say that a message was
 * sent. So every other request of the invocation that may change something waits until the answered
 * sends are stored.
 */
export class StorageOrder {
  #isOrdered = false;
  #unstored: Unstored | undefined;
  readonly #accepted = new AcceptedSends();

  /**
   * Starts an invocation. Only a batch of messages has an order. `acceptsSends`: the queues take
   * messages.
   */
  start({ isBatch, acceptsSends }: { isBatch: boolean; acceptsSends: boolean }): void {
    this.#isOrdered = isBatch;
    this.#unstored = undefined;
    this.#accepted.start(isBatch && acceptsSends);
  }

  /** Resolves when the queues have taken the sends that have left; `undefined` if none has. */
  settled(): Promise<unknown> | undefined {
    return this.#accepted.settled();
  }

  /** The accepted sends that leave with the end of the invocation. */
  takeSends(): AcceptedSend[] {
    return this.#accepted.take();
  }

  /**
   * Accepts a send, which then leaves with the end of the invocation. Returns `false` if the
   * request must be sent.
   */
  accept(port: Port, request: Omit<WireRequest, "id">): boolean {
    if (!isSend(request) || !this.#accepted.keep(port, request)) return false;
    this.#unstored = { port, host: request.host };
    return true;
  }

  /** Sends a request and returns a function that aborts it. */
  send(port: Port, request: Omit<WireRequest, "id">, exchange: Exchange): () => void {
    const { host } = request;
    const unstored = this.#unstored;
    if (unstored !== undefined && host !== unstored.host && !isRead(request)) {
      this.#accepted.flush();
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
          if (isSend(request)) this.#accepted.learn(request, response);
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
