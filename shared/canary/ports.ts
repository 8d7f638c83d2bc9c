/** A request to the REST API of this region, with the token of the canary. */
export interface CanaryRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From `/v1`. */
  readonly path: string;
  readonly body?: object;
}

/** The REST API of this region, as a client sees it. */
export interface CanaryApi {
  /** Fails without a complete response, or if it is not JSON. */
  send(request: CanaryRequest, signal: AbortSignal): Promise<{ status: number; body: unknown }>;
  /**
   * Opens an event stream. Resolves when its first line has arrived. `onData` receives the JSON of
   * each event. The stream ends with the signal. Fails with a `StreamRefused` for a response that
   * is not 200.
   */
  follow(path: string, onData: (data: unknown) => void, signal: AbortSignal): Promise<void>;
}

/** The API refused an event stream. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
  readonly status: number;

  constructor(status: number) {
    super(`the stream was refused with status ${status}`);
    this.status = status;
  }
}

/** The functions and the variable of the synthetic device, and its subscriptions. */
export interface CanaryOffer {
  /** The function `add`. */
  add(argument: string): number;
  /** The variable `nonce`. */
  nonce(): string;
  /** A response event of the integration. */
  onResponse(event: { readonly name: string; readonly data: string }): void;
}

/** A connected synthetic device. */
export interface CanaryDevice {
  /** Resolves when the cloud has stored the event durably. */
  publish(name: string, data: string): Promise<void>;
  close(): Promise<void>;
}

/** Connects the synthetic device by MQTT. Resolves when it has subscribed and sent its hello. */
export type ConnectCanary = (offer: CanaryOffer, signal: AbortSignal) => Promise<CanaryDevice>;

/** The offer of an image to the synthetic device of a product. */
export interface CanaryOfferedImage {
  readonly release: string;
  readonly sha256?: string | undefined;
  readonly url?: string | undefined;
}

/** A connected device that is offered an update. */
export interface CanaryUpdateDevice {
  /** Rejects if the connection fails, or none arrives in time. */
  readonly offered: Promise<CanaryOfferedImage>;
  /** Resolves when the broker has the report. */
  report(message: object): Promise<void>;
  close(): Promise<void>;
}

/** Connects the device that is offered an update. Resolves when it has sent its hello. */
export type ConnectForUpdate = (signal: AbortSignal) => Promise<CanaryUpdateDevice>;

/** Reads the image of an offer from this byte to its end. */
export type ReadCanaryImage = (
  url: string,
  offset: number,
  signal: AbortSignal,
) => Promise<Uint8Array>;
