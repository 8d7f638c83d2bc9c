import type { WireResponse } from "../../wire/messages.ts";

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
