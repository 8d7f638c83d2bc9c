import type { AcceptedSend, WireRequest, WireResponse } from "../../wire/messages.ts";
import { isTaken, SendRefused } from "../../wire/sendRefused.ts";
import type { Port } from "./port.ts";

type Request = Omit<WireRequest, "id">;

/**
 * Maximum length of a request that is accepted: below the smallest limit of SQS in any encoding.
 */
const acceptedCharsMax = 40_000;

const sends: ReadonlySet<string | undefined> = new Set([
  "AmazonSQS.SendMessage",
  "AmazonSQS.SendMessageBatch",
]);

/** Whether a request sends messages to a queue. */
export const isSend = ({ headers }: Request): boolean => sends.has(headers["x-amz-target"]);

/**
 * Characters that SQS refuses, or an escape that may stand for one. Only the queue knows which
 * message is refused then.
 */
const questionable = /[\ufffe\uffff]|\\u/;

/**
 * The sends of an invocation that are answered before they have left the thread. They leave with
 * the end of the invocation, in one message, so that a function which sends and ends wakes its
 * thread and that of the queues once, not three times.
 *
 * Only sends that the queues will take are answered: to a queue that has taken one before, short,
 * and without characters that SQS may refuse. If the queues refuse one nevertheless, the invocation
 * fails, so its messages stay in their queue.
 */
export class AcceptedSends {
  #isOpen = false;
  /** The queues have refused an accepted send: further ones get the response, which says why. */
  #isRefused = false;
  #kept: { readonly port: Port; readonly request: Request }[] = [];
  /** The sends that have left before the end of the invocation. */
  #left: Promise<void>[] = [];
  #immediate: NodeJS.Immediate | undefined;
  /** The queues that have taken a message, which are those of the function's variables. */
  readonly #queues = new Set<string>();

  /** Starts an invocation. `isOpen`: the queues take messages. */
  start(isOpen: boolean): void {
    // Of an earlier invocation that has not ended here.
    this.flush();
    this.#left = [];
    this.#isOpen = isOpen;
  }

  /** Keeps a send for the end of the invocation. Returns `false` if it must be sent now. */
  keep(port: Port, request: Request): boolean {
    const { body } = request;
    if (!this.#isOpen || this.#isRefused) return false;
    if (typeof body !== "string" || body.length > acceptedCharsMax) return false;
    if (!this.#queues.has(queueOf(body)) || questionable.test(body)) return false;
    this.#kept.push({ port, request });
    // An invocation that goes on, for example until a target answers, delays no message.
    this.#immediate ??= setImmediate(() => this.flush());
    return true;
  }

  /** Notes the queue of a send that was answered. */
  learn({ body }: Request, response: WireResponse): void {
    if (typeof body !== "string" || !("status" in response) || response.status !== 200) return;
    const queue = queueOf(body);
    if (queue !== "") this.#queues.add(queue);
  }

  /** Sends what is kept. */
  flush(): void {
    for (const { port, request } of this.#take()) {
      const taken = Promise.withResolvers<void>();
      const respond = (response: WireResponse): void => {
        if ("status" in response && isTaken(response)) {
          taken.resolve();
          return;
        }
        this.#isRefused = true;
        taken.reject(new SendRefused());
      };
      port.send({ ...request, isOrdered: true }, { onSent() {}, respond });
      // The end of the invocation reports it.
      taken.promise.catch(() => {});
      this.#left.push(taken.promise);
    }
  }

  /**
   * Resolves when the queues have taken what has left; `undefined` if nothing has. Fails when they
   * have refused a message.
   */
  settled(): Promise<unknown> | undefined {
    return this.#left.length > 0 ? Promise.all(this.#left) : undefined;
  }

  /**
   * Ends the invocation: returns what is kept, to be sent with its end. What the function sends
   * afterwards gets the response of its queue.
   */
  end(): AcceptedSend[] {
    this.#isOpen = false;
    return this.#take().map(({ request: { host, headers, body } }) => ({
      host,
      target: headers["x-amz-target"] ?? "",
      body: String(body),
    }));
  }

  #take() {
    const kept = this.#kept;
    if (kept.length > 0) this.#kept = [];
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    return kept;
  }
}

const start = '{"QueueUrl":"';

/** The queue's URL, with which our client begins; otherwise an empty text. */
const queueOf = (body: string): string =>
  body.startsWith(start) ? body.slice(start.length, body.indexOf('"', start.length)) : "";
