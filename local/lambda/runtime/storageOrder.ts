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

  /** Ends the invocation. Returns the accepted sends that leave with its end. */
  end(): AcceptedSend[] {
    return this.#accepted.end();
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

  /**
   * Sends a request when the queues have taken and stored all sends before it. If they refuse one,
   * or their thread ends, the request fails and is not sent.
   */
  #sendAfter(
    unstored: Unstored,
    port: Port,
    request: Omit<WireRequest, "id">,
    exchange: Exchange,
  ): () => void {
    const isNear = port === unstored.port;
    this.#accepted.flush();
    const taken = this.#accepted.settled();
    // One request, whose wait is the service's.
    const sendNear = () => port.send({ ...request, waitsForStorage: true }, exchange);
    if (isNear && taken === undefined) return sendNear();
    let isAborted = false;
    let abort = (): void => {};
    void this.#failure(unstored, { isNear, taken }).then((failed) => {
      if (isAborted) return;
      if (failed !== undefined) exchange.respond(failed);
      else abort = isNear ? sendNear() : port.send(request, exchange);
    });
    return () => {
      isAborted = true;
      abort();
    };
  }

  /**
   * Waits until the queues have taken all sends and, for a service that cannot wait itself, have
   * stored them. Resolves with the response to a request that must not be sent.
   */
  async #failure(
    unstored: Unstored,
    { isNear, taken }: { isNear: boolean; taken: Promise<unknown> | undefined },
  ): Promise<WireResponse | undefined> {
    try {
      await taken;
    } catch {
      return { id: 0, code: "ECONNRESET" };
    }
    if (isNear) return undefined;
    unstored.stored ??= new Promise((respond) => {
      unstored.port.send({ isBarrier: true }, { onSent() {}, respond });
    });
    const response = await unstored.stored;
    if (this.#unstored === unstored) this.#unstored = undefined;
    return "code" in response ? response : undefined;
  }
}

/** Whether a request changes nothing. */
const isRead = ({ method, headers }: Omit<WireRequest, "id">): boolean =>
  method === "GET" ||
  method === "HEAD" ||
  /\.(BatchGetItem|Decrypt|DescribeTable|GetItem|Query|Scan)$/.test(headers["x-amz-target"] ?? "");
