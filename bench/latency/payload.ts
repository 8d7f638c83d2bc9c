import * as z from "zod";

const payload = z.object({
  /** Number of the round. */
  run: z.int(),
  seq: z.int(),
  /** Due time, by `performance.now()` of this process. */
  at: z.number(),
});

export type Payload = z.output<typeof payload>;

/** A typical size of a sensor message. */
export const payloadBytes = 218;

const reading = {
  temperature: 21.53,
  humidity: 48.2,
  pressure: 1013.25,
  battery: 3.71,
  rssi: -71,
  position: { lat: 59.91387, lon: 10.75225 },
  firmware: "1.4.2",
};

/** Serializes a sensor message of exactly `payloadBytes` with the round, sequence and due time. */
export const writePayload = ({ run, seq, at }: Payload): string => {
  const text = JSON.stringify({
    run,
    seq,
    at: Math.round(at * 1_000) / 1_000,
    ...reading,
    pad: "",
  });
  return `${text.slice(0, -2)}${"x".repeat(payloadBytes - text.length)}"}`;
};

/** Parses a message of `writePayload`. Throws on any other text. */
export const readPayload = (text: string): Payload => payload.parse(JSON.parse(text));

/**
 * Returns the event's data from a request body: the cloud posts the default form of a webhook, the
 * other systems post the data itself.
 */
export const eventData = (body: string): string =>
  body.startsWith("{") ? body : (new URLSearchParams(body).get("data") ?? "");
